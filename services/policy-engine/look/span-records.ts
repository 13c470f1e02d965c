// Where watched terms occur in the message at hand, one list per watch. Kept as numbers and made into objects only for the
// conditions that ask: a message of 64 KiB may hold as many occurrences.
import { createMarks } from './marks.ts';

export interface SpanRecord {
  readonly look: number;
  readonly text: number;
  readonly posting: number;
  /** 1 where the text says the term plainly, though another view found it. */
  readonly plain: number;
  readonly start: number;
  readonly end: number;
  readonly shownStart: number;
  readonly shownEnd: number;
}

export interface SpanRecords {
  /** True for the first record of the watch. */
  readonly add: (watch: number, record: SpanRecord) => boolean;
  /** Whether there is one of the watch. */
  readonly has: (watch: number) => boolean;
  /** The records of a watch, in the order they were added. */
  readonly read: <T>(watch: number, as: (record: SpanRecord) => T) => T[];
  readonly clear: () => void;
}

/** Numbers per record: the eight fields and the number of the watch's next record. */
const FIELDS = 9;

export function createRecords(watches: number): SpanRecords {
  const seen = createMarks(watches);
  const first = new Int32Array(watches);
  const last = new Int32Array(watches);
  let numbers = new Int32Array(64 * FIELDS);
  let used = 0;

  function add(watch: number, record: SpanRecord): boolean {
    if (used + FIELDS > numbers.length) numbers = grown(numbers);
    const at = used;
    used += FIELDS;
    numbers[at] = record.look;
    numbers[at + 1] = record.text;
    numbers[at + 2] = record.posting;
    numbers[at + 3] = record.plain;
    numbers[at + 4] = record.start;
    numbers[at + 5] = record.end;
    numbers[at + 6] = record.shownStart;
    numbers[at + 7] = record.shownEnd;
    numbers[at + 8] = -1;
    const isFirst = seen.add(watch);
    if (isFirst) first[watch] = at;
    else numbers[(last[watch] as number) + 8] = at;
    last[watch] = at;
    return isFirst;
  }

  function read<T>(watch: number, as: (record: SpanRecord) => T): T[] {
    if (!seen.has(watch)) return [];
    const found: T[] = [];
    for (let at = first[watch] as number; at !== -1; at = numbers[at + 8] as number)
      found.push(as(recordAt(at)));
    return found;
  }

  function recordAt(at: number): SpanRecord {
    const field = (offset: number): number => numbers[at + offset] as number;
    return {
      look: field(0),
      text: field(1),
      posting: field(2),
      plain: field(3),
      start: field(4),
      end: field(5),
      shownStart: field(6),
      shownEnd: field(7),
    };
  }

  function clear(): void {
    seen.clear();
    used = 0;
  }

  return { add, has: seen.has, read, clear };
}

function grown(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * numbers.length);
  larger.set(numbers);
  return larger;
}
