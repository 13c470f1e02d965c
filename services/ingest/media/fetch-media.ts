// One message that refers to files: fetch each, then publish the message again with what is known of them. Published once per change.
import {
  type CapturedMessage,
  decodeCaptured,
  encodeCaptured,
  type MediaFact,
} from '@menshen/contracts/captured-message';
import type { Clock } from '@menshen/contracts/clock';
import { decodeFrame } from '@menshen/contracts/frame';
import { listMedia, type MediaReference } from '@menshen/contracts/media-reference';
import { parseMessage } from '@menshen/contracts/parse-message';
import { enrichedSubject } from '@menshen/contracts/subjects';
import type { Settlement } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { IngestMetrics } from '../ingest-metrics.ts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { MediaCall } from '../wecom/pull-quota.ts';
import type { Downloader, DownloadOf } from './download-medium.ts';
import type { MediaMemory, MediaProgress } from './media-memory.ts';
import {
  dateGaps,
  expire,
  factOf,
  isOpen,
  MEDIA_WINDOW_MS,
  type MediaOutcome,
  retryDelayMs,
} from './media-outcome.ts';

export interface FetchMediaOptions {
  readonly downloader: Pick<Downloader, 'download'>;
  readonly memory: MediaMemory;
  readonly js: JetStreamClient;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly clock: Clock;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
  /** First wait after a failure, ms; it doubles. */
  readonly retryMs: number;
}

export interface FetchedMedia {
  readonly settlement: Settlement;
  /** Set when the next message would fail the same way. */
  readonly systemic?: SourceFault;
  /** Set when our own store or stream failed. */
  readonly broken?: unknown;
}

/** Rejects only when a large message's own object cannot be read or the stream does not take the result. */
export async function fetchMedia(
  payload: Uint8Array,
  call: MediaCall,
  options: FetchMediaOptions,
): Promise<FetchedMedia> {
  const message = decodeCaptured(payload);
  const { seq } = message.stamp;
  const references = await referencesOf(message, options);
  const before = options.memory.get(seq) ?? UNTRIED;
  const known = new Map(before.facts.map((fact) => [fact.path, fact]));
  const due = references.filter(({ path }) => {
    const fact = known.get(path);
    return fact === undefined || isOpen(fact);
  });
  const outcomes = await downloadAll(due, { ...message.stamp, call }, options);
  const isOver = options.clock.nowMs() > windowEndMs(message);
  const merged = expire(mergeFacts(references, known, outcomes), isOver);
  const facts = dateGaps(merged, known, options.clock.nowMs());
  const version = await publishIfChanged(
    { message, facts, before, isWhole: facts.length === references.length },
    options,
  );
  const failures = before.failures + 1;
  options.memory.set(seq, { facts, version, failures });
  return conclude({ facts, references, outcomes }, retryDelayMs(options.retryMs, failures));
}

const UNTRIED: MediaProgress = { facts: [], version: 0, failures: 0 };

async function referencesOf(message: CapturedMessage, options: FetchMediaOptions): Promise<MediaReference[]> {
  const parsed = parseMessage(await rawOf(message, options));
  // A page only commits messages that parse, so a failure here is a damaged store, and worth an exception.
  if (!parsed.ok) throw new Error(`message ${message.stamp.seq} does not parse any more: ${parsed.detail}`);
  return listMedia(parsed.message);
}

async function rawOf(message: CapturedMessage, { objects }: FetchMediaOptions): Promise<Uint8Array> {
  const { body, seq } = message.stamp;
  if (body === undefined) return message.raw;
  const object = await objects.get(body.objectKey);
  const raw = object === undefined ? undefined : decodeFrame(object)[0];
  if (raw === undefined) throw new Error(`the object of large message ${seq} is missing`);
  return raw;
}

/** One after the other: concurrency is between messages. */
async function downloadAll(
  due: readonly MediaReference[],
  of: DownloadOf,
  options: FetchMediaOptions,
): Promise<Map<string, MediaOutcome>> {
  const outcomes = new Map<string, MediaOutcome>();
  for (const reference of due) {
    const outcome = await options.downloader.download(reference, of);
    outcomes.set(reference.path, outcome);
    count(outcome, options.metrics);
    if (outcome.kind === 'Interrupted') break;
  }
  return outcomes;
}

function count(outcome: MediaOutcome, metrics: IngestMetrics): void {
  if (outcome.kind === 'Stored') metrics.medium('stored', outcome.sizeBytes);
  else if (outcome.kind === 'Failed') metrics.medium('gap', 0);
  else if (outcome.kind === 'Lost') metrics.medium('final_gap', 0);
}

/** A message that could be pulled was inside the window then; WeCom itself says earlier when its file is gone. */
const windowEndMs = ({ stamp }: CapturedMessage): number => stamp.capturedAtMs + MEDIA_WINDOW_MS;

function mergeFacts(
  references: readonly MediaReference[],
  known: ReadonlyMap<string, MediaFact>,
  outcomes: ReadonlyMap<string, MediaOutcome>,
): MediaFact[] {
  return references.flatMap(({ path }) => {
    const outcome = outcomes.get(path);
    const fact = (outcome === undefined ? undefined : factOf(path, outcome)) ?? known.get(path);
    return fact === undefined ? [] : [fact];
  });
}

interface Publication {
  readonly message: CapturedMessage;
  readonly facts: readonly MediaFact[];
  readonly before: { readonly facts: readonly MediaFact[]; readonly version: number };
  /** Something is known of every path. */
  readonly isWhole: boolean;
}

/** The version in force afterwards. A gap is told once, however often it is tried again. */
async function publishIfChanged(of: Publication, { js }: FetchMediaOptions): Promise<number> {
  const { message, facts, before, isWhole } = of;
  if (!isWhole || facts.length === 0 || sameState(facts, before.facts)) return before.version;
  const { corpId, seq, partition } = message.stamp;
  const version = before.version + 1;
  const pending = facts.some(isOpen) ? ['media'] : [];
  const stamp = { ...message.stamp, facts: { version, media: facts, pending } };
  await js.publish(
    enrichedSubject(corpId, partition),
    encodeCaptured({ ...message, stamp, envelope: NOTHING }),
    {
      msgID: `${corpId}:enriched:${seq}:${version}`,
    },
  );
  return version;
}

const NOTHING = Buffer.alloc(0);

function sameState(a: readonly MediaFact[], b: readonly MediaFact[]): boolean {
  const key = (facts: readonly MediaFact[]): string =>
    facts.map(({ path, state, sha256, final }) => [path, state, sha256, final].join('\0')).join('\n');
  return key(a) === key(b);
}

function conclude(
  of: {
    readonly facts: readonly MediaFact[];
    readonly references: readonly MediaReference[];
    readonly outcomes: ReadonlyMap<string, MediaOutcome>;
  },
  delayMs: number,
): FetchedMedia {
  const outcomes = [...of.outcomes.values()];
  const interrupted = outcomes.find((outcome) => outcome.kind === 'Interrupted');
  if (interrupted !== undefined)
    return {
      settlement: { kind: 'Retry', delayMs: interrupted.error === undefined ? 0 : delayMs },
      ...(interrupted.error === undefined ? {} : { broken: interrupted.error }),
    };
  const failed = outcomes.find((outcome) => outcome.kind === 'Failed' && outcome.systemic);
  const systemic = failed?.kind === 'Failed' ? failed.fault : undefined;
  return {
    settlement: of.facts.some(isOpen) ? { kind: 'Retry', delayMs } : { kind: 'Done' },
    ...(systemic === undefined ? {} : { systemic }),
  };
}
