// The small parts that a month rests on: its clock, its list, what people say.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundAcme } from '@menshen/wecom-simulator/acme';
import { createMediaShelf } from '@menshen/wecom-simulator/media-shelf';
import { expect, it } from 'vitest';
import { openMonthTruth, type TrueFile } from './month-truth.ts';
import { steppedClock } from './stepped-clock.ts';
import { damageOf, writeMessageOfMonth } from './write-message-of-month.ts';

it('the clock flows, jumps forward and never back', () => {
  let flowed = 500;
  const clock = steppedClock(1_000, () => flowed);
  flowed += 7;
  expect(clock.nowMs()).toBe(1_007);
  clock.jumpTo(5_000);
  expect(clock.nowMs()).toBe(5_000);
  flowed += 3;
  clock.jumpTo(4_000);
  expect(clock.nowMs()).toBe(5_003);
});

it('the list gives back what it was told, day by day', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'menshen-truth-'));
  try {
    const truth = openMonthTruth(folder);
    const file: TrueFile = { seq: 2, path: 'file', sha256: 'aa', isFaulty: true, expected: 'Gap' };
    truth.note(1_000, 'one');
    truth.note(2_000, 'two');
    truth.noteFile(file);
    await truth.endDay();
    await truth.endDay();
    truth.note(3_000, 'one');
    await truth.endDay();
    const days = [];
    for await (const day of truth.days()) days.push(day);
    const [one, two] = ['7692c3ad3540bb803c020b3aee66cd88', '3fc4ccfe745870e2c0d99f71f30ff065'];
    expect(days).toEqual([
      {
        messages: [
          { seq: 1, createdAtMs: 1_000, digest: one },
          { seq: 2, createdAtMs: 2_000, digest: two },
        ],
        files: [file],
      },
      { messages: [], files: [] },
      { messages: [{ seq: 3, createdAtMs: 3_000, digest: one }], files: [] },
    ]);
    expect(truth.size()).toBe(3);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('message i is always the same, and every one another', () => {
  const write = (seed: number): string[] => {
    const company = { seed, acme: foundAcme(1), shelf: createMediaShelf() };
    return Array.from({ length: 500 }, (_, i) => {
      const medium = i % 50 === 0 ? { path: 'file', sizeBytes: 20, seed: i } : undefined;
      return writeMessageOfMonth(company, { i, ms: 1_772_323_200_000 + i, medium }).plaintext;
    });
  };
  expect(write(1)).toEqual(write(1));
  expect(new Set([...write(1), ...write(2)]).size).toBe(1_000);
  expect(new Set(write(1).map((text) => (JSON.parse(text) as { msgid: string }).msgid)).size).toBe(500);
});

it('WeCom damages few messages, each way', () => {
  const damages = Array.from({ length: 100_000 }, (_, i) => damageOf(i)).filter((one) => one !== undefined);
  expect(damages.length).toBe(1_031);
  expect(new Set(damages)).toEqual(new Set(['flipped-bytes', 'short-message', 'not-json', 'wrong-key']));
});
