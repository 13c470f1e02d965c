// The simulator's own list of the month, as small as it can be: 24 bytes a message, on disk, read back day by day at the end.
import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrueReasons } from './true-reasons.ts';

export interface TrueMessage {
  readonly seq: number;
  readonly createdAtMs: number;
  /** First half of the SHA-256 of its exact bytes, hex. */
  readonly digest: string;
}

export interface TrueFile {
  readonly seq: number;
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
  readonly isFaulty: boolean;
  /** What the plan says must come of it. */
  readonly expected: 'Stored' | 'Gap';
}

export interface MonthTruth {
  /** Messages are noted in order of seq, from 1 and without a gap. */
  note(createdAtMs: number, plaintext: string): void;
  noteFile(file: TrueFile): void;
  /** Numbers of messages that WeCom damaged for good. */
  readonly damaged: Set<number>;
  size(): number;
  /** Puts on disk what was noted since the last time. */
  endDay(): Promise<void>;
  /** Puts on disk what else a count needs, so that the month can be counted again. */
  endMonth(reasons: TrueReasons): Promise<void>;
  /** Days that were ended, oldest first. */
  days(): AsyncGenerator<{ readonly messages: readonly TrueMessage[]; readonly files: readonly TrueFile[] }>;
}

const TIME_BYTES = 8;
export const DIGEST_BYTES = 16;
const RECORD_BYTES = TIME_BYTES + DIGEST_BYTES;

/** `folder` must exist. `known`: what an earlier run has left there. */
export function openMonthTruth(folder: string, known: Known = NOTHING): MonthTruth {
  const damaged = new Set<number>(known.damaged);
  const firstSeqs: number[] = [...known.firstSeqs];
  let records: Buffer[] = [];
  let files: TrueFile[] = [];
  let size = known.size;
  let ended = known.size;
  const pathOf = (day: number, kind: 'messages' | 'files'): string => join(folder, `${day}.${kind}`);
  return {
    damaged,
    note(createdAtMs, plaintext) {
      const record = Buffer.allocUnsafe(RECORD_BYTES);
      record.writeDoubleLE(createdAtMs, 0);
      createHash('sha256').update(plaintext).digest().copy(record, TIME_BYTES, 0, DIGEST_BYTES);
      records.push(record);
      size++;
    },
    noteFile: (file) => void files.push(file),
    size: () => size,
    async endDay() {
      const day = firstSeqs.length;
      firstSeqs.push(ended + 1);
      await writeFile(pathOf(day, 'messages'), Buffer.concat(records));
      await appendFile(pathOf(day, 'files'), files.map((file) => `${JSON.stringify(file)}\n`).join(''));
      ended = size;
      records = [];
      files = [];
    },
    endMonth: (reasons) => {
      const end: End = { damaged: [...damaged], reasons };
      return writeFile(join(folder, END), JSON.stringify(end));
    },
    async *days() {
      for (const [day, firstSeq] of firstSeqs.entries()) {
        const bytes = await readFile(pathOf(day, 'messages'));
        const lines = (await readFile(pathOf(day, 'files'), 'utf8'))
          .split('\n')
          .filter((line) => line !== '');
        yield {
          messages: Array.from({ length: bytes.length / RECORD_BYTES }, (_, i) =>
            readRecord(bytes, firstSeq, i),
          ),
          files: lines.map((line) => JSON.parse(line) as TrueFile),
        };
      }
    },
  };
}

interface Known {
  readonly damaged: readonly number[];
  /** By day. */
  readonly firstSeqs: readonly number[];
  readonly size: number;
}

const NOTHING: Known = { damaged: [], firstSeqs: [], size: 0 };

/** What stands at the end of a month beside the messages. */
interface End {
  readonly damaged: readonly number[];
  readonly reasons: TrueReasons;
}

const END = 'end.json';

/** The list of a month that was kept. Rejects when it did not come to its end. */
export async function readMonthTruth(
  folder: string,
): Promise<{ readonly truth: MonthTruth; readonly reasons: TrueReasons }> {
  const { damaged, reasons } = JSON.parse(await readFile(join(folder, END), 'utf8')) as End;
  const days = (await readdir(folder)).filter((name) => name.endsWith('.messages')).length;
  const firstSeqs: number[] = [];
  let size = 0;
  for (let day = 0; day < days; day++) {
    firstSeqs.push(size + 1);
    size += (await stat(join(folder, `${day}.messages`))).size / RECORD_BYTES;
  }
  return { truth: openMonthTruth(folder, { damaged, firstSeqs, size }), reasons };
}

function readRecord(bytes: Buffer, firstSeq: number, i: number): TrueMessage {
  const at = i * RECORD_BYTES;
  return {
    seq: firstSeq + i,
    createdAtMs: bytes.readDoubleLE(at),
    digest: bytes.toString('hex', at + TIME_BYTES, at + RECORD_BYTES),
  };
}
