// Resident id (公民身份号码, GB 11643): 18 characters with a checksum, or 15 digits as issued before 1999.
// Residents from Hong Kong (81), Macau (82) and Taiwan (83) carry the same form.

import { isDate } from './dates.ts';
import type { Validity } from './datum.ts';

/** Two digits of the province. */
const PROVINCES = /^(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3])/;

/** Judges 18 characters, the last a digit or `x`. Undefined when the form is not that of a resident id. */
export function judgeResidentId(digits: string): Validity | undefined {
  if (digits.length !== 18 || !isRegion(digits) || !isDate(digits.slice(6, 14))) return undefined;
  return checkCharacter(digits) === digits[17] ? 'Valid' : 'ChecksumWrong';
}

/** Judges 15 digits, which have no checksum. */
export function judgeOldResidentId(digits: string): Validity | undefined {
  const isOne = digits.length === 15 && isRegion(digits) && isDate(`19${digits.slice(6, 12)}`);
  return isOne ? 'Valid' : undefined;
}

/** Whether digits begin with the code of a province. */
export const isProvince = (digits: string): boolean => PROVINCES.test(digits);

/** Province, then city and county, of which neither is 00 with something below it. */
function isRegion(digits: string): boolean {
  const [city, county] = [digits.slice(2, 4), digits.slice(4, 6)];
  return isProvince(digits) && (city !== '00' || county === '00');
}

/** ISO 7064 MOD 11-2 over the first 17 digits. */
export function checkCharacter(digits: string): string {
  let sum = 0;
  for (let at = 0; at < 17; at++) sum += Number(digits[at]) * (2 ** (17 - at) % 11);
  return '10x98765432'[sum % 11] as string;
}
