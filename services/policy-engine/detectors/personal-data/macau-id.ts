// Macau resident card (澳門居民身份證): seven digits that begin with 1, 5 or 7, and a check digit in brackets. How the check digit is
// computed is not published, so that the form is all that is looked at; without brackets it is believed only where Macau is named.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';
import { hasContext } from './neighbours.ts';

const CARD = /(?<![a-z0-9.])([157]\d{6}) ?(?:\((\d)\)|(?:\/| )?(\d))(?![a-z0-9])/g;
const SAID = /澳门|macau|macao/;

export function findMacauIds(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const match of matchesOf(CARD, shown)) {
    const [written, digits, bracketed, bare] = match;
    const end = match.index + written.length;
    if (bracketed === undefined && !hasContext(shown, match.index, end, SAID)) continue;
    candidates.push({
      kind: 'MacauId',
      start: match.index,
      end,
      value: `${digits}(${bracketed ?? bare})`,
      validity: 'Valid',
    });
  }
  return candidates;
}
