// Vehicle plates of mainland China (GA 36): province, letter and five characters, or six for new-energy vehicles; with or without a dot.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

/** Short names of the provinces, with which plates begin. */
export const PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
const LETTER = 'a-hj-np-z';
const PLATE = new RegExp(
  // Places that end like the name of a province: 北京A12345 is a room as often as a car.
  `(?<!北|南|东|天)([${PROVINCES}]) ?([${LETTER}])[ ·•・.-]?((?:[dfabceghjk][${LETTER}0-9]\\d{4}|\\d{5}[dfabceghjk]|[${LETTER}0-9]{4}[${LETTER}0-9挂学警港澳领]))(?![a-z0-9])`,
  'g',
);
/** Of embassies. `使` is a common verb as well. */
const EMBASSY =
  /(?<![大天行致促迫驱唆即假])使 ?\d{6}(?![0-9人元个名次万条])|(?<!\d)\d{6}使(?![用得我人劲者他你您])/g;
/** An ordinary plate has at most so many letters among its five. */
const MOST_LETTERS = 3;

export function findVehiclePlates(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  if (!/[a-z使]/.test(shown)) return candidates;
  for (const { 0: written, index, 3: serial = '' } of matchesOf(PLATE, shown))
    if (serial.replace(/[^a-z]/g, '').length <= MOST_LETTERS) candidates.push(plateAt(written, index));
  if (shown.includes('使'))
    for (const { 0: written, index } of matchesOf(EMBASSY, shown)) candidates.push(plateAt(written, index));
  return candidates;
}

const plateAt = (written: string, start: number): Candidate => ({
  kind: 'VehiclePlate',
  start,
  end: start + written.length,
  value: written.replace(/[ ·•・.-]/g, '').toUpperCase(),
  validity: 'Valid',
});
