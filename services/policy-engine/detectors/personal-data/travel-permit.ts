// Travel permits between the mainland, Hong Kong, Macau and Taiwan. None has a checksum, and their forms are those of many serial
// numbers, so each is believed only beside words that say what it is.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';
import { hasContext } from './neighbours.ts';

/**
 * 港澳居民来往内地通行证 (H or M, 8 or 10 digits), 台胞证 (8 digits; of old 10 digits and a letter), 往来港澳通行证 (C or W),
 * 往来台湾通行证 (L, T).
 */
const PERMIT =
  /(?<![a-z0-9.])(?:[hm](?:\d{10}|\d{8})|[cwlt](?:\d{8}|[a-z]\d{7})|\d{8}|\d{10} ?(?:\([a-z]\)|[a-z]))(?![a-z0-9.])/g;
const SAID = /通行证|回乡证|回乡卡|台胞证|来往内地|往来港澳|往来台湾|home ?return|travel ?permit|mtp/;

export function findTravelPermits(shown: string): Candidate[] {
  if (!SAID.test(shown)) return [];
  const candidates: Candidate[] = [];
  for (const { 0: written, index } of matchesOf(PERMIT, shown))
    if (hasContext(shown, index, index + written.length, SAID))
      candidates.push({
        kind: 'TravelPermit',
        start: index,
        end: index + written.length,
        value: written.toUpperCase(),
        validity: 'Valid',
      });
  return candidates;
}
