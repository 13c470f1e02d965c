// Foreign permanent resident id (外国人永久居留身份证): since 2023 18 digits that begin with 9, checked like a resident id;
// before, three letters of the country and twelve digits.
import { matchesOf } from '../matches-of.ts';
import { isDate } from './dates.ts';
import type { Candidate, Validity } from './datum.ts';
import { checkCharacter } from './resident-id.ts';

/** Judges 18 characters, the last a digit or `x`: 9, two digits of the place, three of the country, the day of birth. */
export function judgeForeignResidentId(digits: string): Validity | undefined {
  if (digits.length !== 18 || !/^9(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])/.test(digits))
    return undefined;
  if (!isDate(digits.slice(6, 14))) return undefined;
  return checkCharacter(digits) === digits[17] ? 'Valid' : 'ChecksumWrong';
}

const OLD = /(?<![a-z0-9])([a-z]{3})([1-6]\d\d\d)(\d{6})(\d\d)(?![a-z0-9])/g;

/** The form of old: country, place, day of birth (yymmdd), two digits. */
export function findOldForeignResidentIds(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { 0: written, index, 3: birth } of matchesOf(OLD, shown))
    if (isDate(`19${birth}`) || isDate(`20${birth}`))
      candidates.push({
        kind: 'ForeignResidentId',
        start: index,
        end: index + written.length,
        value: written.toUpperCase(),
        validity: 'Valid',
      });
  return candidates;
}
