import { describe, expect, it } from 'vitest';
import { findGaps } from './find-gaps.ts';

const NOW = 1_764_000_000_000;
const DAY = 24 * 3_600_000;
const ask = (of: Partial<Parameters<typeof findGaps>[0]>) =>
  find(of).map(({ cause, fromSeq, toSeq }) => `${cause} ${fromSeq}-${toSeq}`);
const find = (of: Partial<Parameters<typeof findGaps>[0]>) =>
  findGaps({
    corpId: 'ww1',
    cursor: '10',
    coveredUntilMs: NOW - 1000,
    troubledSinceMs: undefined,
    nowMs: NOW,
    seqs: ['11'],
    ...of,
  });

describe('findGaps', () => {
  it.each([
    ['after what was covered', undefined, NOW - 1000],
    ['in a trouble that an empty answer seemed to end', NOW - 9000, NOW - 9000],
    ['after what was covered, when the trouble is younger', NOW - 10, NOW - 1000],
  ])('says that skipped numbers came %s', (_when, troubledSinceMs, fromMs) => {
    expect(find({ seqs: ['15'], troubledSinceMs })).toMatchObject([
      { cause: 'SequenceSkipped', fromMs, toMs: NOW },
    ]);
  });

  it.each([
    ['nothing in an unbroken page', { seqs: ['11', '12', '13'] }, []],
    ['a hole after the cursor', { seqs: ['15', '16'] }, ['SequenceSkipped 11-14']],
    [
      'holes inside the page',
      { seqs: ['11', '13', '20'] },
      ['SequenceSkipped 12-12', 'SequenceSkipped 14-19'],
    ],
    [
      'a window that has passed',
      { seqs: ['15', '17'], coveredUntilMs: NOW - 5 * DAY },
      ['WindowPassed 11-14', 'SequenceSkipped 16-16'],
    ],
    [
      'no loss when nothing is missing after a long silence',
      { seqs: ['11'], coveredUntilMs: NOW - 9 * DAY },
      [],
    ],
    ['no loss inside the window', { seqs: ['15'], coveredUntilMs: NOW - 4 * DAY }, ['SequenceSkipped 11-14']],
    [
      'no loss before the very first page',
      { cursor: '0', seqs: ['500', '501'], coveredUntilMs: undefined },
      [],
    ],
    ['nothing in an empty page', { seqs: [] }, []],
    [
      'numbers beyond 2^53 exactly',
      { cursor: '9007199254740992', seqs: ['9007199254740993', '9007199254740995'] },
      ['SequenceSkipped 9007199254740994-9007199254740994'],
    ],
  ])('finds %s', (_what, question, expected) => {
    expect(ask(question)).toEqual(expected);
  });

  it('tells many holes as few: a manifest stays small', () => {
    const seqs = Array.from({ length: 900 }, (_, i) => String(12 + 2 * i));
    const gaps = ask({ seqs });
    expect(gaps.length).toBe(50);
    expect(gaps[0]).toBe('SequenceSkipped 11-11');
    expect(gaps.at(-1)).toBe('SequenceSkipped 109-1809');
  });
});
