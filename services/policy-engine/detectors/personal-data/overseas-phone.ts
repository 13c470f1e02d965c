// Telephone numbers of elsewhere, with their country code: `+852 9123 4567`, `00886-912-345-678`. Without one nothing tells them from other digits.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

const NUMBER =
  /(?<![a-z0-9.+])(?:(?:\+|00)(?!86)([1-9]\d{0,2})|\(\+?(?:85[23]|886)\))[ -]?(\(\d{1,4}\)|\d)(?:[ -]?\d){5,12}(?![a-z0-9])/g;
/** Forms of the neighbours, whose people are in the chats. */
const NEIGHBOURS: readonly [string, RegExp][] = [
  ['852', /^[2-9]\d{7}$/],
  ['853', /^(?:28|6\d|8\d)\d{6}$/],
  ['886', /^0?[2-9]\d{7,8}$/],
];

export function findOverseasPhones(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { 0: written, index } of matchesOf(NUMBER, shown)) {
    const digits = written.replace(/\D/g, '').replace(/^00/, '');
    if (!isNumber(digits) || (written.startsWith('00') && !isDialled(digits))) continue;
    candidates.push({
      kind: 'OverseasPhone',
      start: index,
      end: index + written.length,
      value: `+${digits}`,
      validity: 'Valid',
    });
  }
  return candidates;
}

/** Behind 00, which numbers of contracts begin with as well: countries that are called often, in full. */
const isDialled = (digits: string): boolean =>
  /^85[23]|^886/.test(digits) || (digits.length >= 11 && /^(?:1|33|44|49|6[0156]|8[1-4])/.test(digits));

/** E.164: at most 15 digits; those of the neighbours by their own plan. */
function isNumber(digits: string): boolean {
  const neighbour = NEIGHBOURS.find(([code]) => digits.startsWith(code));
  if (neighbour !== undefined) return neighbour[1].test(digits.slice(3));
  return digits.length >= 8 && digits.length <= 15;
}
