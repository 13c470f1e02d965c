import { describe, expect, it } from 'vitest';
import { listSurplus } from './share-lanes.ts';

const lanesOf = (...numbers: number[]): Set<string> => new Set(numbers.map((number) => `scanner-${number}`));
const all = lanesOf(...Array.from({ length: 16 }, (_, i) => i));

describe('lanes a scanner hands over', () => {
  it.each([
    ['alone: none', all, lanesOf(), 1, 0],
    ['one of two: the half', all, lanesOf(), 2, 8],
    ['one of three: beyond a third, rounded up', all, lanesOf(), 3, 10],
    ['one of sixteen: all but one', all, lanesOf(), 16, 15],
    ['more scanners than lanes: all but one', all, lanesOf(), 40, 15],
    ['with its share: none', lanesOf(1, 2, 3, 4, 5, 6, 7, 8), lanesOf(), 2, 0],
    ['with less than its share: none', lanesOf(1), lanesOf(), 2, 0],
    ['busy lanes stay', all, lanesOf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 2, 6],
    ['all busy: none for now', all, all, 2, 0],
    ['before anyone has reported: none', all, lanesOf(), 0, 0],
  ] as const)('%s', (...[, pinned, busy, scanners, count]) => {
    const surplus = listSurplus({ pinned, busy, scanners, lanes: 16 });
    expect(surplus).toHaveLength(count);
    expect(surplus.filter((lane) => busy.has(lane) || !pinned.has(lane))).toEqual([]);
  });
});
