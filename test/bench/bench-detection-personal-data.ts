// How well personal data, secrets and addresses are found, on made-up texts with the truth beside them: recall and exact places by kind
// and way of writing, what is found in near misses, and what is found in harmless chat.
import { readPersonalData } from '@menshen/policy-engine/detectors/personal-data/read-personal-data';
import { readSecrets } from '@menshen/policy-engine/detectors/secrets/read-secrets';
import { lookAlike, readBrand, readHostName } from '@menshen/policy-engine/detectors/urls/look-alikes';
import { readUrls } from '@menshen/policy-engine/detectors/urls/read-urls';
import { writeAnnounced } from './detection-corpus-announced.ts';
import { writeHarmless } from './detection-corpus-harmless.ts';
import { type LabelledText, writeNearMisses, writePersonalData } from './detection-corpus-personal-data.ts';
import { writeNoSecrets, writeSecrets } from './detection-corpus-secrets.ts';
import {
  BRANDS,
  writeHonestHosts,
  writeLookAlikes,
  writeNoUrls,
  writeUrls,
} from './detection-corpus-urls.ts';
import { buildMessages } from './scan-corpus.ts';

/** One line of the table: how many of `texts` came out right. */
export interface FactsRow {
  /** personalData, secrets, urls, lookAlikeOf. */
  readonly detector: string;
  readonly kind: string;
  readonly way: string;
  readonly texts: number;
  /** For what holds something: found with exact place, kind and validity. For what holds nothing: nothing found. */
  readonly right: number;
  /** Some that did not, to look at. Made up, like all texts. */
  readonly wrong: readonly string[];
}

const MOST_SHOWN = 3;

interface Found {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly validity: string;
}

type Reader = (text: string) => readonly Found[];

/** What each detector reads a text with. */
export const READERS: Readonly<Record<string, Reader>> = {
  personalData: readPersonalData,
  secrets: (text) => readSecrets(text).map((secret) => ({ ...secret, validity: 'Valid' })),
  urls: (text) => readUrls(text).map(({ start, end }) => ({ kind: 'Url', start, end, validity: 'Valid' })),
};

/** `count` texts a row; the same seed gives the same table. */
export function measureFacts(count: number, seed: number): FactsRow[] {
  return [
    ...measure('personalData', [
      ...writePersonalData(count, seed),
      ...writeAnnounced(count, seed + 6),
      ...writeNearMisses(count, seed + 1),
    ]),
    ...measure('secrets', [...writeSecrets(count, seed + 2), ...writeNoSecrets()]),
    ...measure('urls', [...writeUrls(count, seed + 3), ...writeNoUrls(count, seed + 4)]),
    ...measureLookAlikes(count, seed + 5),
  ];
}

function measure(detector: string, texts: readonly LabelledText[]): FactsRow[] {
  const read = READERS[detector] as Reader;
  return [...Map.groupBy(texts, ({ kind, way }) => `${kind}\0${way}`).values()].map((group) =>
    toRow(detector, group, ({ text, kind, expected }) => {
      const found = read(text).filter((one) => kind === 'Secret' || one.kind === kind);
      // A near miss may show the form with a wrong checksum, which is an answer of its own; it may not be called valid.
      if (expected.length === 0) return found.every(({ validity }) => validity !== 'Valid');
      return found.length === expected.length && expected.every((one, at) => isSame(found[at], one));
    }),
  );
}

function toRow(
  detector: string,
  group: readonly LabelledText[],
  isRight: (text: LabelledText) => boolean,
): FactsRow {
  const wrong = group.filter((text) => !isRight(text)).map(({ text }) => text);
  const [{ kind, way } = { kind: '', way: '' }] = group;
  return {
    detector,
    kind,
    way,
    texts: group.length,
    right: group.length - wrong.length,
    wrong: wrong.slice(0, MOST_SHOWN),
  };
}

function isSame(found: Found | undefined, expected: LabelledText['expected'][number]): boolean {
  return (
    found?.start === expected.start && found.end === expected.end && found.validity === expected.validity
  );
}

function measureLookAlikes(count: number, seed: number): FactsRow[] {
  const brands = new Map(BRANDS.map((brand) => [brand, readBrand(brand)]));
  const pairs = writeLookAlikes(Math.max(1, Math.round(count / BRANDS.length)), seed).map(
    ({ host, brand, way }) => ({
      text: host,
      kind: 'Host',
      way,
      expected: [],
      brand,
    }),
  );
  const own = new Set([...brands.values()].map(({ domain }) => domain));
  const isImitation = (host: string): boolean =>
    !own.has(host.replace(/^www\./, '')) &&
    [...brands.values()].some((brand) => lookAlike(readHostName(host), brand) !== undefined);
  const honest = writeHonestHosts(count * 10, seed + 1).map((text) => ({
    text,
    kind: 'Host',
    way: 'honest',
    expected: [],
  }));
  return [
    ...[...Map.groupBy(pairs, ({ way }) => way).values()].map((group) =>
      toRow('lookAlikeOf', group, ({ text }) => isImitation(text)),
    ),
    toRow('lookAlikeOf', honest, ({ text }) => !isImitation(text)),
  ];
}

/** Harmless messages in which each detector finds nothing: half ordinary chat, half full of numbers, codes and dots. */
export function measureHarmless(messages: number, seed: number): FactsRow[] {
  const label =
    (way: string) =>
    (text: string): LabelledText => ({ text, kind: 'any', way, expected: [] });
  const ordinary = buildMessages(messages / 2, [], seed).map(label('ordinary chat'));
  const numbers = writeHarmless(messages / 2, seed + 1).map(label('numbers and codes'));
  // The telephone numbers in ordinary chat are telephone numbers.
  const phones = /^1[358]\d{9}$/;
  return Object.entries(READERS).flatMap(([detector, read]) =>
    [ordinary, numbers].map((texts) =>
      toRow(detector, texts, ({ text }) =>
        read(text).every(
          ({ kind, start, end, validity }) =>
            validity !== 'Valid' ||
            (kind === 'Mobile' && texts === ordinary && phones.test(text.slice(start, end))),
        ),
      ),
    ),
  );
}

/** The table as text. */
export function renderFacts(rows: readonly FactsRow[]): string {
  return rows
    .map(({ detector, kind, way, texts, right, wrong }) => {
      const share = ((100 * right) / texts).toFixed(2).padStart(6);
      const shown =
        wrong.length === 0 ? '' : `   e.g. ${wrong.map((text) => JSON.stringify(text)).join(' ')}`;
      return `${detector.padEnd(13)} ${kind.padEnd(24)} ${way.padEnd(24)} ${share} % of ${texts}${shown}`;
    })
    .join('\n');
}
