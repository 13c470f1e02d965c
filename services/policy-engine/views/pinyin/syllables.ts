// How characters sound, as numbers: syllables without tone, and those that many speakers do not tell apart made one.
import { FIRST_READINGS, SECOND_READINGS, THIRD_READINGS } from '../chinese/readings.ts';

/** Syllables are shown as units of the private use area, from here. */
export const FIRST_SYLLABLE = 0xe000;
export const LAST_PRIVATE = 0xf8ff;

/** Character → unit of the syllable that it is mostly read as; 0 = none. */
export const syllables = new Uint16Array(65536);
/** The same for the second commonest reading. */
export const otherSyllables = new Uint16Array(65536);

/** Unit minus {@link FIRST_SYLLABLE} → a spelling of it. */
const spellings: string[] = [];
const units = new Map<string, number>();
const rareReadings = new Map<number, string>();
const spelled = new Map<number, string[]>();

const RANKS = [FIRST_READINGS, SECOND_READINGS, THIRD_READINGS];
for (const [rank, readings] of RANKS.entries())
  for (const item of readings.split(' ')) {
    const syllable = /^[a-z]+/.exec(item)?.[0] ?? '';
    for (let at = syllable.length; at < item.length; at++) read(item.charCodeAt(at), syllable, rank);
  }

function read(character: number, syllable: string, rank: number): void {
  if (rank === 0) syllables[character] = unitOf(syllable);
  else if (rank === 1) otherSyllables[character] = unitOf(syllable);
  else rareReadings.set(character, syllable);
  spelled.set(character, [...(spelled.get(character) ?? []), syllable]);
}

/** The unit of a syllable, written without tone and with v for ü. */
export function unitOf(syllable: string): number {
  const heard = asHeard(syllable);
  const known = units.get(heard);
  if (known !== undefined) return known;
  const unit = FIRST_SYLLABLE + spellings.push(heard) - 1;
  units.set(heard, unit);
  return unit;
}

/** zh is z, ch is c, sh is s, l is n at the beginning, eng is en and ing is in. */
function asHeard(syllable: string): string {
  return syllable
    .replace(/^([zcs])h/, '$1')
    .replace(/^l/, 'n')
    .replace(/^nue$/, 'nve')
    .replace(/([ei])ng$/, '$1n');
}

/** Every unit that a character may be shown as, the commonest first. */
export function unitsOf(character: number): number[] {
  const first = syllables[character] as number;
  if (first === 0) return [];
  const other = otherSyllables[character] as number;
  const rare = rareReadings.get(character);
  return [
    ...new Set([first, ...(other === 0 ? [] : [other]), ...(rare === undefined ? [] : [unitOf(rare)])]),
  ];
}

/** How a character is written in letters, each reading, the commonest first: `hang`, `xing`. */
export const lettersOf = (character: number): readonly string[] => spelled.get(character) ?? [];

/** Syllables readable: `bao ben`. */
export function writeSyllables(spelling: string): string {
  return Array.from(spelling, (character) => {
    const syllable = spellings[character.charCodeAt(0) - FIRST_SYLLABLE];
    return syllable === undefined ? character : ` ${syllable} `;
  })
    .join('')
    .replace(/ +/g, ' ')
    .trim();
}

/** Every way to write a syllable in letters. */
export const allSyllables: readonly string[] = [
  ...new Set(RANKS.flatMap((readings) => readings.split(' ').map((item) => /^[a-z]+/.exec(item)?.[0] ?? ''))),
];
