// What is known of notices: which finding was told where, which groups gather, what is still owed. Nothing but the fold of the notice
// stream: after a crash the same records give the same book.
import type { Notice } from '@menshen/contracts/compliance-alert';

/**
 * How long a delivered notice is remembered, ms. The stream keeps at least 7 days, so a restart knows as much;
 * media facts, the reason for a finding to come again, arrive within WeCom's 5-day window.
 */
export const MEMORY_MS = 8 * 24 * 3_600_000;

export interface NoticeGroup {
  /** Pending with 0 attempts: findings may still join it. */
  readonly gathering: Notice | undefined;
  /** When the group's newest notice was first sent. */
  readonly lastSentAtMs: number | undefined;
}

export class NoticeBook {
  /** finding and channel → when it was assigned to a notice. */
  readonly #assigned = new Map<string, number>();
  readonly #groups = new Map<string, NoticeGroup>();
  /** Everything that is not delivered, by id, oldest first. */
  readonly #open = new Map<string, Notice>();
  #changed = new Set<string>();

  /** Takes in one record of the notice stream. The last record of a notice holds. */
  apply(notice: Notice): void {
    for (const item of notice.items)
      this.#assigned.set(assignmentKey(item.findingId, notice.channel), notice.createdAtMs);
    if (notice.state === 'Delivered') this.#open.delete(notice.id);
    else this.#open.set(notice.id, notice);
    this.#changed.add(notice.id);
    this.#groups.set(notice.groupKey, this.#groupAfter(notice));
  }

  #groupAfter(notice: Notice): NoticeGroup {
    const group = this.group(notice.groupKey);
    if (notice.state === 'Pending' && notice.attempts === 0)
      return isNewerGathering(notice, group.gathering) ? { ...group, gathering: notice } : group;
    const gathering = group.gathering?.id === notice.id ? undefined : group.gathering;
    // Only the first record with an attempt is the sending; later ones report how it went.
    const firstSend = group.gathering?.id === notice.id || group.lastSentAtMs === undefined;
    return { gathering, lastSentAtMs: firstSend ? notice.updatedAtMs : group.lastSentAtMs };
  }

  /** True when the finding already belongs to a notice of the channel, whatever became of it. */
  isAssigned(findingId: string, channel: string): boolean {
    return this.#assigned.has(assignmentKey(findingId, channel));
  }

  group(groupKey: string): NoticeGroup {
    return this.#groups.get(groupKey) ?? NO_GROUP;
  }

  /** The newest record of a notice that is not delivered. */
  find(id: string): Notice | undefined {
    return this.#open.get(id);
  }

  /** Ids of the notices of which a record came since this was last asked. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Notices that are not delivered: gathering, being sent, or failed. */
  listOpen(): Iterable<Notice> {
    return this.#open.values();
  }

  /** Forgets what a restart might no longer know either. What is still to be sent is kept whatever its age. */
  forget(nowMs: number): void {
    const before = nowMs - MEMORY_MS;
    for (const [key, assignedAtMs] of this.#assigned) if (assignedAtMs < before) this.#assigned.delete(key);
    for (const [key, group] of this.#groups)
      if (group.gathering === undefined && (group.lastSentAtMs ?? 0) < before) this.#groups.delete(key);
    for (const notice of [...this.#open.values()])
      if (notice.state === 'Failed' && notice.updatedAtMs < before) this.#open.delete(notice.id);
  }
}

const NO_GROUP: NoticeGroup = { gathering: undefined, lastSentAtMs: undefined };

/** A full notice waits beside the one that took over from it: findings join the newer. */
function isNewerGathering(notice: Notice, gathering: Notice | undefined): boolean {
  return gathering === undefined || gathering.id === notice.id || notice.createdAtMs >= gathering.createdAtMs;
}

function assignmentKey(findingId: string, channel: string): string {
  return `${findingId}|${channel}`;
}
