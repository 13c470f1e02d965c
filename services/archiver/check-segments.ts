// Whether the record is whole and unaltered, from the objects alone: nothing is asked of ClickHouse or NATS, and nothing is changed.
import type { ObjectStore } from '@menshen/objects/object-store';
import { fromOutcomeSegmentEvent } from './outcomes/outcome-segment.ts';
import { readSegment } from './segments/read-segment.ts';
import {
  outcomePrefix,
  parseSegmentKey,
  type SegmentEvent,
  saltsKey,
  segmentPrefix,
} from './segments/segment-format.ts';
import { fromSegmentEvent } from './segments/to-segment-event.ts';

export interface SegmentProblem {
  /** Key of the object, or the two keys between which something is missing. */
  readonly where: string;
  readonly problem: string;
}

export interface SegmentCheck {
  readonly segments: number;
  readonly bytes: number;
  /** Of both streams, each counted once. */
  readonly events: number;
  readonly messages: number;
  readonly deadLetters: number;
  /** Messages and dead letters whose salt is gone: their digest cannot be compared any more. */
  readonly withoutSalt: number;
  /** How often a stream was made anew: its numbers go on far above. */
  readonly restarts: number;
  readonly problems: readonly SegmentProblem[];
}

export interface CheckOptions {
  readonly corpId: string;
  readonly objects: Pick<ObjectStore, 'get' | 'list'>;
  /** After each segment. */
  readonly progress?: (segments: number) => void;
}

/** What a stream that was lost begins above everything archived (services/roles, prepare-streams). */
const RESTART_DISTANCE = 1_000_000_000;

type Tally = {
  -readonly [K in keyof SegmentCheck]: SegmentCheck[K] extends number ? number : SegmentProblem[];
};

/** Reads every segment. A damaged one is a problem of the answer, not an error; rejects when the store is away. */
export async function checkSegments({ corpId, objects, progress }: CheckOptions): Promise<SegmentCheck> {
  const tally: Tally = {
    segments: 0,
    bytes: 0,
    events: 0,
    messages: 0,
    deadLetters: 0,
    withoutSalt: 0,
    restarts: 0,
    problems: [],
  };
  const readCapture = (event: SegmentEvent): void => countCapture(tally, event);
  const readOutcome = (event: SegmentEvent): void => void fromOutcomeSegmentEvent(corpId, event);
  for (const [prefix, read] of [
    [segmentPrefix(corpId), readCapture],
    [outcomePrefix(corpId), readOutcome],
  ] as const) {
    let before: Placed | undefined;
    for await (const { key, sizeBytes } of objects.list(prefix)) {
      const range = parseSegmentKey(key);
      if (range === undefined) continue;
      const placed = { key, ...range };
      compareWithBefore(tally, before, placed);
      await checkOne(tally, { objects, placed, after: before?.last ?? 0, read });
      tally.segments++;
      tally.bytes += sizeBytes;
      // An attempt that was cut short may lie within its successor.
      if (before === undefined || placed.last > before.last) before = placed;
      progress?.(tally.segments);
    }
  }
  return tally;
}

interface Placed {
  readonly key: string;
  readonly first: number;
  readonly last: number;
}

function compareWithBefore(tally: Tally, before: Placed | undefined, now: Placed): void {
  const missing = now.first - (before?.last ?? now.first - 1) - 1;
  if (missing <= 0) return;
  if (missing >= RESTART_DISTANCE / 2) tally.restarts++;
  else
    tally.problems.push({
      where: `${before?.key} … ${now.key}`,
      problem: `${missing} events between them are in no segment`,
    });
}

interface OneSegment {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly placed: Placed;
  /** Events up to this stream sequence were in segments before. */
  readonly after: number;
  readonly read: (event: SegmentEvent) => void;
}

async function checkOne(tally: Tally, { objects, placed, after, read }: OneSegment): Promise<void> {
  const { key, first, last } = placed;
  const bytes = await objects.get(key);
  if (bytes === undefined)
    return void tally.problems.push({ where: key, problem: 'it disappeared while it was read' });
  const salts = await objects.get(saltsKey(key));
  try {
    const events = readSegment(bytes, salts);
    const [begins, ends] = [events[0]?.streamSequence, events.at(-1)?.streamSequence];
    if (begins !== first || ends !== last)
      tally.problems.push({
        where: key,
        problem: `it holds events ${begins} to ${ends}, which is not what its name says`,
      });
    for (const event of events.filter(({ streamSequence }) => streamSequence > after)) {
      tally.events++;
      readOne(tally, key, () => read(event));
    }
  } catch (error) {
    tally.problems.push({ where: key, problem: messageOf(error) });
  }
}

/** One event whose bytes are not those of its digest does not hide the others. */
function readOne(tally: Tally, key: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    tally.problems.push({ where: key, problem: messageOf(error) });
  }
}

function countCapture(tally: Tally, event: SegmentEvent): void {
  // Compares the bytes with their salted digest.
  const { kind } = fromSegmentEvent(event);
  if (kind === 'message') tally.messages++;
  if (kind === 'dead') tally.deadLetters++;
  if ((kind === 'message' || kind === 'dead') && event.salt === '') tally.withoutSalt++;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
