// Mobile numbers of mainland China: 11 digits in the segments given to operators, with or without +86.
import type { WrittenNumber } from './number-chains.ts';

/** Segments of MIIT's numbering plan; 170, 171, 162, 165 and 167 are virtual operators, 192 is broadcasting. */
const SEGMENTS = /^1(?:3\d|4[5-9]|5[0-35-9]|6[2567]|7[0-8]|8\d|9[0-35-9])\d{8}$/;

/** The 11 digits of a mobile number, or undefined. */
export function readMobile({ digits, groups }: WrittenNumber): string | undefined {
  if (digits.length < 11 || digits.length > 15) return undefined;
  const own = /^(?:0086|86)?(1\d{10})$/.exec(digits)?.[1];
  if (own === undefined || !SEGMENTS.test(own)) return undefined;
  // Digits that only happen to follow a price or a count: people write 3-4-4, 3-3-5, 4-4-3 or 5-6 and the country code by itself.
  const isUsual = groups.length === 1 || groups.length === digits.length || USUAL.has(groups.join('-'));
  return isUsual ? own : undefined;
}

const USUAL: ReadonlySet<string> = new Set(
  ['11', '3-4-4', '3-8', '7-4', '3-3-5', '4-4-3', '4-3-4', '5-6', '3-2-2-2-2', '3-4-2-2'].flatMap((form) => [
    form,
    `2-${form}`,
    `4-${form}`,
  ]),
);
