// Characters that no instruction of a program tells apart are one class: a few dozen classes stand for all of Unicode.
import type { JoinedProgram } from './join-programs.ts';
import { CONTEXT } from './step-over.ts';

export interface CharacterClasses {
  readonly count: number;
  /** Unit → class; surrogates → {@link pair}. */
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
  const classOf = new Uint16Array(65536);
  for (const [index, from] of bounds.entries())
    classOf.fill(
      segments.classOf[index] as number,
      Math.min(from, 65536),
      Math.min(bounds[index + 1] ?? 65536, 65536),
    );
  const pair = count + 1;
  classOf.fill(pair, 0xd800, 0xe000);
  const memberOf = (set: number, character: number): boolean =>
    segments.members[character]?.has(set) === true;
  return {
    count,
    classOf,
    pair,
    classOfPoint,
    accepts: (instruction, character) => memberOf(sets.ofInstruction[instruction] as number, character),
    traits: (character) =>
      (memberOf(0, character) ? CONTEXT.newline : 0) | (memberOf(1, character) ? CONTEXT.word : 0),
  };
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
