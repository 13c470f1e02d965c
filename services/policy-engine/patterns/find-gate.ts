// A gate is a cheap condition that every matching text meets. Only texts that pass it are searched with the regular expression,
// which is what makes fifty patterns cost less than one.
import type { RE2JS } from 're2js';
import { type Instruction, type Program, type Required, readProgram, readRequired } from './re2-internals.ts';

export type Gate =
  /** One of these occurs; they are looked for together with the keywords. */
  | { readonly kind: 'literals'; readonly literals: readonly string[] }
  /** The text has at least so many ASCII digits. */
  | { readonly kind: 'digits'; readonly count: number }
  /** Nothing cheap is known. */
  | { readonly kind: 'none' };

const MAX_LITERALS = 256;
/** Fewer digits than this are in so many messages that the gate is not worth its name. */
const MIN_DIGITS = 3;

/** `compiled` must be compiled with regard to case, else no literal is known. */
export function findGate(compiled: RE2JS): Gate {
  const literals = chooseLiterals(readRequired(compiled));
  if (literals !== undefined) return { kind: 'literals', literals: [...new Set(literals)] };
  const program = readProgram(compiled);
  const count = program === undefined ? 0 : countRequiredDigits(program);
  return count >= MIN_DIGITS ? { kind: 'digits', count } : { kind: 'none' };
}

/** Literals of which one occurs in every match: the longest choice there is. */
function chooseLiterals(required: Required): readonly string[] | undefined {
  switch (required.kind) {
    case 'nothing':
      return undefined;
    case 'literal':
      return isSelective(required.text) ? [required.text] : undefined;
    case 'any':
      return joinChoices(required.of.map(chooseLiterals));
    case 'all':
      return required.of
        .map(chooseLiterals)
        .filter((choice) => choice !== undefined)
        .sort((a, b) => shortest(b) - shortest(a))[0];
  }
}

function joinChoices(choices: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  if (choices.includes(undefined)) return undefined;
  const joined = (choices as readonly (readonly string[])[]).flat();
  return joined.length <= MAX_LITERALS ? joined : undefined;
}

/** A single letter, digit or space is in nearly every message. */
const isSelective = (literal: string): boolean => !/^[a-z0-9 ]?$/i.test(literal);

const shortest = (literals: readonly string[]): number =>
  Math.min(...literals.map((literal) => literal.length));

/** The least number of digits in any match: the shortest way through the program when only digits count. */
function countRequiredDigits(program: Program): number {
  const settled = new Set<number>();
  let reached = [program.start];
  for (let digits = 0; reached.length > 0; digits++) {
    const beyond: number[] = [];
    // Ways that cost nothing are walked to their end before a digit is paid for, so each instruction is settled once.
    for (let at = reached.pop(); at !== undefined; at = reached.pop()) {
      const instruction = program.instructions[at];
      if (instruction?.kind === 'match') return digits;
      if (instruction === undefined || settled.has(at)) continue;
      settled.add(at);
      (isDigit(instruction) ? beyond : reached).push(...nextOf(instruction));
    }
    reached = beyond;
  }
  return 0;
}

function nextOf(instruction: Instruction): number[] {
  if (instruction.kind === 'fail') return [];
  return instruction.kind === 'alternative' ? [instruction.out, instruction.other] : [instruction.out];
}

/** Runes are one code point, or inclusive ranges as pairs; none means any. */
function isDigit({ kind, runes }: Instruction): boolean {
  return kind === 'rune' && runes.length > 0 && runes.every((rune) => rune >= 0x30 && rune <= 0x39);
}
