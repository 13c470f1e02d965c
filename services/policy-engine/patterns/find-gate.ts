// A gate is what every match must contain, in literals. The gates of all patterns are looked for together with the keywords, and only
// a text that shows all of a gate is searched with the regular expression: that is what makes fifty patterns cost less than one.
import type { RE2JS } from 're2js';
import { listBeginnings } from './list-beginnings.ts';
import { type Required, readProgram, readRequired } from './re2-internals.ts';

/** A match contains one literal of every group. */
export type Gate = readonly (readonly string[])[];

/** More groups do not keep more texts out; more literals in a group hardly keep any. */
const MAX_GROUPS = 4;
const MAX_LITERALS = 256;

/**
 * The gate of a pattern; `undefined` when no literal is known that would keep many texts out.
 * `compiled` must be compiled with regard to case, else no literal is known.
 */
export function findGate(compiled: RE2JS): Gate | undefined {
  const groups = listGroups(readRequired(compiled)).map((group) => [...new Set(group)]);
  const program = groups.length === 0 ? readProgram(compiled) : undefined;
  const beginnings = program && listBeginnings(program);
  if (beginnings?.every((text) => isSelective(text) && !DIGITS.test(text))) groups.push([...beginnings]);
  const longestFirst = groups.sort((a, b) => shortest(b) - shortest(a));
  return longestFirst.length === 0 ? undefined : longestFirst.slice(0, MAX_GROUPS);
}

/** Digits begin so many things that counting them tells more. */
const DIGITS = /^\d+$/;

function listGroups(required: Required): string[][] {
  switch (required.kind) {
    case 'nothing':
      return [];
    case 'literal':
      return isSelective(required.text) ? [[required.text]] : [];
    case 'all':
      return required.of.flatMap(listGroups);
    case 'any':
      return joinAlternatives(required.of.map(listGroups));
  }
}

/** Of each alternative the group whose literals are longest; together they are one group, which knows nothing when one alternative does. */
function joinAlternatives(alternatives: readonly string[][][]): string[][] {
  const best = alternatives.map((groups) => groups.sort((a, b) => shortest(b) - shortest(a))[0]);
  if (best.includes(undefined)) return [];
  const joined = (best as string[][]).flat();
  return joined.length <= MAX_LITERALS ? [joined] : [];
}

/** A single letter, digit, space or common stop is in nearly every message. */
const isSelective = (literal: string): boolean => !/^[a-z0-9 .,，。]?$/i.test(literal);

const shortest = (literals: readonly string[]): number =>
  Math.min(...literals.map((literal) => literal.length));
