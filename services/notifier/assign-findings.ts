// From findings to notices: each finding joins exactly one notice of each of its channels. Pure: what it returns is to be written down first.
import { createHash } from 'node:crypto';
import type { Notice, NoticeItem } from '@menshen/contracts/compliance-alert';
import type { Finding, Severity } from '@menshen/contracts/finding';
import type { NoticeBook } from './notice-book.ts';
import { type Destination, policyName, severityRank } from './route-findings.ts';
import { writeExcerpt } from './write-excerpt.ts';

/** More findings than this go into another notice of the same group: a notice stays readable and far below a NATS payload. */
export const MOST_ITEMS = 100;

export interface RoutedFinding {
  readonly finding: Finding;
  readonly destinations: readonly Destination[];
}

/**
 * Notices that are new or have grown, each once, in its final form. A finding that already belongs to a notice of a channel is skipped there:
 * it was redelivered, or found again on a higher facts version.
 */
export function assignFindings(
  routed: readonly RoutedFinding[],
  book: NoticeBook,
  nowMs: number,
): readonly Notice[] {
  const draft = new Draft(book, nowMs);
  for (const { finding, destinations } of routed)
    for (const destination of destinations) draft.add(finding, destination);
  return draft.changed();
}

/** The book with the changes of one batch on top. */
class Draft {
  readonly #book: NoticeBook;
  readonly #nowMs: number;
  readonly #assigned = new Set<string>();
  readonly #gathering = new Map<string, Notice>();
  readonly #changed = new Map<string, Notice>();

  constructor(book: NoticeBook, nowMs: number) {
    this.#book = book;
    this.#nowMs = nowMs;
  }

  add(finding: Finding, destination: Destination): void {
    const key = `${finding.id}|${destination.channel.name}`;
    if (this.#assigned.has(key) || this.#book.isAssigned(finding.id, destination.channel.name)) return;
    this.#assigned.add(key);
    const gathering =
      this.#gathering.get(destination.groupKey) ?? this.#book.group(destination.groupKey).gathering;
    const notice =
      gathering !== undefined && gathering.items.length < MOST_ITEMS
        ? grow(gathering, finding, { destination, nowMs: this.#nowMs })
        : this.#open(finding, destination, gathering);
    this.#gathering.set(destination.groupKey, notice);
    this.#changed.set(notice.id, notice);
  }

  changed(): readonly Notice[] {
    return [...this.#changed.values()];
  }

  #open(finding: Finding, destination: Destination, full: Notice | undefined): Notice {
    const { lastSentAtMs } = this.#book.group(destination.groupKey);
    const repeatAtMs = lastSentAtMs === undefined ? 0 : lastSentAtMs + destination.repeatIntervalMs;
    const earliest = Math.max(this.#nowMs + destination.groupWaitMs, repeatAtMs);
    return {
      id: noticeId(finding.corpId, destination.channel.name, finding.id),
      corpId: finding.corpId,
      channel: destination.channel.name,
      channelKind: destination.channel.kind,
      groupKey: destination.groupKey,
      policy: policyName(finding),
      severity: finding.severity,
      conversationId: finding.conversationId,
      items: [itemOf(finding, destination)],
      state: 'Pending',
      attempts: 0,
      // What no longer fits into a full notice goes out together with it.
      sendAfterMs: full?.sendAfterMs ?? earliest,
      createdAtMs: this.#nowMs,
      updatedAtMs: this.#nowMs,
    };
  }
}

function grow(
  notice: Notice,
  finding: Finding,
  by: { readonly destination: Destination; readonly nowMs: number },
): Notice {
  return {
    ...notice,
    severity: higher(notice.severity, finding.severity),
    items: [...notice.items, itemOf(finding, by.destination)],
    updatedAtMs: by.nowMs,
  };
}

function itemOf(finding: Finding, destination: Destination): NoticeItem {
  const excerpt = destination.channel.includeContent ? writeExcerpt(finding.evidence) : undefined;
  return {
    findingId: finding.id,
    msgid: finding.msgid,
    policy: policyName(finding),
    rule: finding.rule,
    severity: finding.severity,
    conversationId: finding.conversationId,
    capturedAtMs: finding.capturedAtMs,
    ...(excerpt === undefined ? {} : { excerpt }),
  };
}

function higher(a: Severity, b: Severity): Severity {
  return severityRank(a) >= severityRank(b) ? a : b;
}

/** A finding opens at most one notice of a channel, so it names that notice. 32 hex digits. */
export function noticeId(corpId: string, channel: string, firstFindingId: string): string {
  return createHash('sha256').update([corpId, channel, firstFindingId].join('\0')).digest('hex').slice(0, 32);
}
