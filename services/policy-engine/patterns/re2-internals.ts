// What re2js knows of a pattern and does not publish: the literals a match must contain, and its program.
// Read with care: the package is pinned to one exact version, a test compares what is read here with known patterns, and whatever does
// not have the expected form is taken as "nothing known", which costs speed and never a match.
import { RE2JS } from 're2js';

/** A condition every matching text meets. */
export type Required =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'all'; readonly of: readonly Required[] }
  | { readonly kind: 'any'; readonly of: readonly Required[] };

export interface Instruction {
  readonly kind: 'alternative' | 'assertion' | 'rune' | 'match' | 'fail' | 'pass';
  /** Next instruction. */
  readonly out: number;
  /** Second branch of an alternative. */
  readonly other: number;
  /** What an assertion demands: {@link ASSERTS}, added up. */
  readonly asserts: number;
  /** Code points that a rune instruction accepts: inclusive ranges as pairs, ascending. */
  readonly runes: readonly number[];
}

export interface Program {
  readonly start: number;
  readonly instructions: readonly Instruction[];
}

/** Bits of an assertion (`Utils.EMPTY_*` of re2js). */
export const ASSERTS = {
  lineStart: 1,
  lineEnd: 2,
  textStart: 4,
  textEnd: 8,
  wordEdge: 16,
  noWordEdge: 32,
} as const;

interface Internals {
  readonly prefilter?: {
    readonly type: number;
    readonly str: string;
    readonly subs: readonly unknown[];
  } | null;
  readonly prog?: { readonly start: number; readonly inst: readonly RawInstruction[] };
}

interface RawInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: Iterable<number> | null;
}

/** The literals that every match contains. */
export function readRequired(compiled: RE2JS): Required {
  return asRequired(internalsOf(compiled).prefilter);
}

function asRequired(node: unknown): Required {
  const { type, str, subs } = (node ?? {}) as NonNullable<Internals['prefilter']>;
  if (type === 1 && typeof str === 'string' && str !== '') return { kind: 'literal', text: str };
  if (type === 2 && Array.isArray(subs)) return { kind: 'all', of: subs.map(asRequired) };
  if (type === 3 && Array.isArray(subs)) return { kind: 'any', of: subs.map(asRequired) };
  return { kind: 'nothing' };
}

/** The pattern's program; `undefined` when it cannot be read. */
export function readProgram(compiled: RE2JS): Program | undefined {
  const prog = internalsOf(compiled).prog;
  if (!Array.isArray(prog?.inst) || typeof prog.start !== 'number') return undefined;
  const instructions = (prog.inst as readonly RawInstruction[]).map(asInstruction);
  return instructions.includes(undefined)
    ? undefined
    : { start: prog.start, instructions: instructions as Instruction[] };
}

/** Operation codes of re2js 2.10.0 (`Inst`). Codes 12 and 13 are look-behinds, which policies cannot use. */
const KINDS: Readonly<Record<number, Instruction['kind']>> = {
  1: 'alternative',
  2: 'alternative',
  3: 'pass',
  4: 'assertion',
  5: 'fail',
  6: 'match',
  7: 'pass',
  8: 'rune',
  9: 'rune',
  10: 'rune',
  11: 'rune',
};
const ANY = 10;
const ANY_BUT_NEWLINE = 11;
const IGNORES_CASE = 1;
const LAST_POINT = 0x10ffff;

function asInstruction(raw: RawInstruction): Instruction | undefined {
  const kind = KINDS[raw.op];
  if (kind === undefined) return undefined;
  const runes = kind === 'rune' ? readRunes(raw) : [];
  return { kind, out: raw.out, other: raw.arg, asserts: kind === 'assertion' ? raw.arg : 0, runes };
}

function readRunes(raw: RawInstruction): readonly number[] {
  if (raw.op === ANY) return [0, LAST_POINT];
  if (raw.op === ANY_BUT_NEWLINE) return [0, 9, 11, LAST_POINT];
  const runes = [...(raw.runes ?? [])];
  const [only] = runes;
  if (runes.length !== 1 || only === undefined) return runes;
  return (raw.arg & IGNORES_CASE) === 0 ? [only, only] : caseVariants(only);
}

/** A character in all its cases, as ranges. RE2 lists them where the character stands in a class beside another one (here NUL). */
function caseVariants(point: number): readonly number[] {
  const inClass = RE2JS.compile(`(?i)[\\x{0}\\x{${point.toString(16)}}]`);
  const [, instruction] = internalsOf(inClass).prog?.inst ?? [];
  return [...(instruction?.runes ?? [])].slice(2);
}

function internalsOf(compiled: RE2JS): Internals {
  return compiled.re2() as unknown as Internals;
}
