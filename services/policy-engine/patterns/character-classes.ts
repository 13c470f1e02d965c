// Characters that no instruction of a program tells apart are one class: a few dozen classes stand for all of Unicode.
import type { JoinedProgram } from './join-programs.ts';
import { CONTEXT } from './step-over.ts';

export interface CharacterClasses {
  readonly count: number;
  /** The class of a unit is `classOf[pages[unit >>> 8] + (unit & 255)]`; that of a surrogate {@link pair}. */
  readonly pages: Uint16Array;
  readonly classOf: Uint16Array;
  /** Not a class: the unit has to be read with its neighbour. */
  readonly pair: number;
  readonly classOfPoint: (point: number) => number;
  /** Whether the rune instruction accepts the class. */
  readonly accepts: (instruction: number, character: number) => boolean;
  /** {@link CONTEXT} bits: newline, word. */
  readonly traits: (character: number) => number;
}

interface RuneSet {
  readonly runes: readonly number[];
}

const LAST_POINT = 0x10ffff;
const NEWLINE: RuneSet = { runes: [10, 10] };
/** RE2's `\b` knows ASCII words only. */
const WORD: RuneSet = { runes: [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a] };

export function classifyCharacters(program: JoinedProgram): CharacterClasses {
  const sets = distinctSets(program);
  const bounds = listBounds(sets.list);
  const segments = mergeSegments(bounds, sets.list);
  const classOfPoint = (point: number): number => segments.classOf[lastAtOrBelow(bounds, point)] as number;
  const count = segments.members.length;
  const pair = count + 1;
  const memberOf = (set: number, character: number): boolean =>
    segments.members[character]?.has(set) === true;
  return {
    count,
    ...layOut(bounds, segments.classOf, pair),
    pair,
    classOfPoint,
    accepts: (instruction, character) => memberOf(sets.ofInstruction[instruction] as number, character),
    traits: (character) =>
      (memberOf(0, character) ? CONTEXT.newline : 0) | (memberOf(1, character) ? CONTEXT.word : 0),
  };
}

/**
 * Pages of 256 units, of which those in one class throughout are shared: nearly all. A pattern then takes a few kilobytes, and what is
 * looked up stays in the processor's nearest cache.
 */
function layOut(bounds: readonly number[], segments: readonly number[], pair: number) {
  const pages = new Uint16Array(256);
  const shared = new Map<number, number>();
  const classOf: number[] = [];
  for (let page = 0; page < 256; page++) {
    const classes = classesOfPage(page, { bounds, segments, pair });
    const only = classes.length === 1 ? (classes[0] as number) : undefined;
    const known = only === undefined ? undefined : shared.get(only);
    pages[page] = known ?? classOf.length;
    if (known !== undefined) continue;
    if (only !== undefined) shared.set(only, classOf.length);
    for (let unit = 0; unit < 256; unit++) classOf.push(only ?? (classes[unit] as number));
  }
  return { pages, classOf: Uint16Array.from(classOf) };
}

/** One class when all of the page is in it, else that of each unit. */
function classesOfPage(
  page: number,
  of: { readonly bounds: readonly number[]; readonly segments: readonly number[]; readonly pair: number },
): number[] {
  const first = page << 8;
  if (first >= 0xd800 && first < 0xe000) return [of.pair];
  const segment = lastAtOrBelow(of.bounds, first);
  if ((of.bounds[segment + 1] ?? 0x10000) > first + 255) return [of.segments[segment] as number];
  return Array.from(
    { length: 256 },
    (_, unit) => of.segments[lastAtOrBelow(of.bounds, first + unit)] as number,
  );
}

/** Equal rune sets share a number. Sets 0 and 1 are newline and word, empty where no assertion asks for them. */
function distinctSets(program: JoinedProgram): { list: RuneSet[]; ofInstruction: number[] } {
  const none: RuneSet = { runes: [] };
  const list = [
    (program.context & CONTEXT.newline) === 0 ? none : NEWLINE,
    (program.context & CONTEXT.word) === 0 ? none : WORD,
  ];
  const numbers = new Map<string, number>();
  const ofInstruction = program.instructions.map(({ kind, runes }) => {
    if (kind !== 'rune') return -1;
    const key = runes.join();
    const number = numbers.get(key) ?? list.push({ runes }) - 1;
    numbers.set(key, number);
    return number;
  });
  return { list, ofInstruction };
}

/** Where something may change: the beginnings of the segments, ascending from 0. */
function listBounds(sets: readonly RuneSet[]): readonly number[] {
  const bounds = new Set([0]);
  for (const { runes } of sets)
    for (let index = 0; index < runes.length; index += 2) {
      bounds.add(runes[index] as number);
      if ((runes[index + 1] as number) < LAST_POINT) bounds.add((runes[index + 1] as number) + 1);
    }
  return [...bounds].sort((a, b) => a - b);
}

/** Segments that are in the same sets become one class. */
function mergeSegments(bounds: readonly number[], sets: readonly RuneSet[]) {
  const setsOfSegment = bounds.map((): number[] => []);
  for (const [number, { runes }] of sets.entries())
    for (let index = 0; index < runes.length; index += 2) {
      const last = runes[index + 1] as number;
      let segment = lastAtOrBelow(bounds, runes[index] as number);
      for (; segment < bounds.length && (bounds[segment] as number) <= last; segment++)
        setsOfSegment[segment]?.push(number);
    }
  const numbers = new Map<string, number>();
  const members: ReadonlySet<number>[] = [];
  const classOf = setsOfSegment.map((own) => {
    const key = own.join();
    const number = numbers.get(key) ?? members.push(new Set(own)) - 1;
    numbers.set(key, number);
    return number;
  });
  return { classOf, members };
}

function lastAtOrBelow(bounds: readonly number[], point: number): number {
  let low = 0;
  let high = bounds.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((bounds[middle] as number) <= point) low = middle;
    else high = middle;
  }
  return low;
}
