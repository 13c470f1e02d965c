// Landline numbers of mainland China, with area code: `010-62770001`, `(0755)8888 1234`, `+86 21 6277 0001`, an extension after it.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';
import { endsApart, isOtherNumber } from './neighbours.ts';

/** Area code without its 0: of two digits with eight to follow, of three with seven or eight. */
const AREA = String.raw`(?:10|2[0-57-9]|3(?:1\d|35|[4-7]\d|9[1-8])|4(?:1[1-9]|2[179]|3[1-9]|[5-6]\d|7\d|8[23])|5(?:[1-7]\d|80|9[1-9])|6(?:3[1-5]|6[0238]|9[12])|7(?:01|[1-7]\d|9\d)|8(?:1[2-8]|2[567]|3\d|[57]\d|8[3678]|9\d)|9(?:0[1-3689]|1[1-79]|[34]\d|5[1-5]|7\d|9\d))`;
const NUMBER = new RegExp(
  // What it begins with comes first: only there the rest is tried.
  String.raw`(?=[+(0])(?<![a-z0-9.]|[a-z0-9]-|(?<!\d)\d{1,6} )(?:(?:\+|00)86[ -]{0,3}(?:\(0\)|0)?|\(?0)(${AREA})\)?[ -]{0,3}([2-9]\d{2,3}[ -]?\d{4})(?:(?:-|转|ext\.? ?|分机)(\d{1,6}))?(?!\d)`,
  'g',
);

export function findLandlines(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const match of matchesOf(NUMBER, shown)) {
    const [written, area = '', number = '', extension] = match;
    const local = number.replace(/\D/g, '');
    const end = match.index + written.length;
    if ((area.length === 2 && local.length !== 8) || !endsApart(shown, end)) continue;
    if (/^\d+$/.test(written) && isOtherNumber(shown, match.index)) continue;
    candidates.push({
      kind: 'Landline',
      // A bracket that only opens is the sentence's.
      start: match.index + (written.startsWith('(') && !written.includes(')') ? 1 : 0),
      end,
      value: `0${area}-${local}${extension === undefined ? '' : `-${extension}`}`,
      validity: 'Valid',
    });
  }
  return candidates;
}
