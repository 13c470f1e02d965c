// Passports. Those of the mainland are told by their form where it is rare (E and eight digits, EA to EZ and seven); all others only
// beside words that say what they are.

import { matchesOf } from '../matches-of.ts';
import { isDate } from './dates.ts';
import type { Candidate } from './datum.ts';
import { hasContext, isOtherNumber } from './neighbours.ts';

const PASSPORT =
  /(?<![a-z0-9.])(?:e[a-hj-np-z]\d{7}|[degpskh]\d{8}|[dps]e\d{7}|1[45]\d{7}|[a-z]{1,2}\d{6,8}|\d{9})(?![a-z0-9])/g;
const TELLING = /^e(?:\d|[a-hj-np-z])\d{7}$/;
const SAID = /护照|passport/;

export function findPassports(shown: string): Candidate[] {
  const isNamed = SAID.test(shown);
  const candidates: Candidate[] = [];
  for (const { 0: written, index } of matchesOf(PASSPORT, shown)) {
    const said = isNamed && hasContext(shown, index, index + written.length, SAID);
    const isTelling = TELLING.test(written) && !isDate(written.slice(1)) && !isOtherNumber(shown, index);
    if (!said && !isTelling) continue;
    candidates.push({
      kind: 'Passport',
      start: index,
      end: index + written.length,
      value: written.toUpperCase(),
      validity: 'Valid',
    });
  }
  return candidates;
}
