// Unified social credit code (统一社会信用代码, GB 32100): 18 characters, checked modulo 31; and the organisation code of old
// (组织机构代码, GB 11714) that is a part of it.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';
import { hasContext, isOtherNumber } from './neighbours.ts';
import { isProvince } from './resident-id.ts';

const ALPHABET = '0123456789abcdefghjklmnpqrtuwxy';
/** Registering authority with the kind of body it registers, six digits of the place, nine characters of the organisation, the check. */
const CODE = new RegExp(
  `(?<![a-z0-9])(?:1[1-39]|2[19]|3[1-59]|4[19]|5[1-39]|6[129]|7[129]|8[19]|9[1-3]|a[19]|n[1-39]|y1)(?:[ -]?[1-9])(?:[ -]?\\d){5}(?:[ -]?[${ALPHABET}]){10}(?![a-z0-9])`,
  'g',
);

export function findSocialCreditCodes(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const { 0: written, index } of matchesOf(CODE, shown)) {
    const code = written.replace(/[ -]/g, '');
    const isValid = socialCreditCheck(code) === code[17];
    const end = index + written.length;
    const isOfDigits = !/[a-z]/.test(code);
    const isBelieved = !isOfDigits || (isDigitsOnlyCode(code, isValid) && !isOtherNumber(shown, index));
    if (!isBelieved && !hasContext(shown, index, end, SAID)) continue;
    candidates.push({
      kind: 'UnifiedSocialCreditCode',
      start: index,
      end,
      value: code.toUpperCase(),
      validity: isValid ? 'Valid' : 'ChecksumWrong',
    });
  }
  return candidates;
}

/** One in 31 of all numbers of eighteen digits is valid; the organisation code inside has a check of its own, and a province stands before. */
const isDigitsOnlyCode = (code: string, isValid: boolean): boolean =>
  isValid && isProvince(code.slice(2)) && organizationCheck(code.slice(8, 16)) === code[16];

const SAID = /信用代码|税号|纳税人|统一代码|营业执照/;

/** The check character of the first 17. */
export function socialCreditCheck(code: string): string {
  let sum = 0;
  let weight = 1;
  for (let at = 0; at < 17; at++) {
    sum += ALPHABET.indexOf(code[at] as string) * weight;
    weight = (weight * 3) % 31;
  }
  return ALPHABET[(31 - (sum % 31)) % 31] as string;
}

const ORGANIZATION = /(?<![a-z0-9])[0-9a-z]{8}-?[0-9x](?![a-z0-9])/g;
const ORGANIZATION_SAID = /组织机构代?码?|机构代码/;
/** One of these is in every text that {@link findOrganizationCodes} finds something in. */
export const ORGANIZATION_CLUES = ['组织机构', '机构代码'];

/** Nine characters are too few to be believed without the words beside them. */
export function findOrganizationCodes(shown: string): Candidate[] {
  if (!ORGANIZATION_SAID.test(shown)) return [];
  const candidates: Candidate[] = [];
  for (const { 0: written, index } of matchesOf(ORGANIZATION, shown)) {
    const code = written.replace('-', '');
    if (!/\d/.test(code) || !hasContext(shown, index, index + written.length, ORGANIZATION_SAID)) continue;
    candidates.push({
      kind: 'OrganizationCode',
      start: index,
      end: index + written.length,
      value: code.toUpperCase(),
      validity: organizationCheck(code) === code[8] ? 'Valid' : 'ChecksumWrong',
    });
  }
  return candidates;
}

const WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2];

/** The check character of the first 8. */
export function organizationCheck(code: string): string {
  const sum = WEIGHTS.reduce(
    (total, weight, at) => total + weight * Number.parseInt(code[at] as string, 36),
    0,
  );
  return '0x987654321'[sum % 11] as string;
}
