import { describe, expect, it } from 'vitest';
import { listSurplus } from './share-lanes.ts';

const lanesOf = (...numbers: number[]): Set<string> => new Set(numbers.map((number) => `scanner-${number}`));
const all = lanesOf(...Array.from({ length: 16 }, (_, i) => i));

describe('lanes a scanner hands over', () => {
  it.each([
    ['alone: none', all, 1, 0],
    ['one of two: the half', all, 2, 8],
    ['one of three: beyond a third, rounded up', all, 3, 10],
    ['one of sixteen: all but one', all, 16, 15],
    ['more scanners than lanes: all but one', all, 40, 15],
    ['with its share: none', lanesOf(1, 2, 3, 4, 5, 6, 7, 8), 2, 0],
    ['with less than its share: none', lanesOf(1), 2, 0],
    ['before anyone has reported: none', all, 0, 0],
  ] as const)('%s', (...[, pinned, scanners, count]) => {
    const surplus = listSurplus({ pinned, scanners, lanes: 16 });
    expect(surplus).toHaveLength(count);
    expect(surplus.filter((lane) => !pinned.has(lane))).toEqual([]);
  });
});
