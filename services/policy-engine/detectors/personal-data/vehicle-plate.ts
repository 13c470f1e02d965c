// Vehicle plates of mainland China (GA 36): province, letter and five characters, or six for new-energy vehicles; with or without a dot.
import type { Candidate } from './datum.ts';

const PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼';
const LETTER = 'a-hj-np-z';
const PLATE = new RegExp(
  // Places that end like the name of a province: 北京A12345 is a room as often as a car.
  `(?<!北|南|东|天)([${PROVINCES}]) ?([${LETTER}])[ ·•・.-]?((?:[dfabceghjk][${LETTER}0-9]\\d{4}|\\d{5}[dfabceghjk]|[${LETTER}0-9]{4}[${LETTER}0-9挂学警港澳]))(?![a-z0-9])`,
  'g',
);
const EMBASSY = /(?<![\p{Script=Han}])使 ?(\d{6})(?!\d)|(?<!\d)\d{6}使(?!用|得|我|人|劲|者)/gu;
/** An ordinary plate has at most so many letters among its five. */
const MOST_LETTERS = 3;

export function findVehiclePlates(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { 0: written, index, 3: serial = '' } of shown.matchAll(PLATE))
    if (serial.replace(/[^a-z]/g, '').length <= MOST_LETTERS) candidates.push(plateAt(written, index));
  for (const { 0: written, index } of shown.matchAll(EMBASSY)) candidates.push(plateAt(written, index));
  return candidates;
}

const plateAt = (written: string, start: number): Candidate => ({
  kind: 'VehiclePlate',
  start,
  end: start + written.length,
  value: written.replace(/[ ·•・.-]/g, '').toUpperCase(),
  validity: 'Valid',
});
