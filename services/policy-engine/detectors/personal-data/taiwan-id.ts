// Taiwan identity card (身分證字號) and resident certificate (居留證): a letter, 1 or 2 (8 or 9, or a second letter A–D for
// certificates), seven more digits, a check digit.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

const CARD = /(?<![a-z0-9])[a-z](?:[1289]|[a-d])\d{8}(?![a-z0-9])/g;

export function findTaiwanIds(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { 0: written, index } of matchesOf(CARD, shown))
    candidates.push({
      kind: 'TaiwanId',
      start: index,
      end: index + written.length,
      value: written.toUpperCase(),
      validity: taiwanCheck(written) === written[9] ? 'Valid' : 'ChecksumWrong',
    });
  return candidates;
}

/** Numbers of the letters A to Z: the order in which the counties were numbered, from 10. */
const LETTERS = 'abcdefghjklmnpqrstuvxywzio';

/** The check digit of the first nine. */
export function taiwanCheck(card: string): string {
  const place = LETTERS.indexOf(card[0] as string) + 10;
  let sum = Math.floor(place / 10) + (place % 10) * 9;
  for (let at = 1; at < 9; at++) {
    const character = card[at] as string;
    const value = character >= 'a' ? (LETTERS.indexOf(character) + 10) % 10 : Number(character);
    sum += value * (9 - at);
  }
  return String((10 - (sum % 10)) % 10);
}
