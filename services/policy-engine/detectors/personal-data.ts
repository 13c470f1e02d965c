// Personal data: numbers of people and companies, told by form and checksum, and what stands beside words that announce it.

import type { Clue, Detector, Hit, Plan, Sight, Trigger } from '../detector.ts';
import { type ListedFact, mask } from './listed-fact.ts';
import { QQ_CLUES, WECHAT_CLUES } from './personal-data/chat-handles.ts';
import { PERSONAL_DATA_KINDS, type PersonalDataKind, type Validity } from './personal-data/datum.ts';
import { EMAIL_CLUES } from './personal-data/email.ts';
import { NAME_CLUES } from './personal-data/person-name.ts';
import { type PersonalDatum, readPersonalData } from './personal-data/read-personal-data.ts';
import { ORGANIZATION_CLUES } from './personal-data/social-credit-code.ts';
import { showsAt, showsDigits, showsPlateOrHouse } from './signs.ts';

export interface PersonalDataOptions {
  /** Default, every kind. */
  readonly kinds?: readonly PersonalDataKind[];
  /** Default Valid. */
  readonly validity?: readonly Validity[];
  /** Distinct values that the message must hold. Default 1. */
  readonly atLeast?: number;
}

export const personalData: Detector<PersonalDataOptions> = { name: 'personalData', compile };

/** Everything there is in a text, without a policy. Values are masked. */
export function listPersonalData(text: string): ListedFact<PersonalDataKind>[] {
  return readPersonalData(text).map((datum) => ({ ...datum, value: mask(datum.value) }));
}

function compile(options: PersonalDataOptions, plan: Plan) {
  const kinds: ReadonlySet<PersonalDataKind> = new Set(options.kinds ?? PERSONAL_DATA_KINDS);
  const validities: ReadonlySet<Validity> = new Set(options.validity ?? ['Valid']);
  const atLeast = options.atLeast ?? 1;
  return { triggers: triggersOf(kinds, plan), find };

  function find(sight: Sight): Hit[] {
    const found = sight
      .readTexts(readPersonalData)
      .flatMap((data, text) =>
        data
          .filter(({ kind, validity }) => kinds.has(kind) && validities.has(validity))
          .map((datum) => ({ text, datum })),
      );
    const distinct = new Set(found.map(({ datum }) => `${datum.kind} ${datum.value}`));
    return distinct.size < atLeast ? [] : found.map(asHit);
  }
}

function asHit({ text, datum }: { text: number; datum: PersonalDatum }): Hit {
  const { start, end, kind, value, validity } = datum;
  const span = { text, start, end, view: 'Folded', shownStart: start, shownEnd: end, seen: value, term: -1 };
  return { kind: 'span', span, label: `personalData.${kind}${validity === 'Valid' ? '' : `.${validity}`}` };
}

/** What a text cannot lack that holds a datum of the kind. */
interface Announcement {
  readonly clues?: readonly Clue[];
  readonly terms?: readonly string[];
}

/** Every kind that is not here is found by its digits. */
const ANNOUNCED_BY: Partial<Record<PersonalDataKind, Announcement>> = {
  VehiclePlate: { clues: [showsPlateOrHouse, showsDigits] },
  Address: { clues: [showsPlateOrHouse] },
  Email: { clues: [showsAt], terms: EMAIL_CLUES },
  OrganizationCode: { terms: ORGANIZATION_CLUES },
  Qq: { terms: QQ_CLUES },
  WeChatId: { terms: WECHAT_CLUES },
  Name: { terms: NAME_CLUES },
};
const BY_DIGITS: Announcement = { clues: [showsDigits] };

function triggersOf(kinds: ReadonlySet<PersonalDataKind>, plan: Plan): Trigger[] {
  const announcements = [...kinds].map((kind) => ANNOUNCED_BY[kind] ?? BY_DIGITS);
  const clues = new Set(announcements.flatMap((announcement) => announcement.clues ?? []));
  const terms = announcements.flatMap((announcement) => announcement.terms ?? []);
  const triggers: Trigger[] = [...clues].map((clue) => ({ kind: 'clue', clue }));
  if (terms.length > 0)
    triggers.push({
      kind: 'terms',
      watch: plan.watchTerms({ view: 'Folded', terms, field: 'kinds', wholeWords: false }),
    });
  return triggers;
}
