// International bank account number (ISO 13616): country, two check digits, an account of the country's length; modulo 97.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

/** Length by country, as registered with SWIFT. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 ' +
    'FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 ' +
    'MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 ' +
    'SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2).toLowerCase(), Number(entry.slice(2))]),
);
const BEGINNING = /(?<![a-z0-9])([a-z]{2})\d\d/g;
/** Every country's has a stretch of digits; a random string need not. */
const NUMBERED = /\d(?:.?\d){5}/;
/** Most separators in an account that is written in fours. */
const LONGEST = 34 + 9;

export function findIbans(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { index, 1: country = '' } of matchesOf(BEGINNING, shown)) {
    const length = LENGTHS.get(country);
    const end = length === undefined ? undefined : endOfAccount(shown, index, length);
    if (end === undefined) continue;
    const account = shown.slice(index, end).replace(/[ -]/g, '');
    if (!NUMBERED.test(account)) continue;
    candidates.push({
      kind: 'Iban',
      start: index,
      end,
      value: account.toUpperCase(),
      validity: ibanRemainder(account) === 1 ? 'Valid' : 'ChecksumWrong',
    });
  }
  return candidates;
}

/** Where the account ends, when it has exactly `length` characters and stands apart. */
function endOfAccount(shown: string, start: number, length: number): number | undefined {
  let count = 0;
  for (let at = start; at < start + LONGEST && at < shown.length; at++) {
    const character = shown[at] as string;
    if (/[a-z0-9]/.test(character)) count++;
    else if (!/[ -]/.test(character) || !/[a-z0-9]/.test(shown[at - 1] as string)) return undefined;
    if (count === length) return /[a-z0-9]/.test(shown[at + 1] ?? '') ? undefined : at + 1;
  }
  return undefined;
}

/** 1 for a valid account: the first four characters moved to the end, letters as numbers (A = 10), modulo 97. */
export function ibanRemainder(account: string): number {
  let remainder = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}
