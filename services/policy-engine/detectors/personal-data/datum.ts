// What a piece of personal data is, before and after it has a place in the original text.
import type { NumberTraits } from './number-traits.ts';

/** In the order in which they win when two lay claim to the same characters. */
export const PERSONAL_DATA_KINDS = [
  'ResidentId',
  'ForeignResidentId',
  'UnifiedSocialCreditCode',
  'OrganizationCode',
  'Iban',
  'TaiwanId',
  'HongKongId',
  'MacauId',
  'TravelPermit',
  'Passport',
  'Mobile',
  'Landline',
  'OverseasPhone',
  'BankCard',
  'Qq',
  'VehiclePlate',
  'WeChatId',
  'Email',
  'Address',
  'Name',
] as const;

export type PersonalDataKind = (typeof PERSONAL_DATA_KINDS)[number];

/** Valid: the form is right, and the checksum where the kind has one. ChecksumWrong: the form is right and the checksum is not. */
export type Validity = 'Valid' | 'ChecksumWrong';

/** A place in the folded text that may be personal data. */
export interface Candidate {
  readonly kind: PersonalDataKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** In one spelling, whatever way it was written: without separators, letters of ids in upper case. */
  readonly value: string;
  readonly validity: Validity;
}

/** Finds one kind in a folded text (lower case, simplified, half width, nothing invisible), in time linear in its length. */
export type Finder = (shown: string, traits: NumberTraits) => readonly Candidate[];
