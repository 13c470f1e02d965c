// Text in, personal data out: every kind is looked for in the folded text, and of those that lay claim to the same characters one wins.
import { makeReadable } from '../readable-text.ts';
import { findAddresses } from './address.ts';
import { findQqNumbers, findWeChatIds } from './chat-handles.ts';
import {
  type Candidate,
  type Finder,
  PERSONAL_DATA_KINDS,
  type PersonalDataKind,
  type Validity,
} from './datum.ts';
import { findEmails } from './email.ts';
import { findNumbers } from './find-numbers.ts';
import { findOldForeignResidentIds } from './foreign-resident-id.ts';
import { findHongKongIds } from './hong-kong-id.ts';
import { findIbans } from './iban.ts';
import { findLandlines } from './landline.ts';
import { findMacauIds } from './macau-id.ts';
import { type NumberTraits, readNumberTraits } from './number-traits.ts';
import { findOverseasPhones } from './overseas-phone.ts';
import { findPassports } from './passport.ts';
import { findNames } from './person-name.ts';
import { findOrganizationCodes, findSocialCreditCodes } from './social-credit-code.ts';
import { findTaiwanIds } from './taiwan-id.ts';
import { findTravelPermits } from './travel-permit.ts';
import { findVehiclePlates } from './vehicle-plate.ts';

export interface PersonalDatum {
  readonly kind: PersonalDataKind;
  /** In the original text, UTF-16, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** In one spelling, unmasked. */
  readonly value: string;
  readonly validity: Validity;
}

/** When a finder can find something at all; a text that is read mostly holds an order number or a date, for which few run. */
type Needs = (traits: NumberTraits, shown: string) => boolean;

const always: Needs = () => true;
const isLettered: Needs = (traits) => traits.isLettered;

/** Numbers and codes. Two of them never share a character. */
const CODES: readonly (readonly [Finder, Needs])[] = [
  [findNumbers, ({ digits, isLettered }) => digits >= 11 || (isLettered && digits >= 7)],
  [findSocialCreditCodes, ({ digits, isLettered }) => digits >= 18 || (isLettered && digits >= 6)],
  [findMacauIds, ({ digits }, shown) => digits >= 8 && /[(/]|澳|mac/.test(shown)],
  [findLandlines, ({ digits }) => digits >= 10],
  [findOverseasPhones, ({ digits }, shown) => digits >= 8 && /[+(]|00/.test(shown)],
  [
    findPassports,
    (traits, shown) => traits.isLettered || (traits.digits >= 7 && /护照|passport/.test(shown)),
  ],
  [findTravelPermits, ({ digits }) => digits >= 7],
  [findOldForeignResidentIds, isLettered],
  [findIbans, isLettered],
  [findTaiwanIds, isLettered],
  [findHongKongIds, isLettered],
  [findVehiclePlates, (traits, shown) => traits.isLettered || shown.includes('使')],
  [findOrganizationCodes, always],
  [findQqNumbers, ({ digits }) => digits >= 5],
];
/** What may hold a code: the telephone number in `13800138000@example.com` is one as well. */
const WORDS: readonly (readonly [Finder, Needs])[] = [
  [findWeChatIds, always],
  [findEmails, always],
  [findAddresses, always],
  [findNames, always],
];

/** In order of appearance. Linear in the length of the text. */
export function readPersonalData(text: string): readonly PersonalDatum[] {
  const { shown, locate } = makeReadable(text);
  const traits = readNumberTraits(shown);
  const candidates: Candidate[] = [];
  for (const finders of [CODES, WORDS]) {
    const found: Candidate[] = [];
    for (const [find, needs] of finders) if (needs(traits, shown)) found.push(...find(shown, traits));
    candidates.push(...withoutOverlaps(found, shown.length));
  }
  return candidates
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map(({ start, end, ...datum }) => ({ ...datum, ...locate(start, end) }));
}

/** A right checksum beats a wrong one, then the longer beats the shorter, then the kind decides. */
function withoutOverlaps(candidates: readonly Candidate[], length: number): readonly Candidate[] {
  if (candidates.length < 2) return candidates;
  const taken = new Uint8Array(length);
  const byClaim = [...candidates].sort(
    (a, b) =>
      (a.validity === b.validity ? 0 : a.validity === 'Valid' ? -1 : 1) ||
      b.end - b.start - (a.end - a.start) ||
      RANK[a.kind] - RANK[b.kind],
  );
  return byClaim.filter(({ start, end }) => {
    if (taken.subarray(start, end).includes(1)) return false;
    taken.fill(1, start, end);
    return true;
  });
}

const RANK = Object.fromEntries(PERSONAL_DATA_KINDS.map((kind, rank) => [kind, rank])) as Record<
  PersonalDataKind,
  number
>;
