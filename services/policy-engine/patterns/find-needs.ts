// What a match needs when no literal is known: a number of digits, and characters of small sets such as `[傻蠢废]`.
// Both are counted in one pass over a text for all patterns.
import type { Instruction, Program } from './re2-internals.ts';

export interface Needs {
  /** Least number of ASCII digits in a match. */
  readonly digits: number;
  /** Sets of UTF-16 units of which every match has a member. */
  readonly sets: readonly (readonly number[])[];
}

/** A larger set is in nearly every message. */
const MAX_SET = 32;

export function findNeeds(program: Program): Needs {
  const candidates = new Map<string, readonly number[]>();
  for (const { kind, runes } of program.instructions)
    if (kind === 'rune' && isSmall(runes)) candidates.set(runes.join(), runes);
  const needed = [...candidates.values()].filter((runes) => !canMatchWithout(program, runes));
  return { digits: countDigits(program), sets: needed.map(listUnits) };
}

/** Few units, whole characters, none that is everywhere. */
function isSmall(runes: readonly number[]): boolean {
  let size = 0;
  for (let index = 0; index < runes.length; index += 2) {
    const [first = 0, last = 0] = runes.slice(index, index + 2);
    size += last - first + 1;
    if (last > 0xffff || size > MAX_SET) return false;
  }
  return !listUnits(runes).some(isEverywhere);
}

const isEverywhere = (unit: number): boolean => /[a-z0-9 ]/i.test(String.fromCharCode(unit));

function listUnits(runes: readonly number[]): number[] {
  const units: number[] = [];
  for (let index = 0; index < runes.length; index += 2)
    for (let unit = runes[index] as number; unit <= (runes[index + 1] as number); unit++) units.push(unit);
  return units;
}

/** Whether there is a way to a match that takes no character of the set. */
function canMatchWithout(program: Program, runes: readonly number[]): boolean {
  const allowed = new Set(listUnits(runes));
  const isInside = (instruction: Instruction): boolean =>
    instruction.kind === 'rune' &&
    isSmall(instruction.runes) &&
    listUnits(instruction.runes).every((unit) => allowed.has(unit));
  return leastCost(program, (instruction) => (isInside(instruction) ? 1 : 0)) === 0;
}

/** The least number of digits on any way to a match. */
function countDigits(program: Program): number {
  return leastCost(program, ({ kind, runes }) =>
    kind === 'rune' && runes.length > 0 && runes.every((rune) => rune >= 0x30 && rune <= 0x39) ? 1 : 0,
  );
}

/** The cheapest way from the start to a match, when an instruction costs 0 or 1. */
function leastCost(program: Program, costOf: (instruction: Instruction) => 0 | 1): number {
  const settled = new Set<number>();
  let reached = [program.start];
  for (let cost = 0; reached.length > 0; cost++) {
    const beyond: number[] = [];
    // Ways that cost nothing are walked to their end before anything is paid, so each instruction is settled once.
    for (let at = reached.pop(); at !== undefined; at = reached.pop()) {
      const instruction = program.instructions[at];
      if (instruction?.kind === 'match') return cost;
      if (instruction === undefined || settled.has(at)) continue;
      settled.add(at);
      (costOf(instruction) === 0 ? reached : beyond).push(...nextOf(instruction));
    }
    reached = beyond;
  }
  return 0;
}

function nextOf(instruction: Instruction): number[] {
  if (instruction.kind === 'fail') return [];
  return instruction.kind === 'alternative' ? [instruction.out, instruction.other] : [instruction.out];
}
