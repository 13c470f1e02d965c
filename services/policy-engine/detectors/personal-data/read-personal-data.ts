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
import { type NumberTraits, readNumberTraits, tells } from './number-traits.ts';
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

const isLettered: Needs = (traits) => traits.isLettered;

/** Numbers and codes. Two of them never share a character. */
const CODES: readonly (readonly [Finder, Needs])[] = [
  [findNumbers, (traits) => traits.digits >= 11 || (traits.isLettered && traits.digits >= 7)],
  [findSocialCreditCodes, (traits) => traits.digits >= 18 || (traits.isLettered && traits.digits >= 6)],
  [findMacauIds, (traits) => traits.digits >= 8 && tells(traits, 'macau')],
  [findLandlines, (traits) => traits.digits >= 10],
  [
    findOverseasPhones,
    (traits, shown) => traits.digits >= 8 && (tells(traits, 'overseas') || shown.includes('00')),
  ],
  [findPassports, (traits) => traits.isLettered || (traits.digits >= 7 && tells(traits, 'passport'))],
  [findTravelPermits, (traits) => traits.digits >= 7 && tells(traits, 'travelPermit')],
  [findOldForeignResidentIds, isLettered],
  [findIbans, isLettered],
  [findTaiwanIds, isLettered],
  [findHongKongIds, isLettered],
  [findVehiclePlates, (traits) => tells(traits, 'plate')],
  [findOrganizationCodes, (traits) => tells(traits, 'organizationCode')],
  [findQqNumbers, (traits) => traits.digits >= 5 && tells(traits, 'qq')],
];
/** What may hold a code: the telephone number in `13800138000@example.com` is one as well. */
const WORDS: readonly (readonly [Finder, Needs])[] = [
  [findWeChatIds, (traits) => tells(traits, 'weChat')],
  [findEmails, (traits) => tells(traits, 'email')],
  [findAddresses, (traits) => tells(traits, 'address')],
  [findNames, (traits) => tells(traits, 'name')],
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
  if (candidates.length === 0) return NONE;
  return candidates
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map(({ start, end, ...datum }) => ({ ...datum, ...locate(start, end) }));
}

const NONE: readonly PersonalDatum[] = [];

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
