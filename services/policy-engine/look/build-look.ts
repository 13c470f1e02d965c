// A look is one view with everything that any policy wants to find in it: the terms of all conditions in one automaton,
// and the patterns behind their gates.
import { type Automaton, buildAutomaton } from '../automaton/build-automaton.ts';
import type { Gate } from '../patterns/find-gate.ts';
import {
  type AutomatonMember,
  buildPatternAutomaton,
  type PatternAutomaton,
} from '../patterns/pattern-automaton.ts';
import type { View } from '../views/view.ts';
import { isWordUnit } from '../views/word-units.ts';

export interface LookRequest {
  readonly terms: WatchedTerms[];
  /** Patterns of which literals must occur. */
  readonly gates: { readonly pattern: number; readonly gate: Gate }[];
  /** Patterns of which no literal is known. */
  readonly programs: AutomatonMember[];
}

export interface WatchedTerms {
  readonly watch: number;
  /** As the view shows them; `undefined` for one that cannot be found. */
  readonly shown: readonly (string | undefined)[];
  readonly wholeWords: boolean;
}

export interface Look {
  readonly view: View;
  /** Distinct terms of all requests. */
  readonly terms: readonly string[];
  readonly automaton: Automaton;
  readonly postings: Postings;
  /** Names the patterns without a gate that match. */
  readonly patterns: PatternAutomaton | undefined;
}

/** Who asked for a term: postings of term t are those from `start[t]` to `start[t + 1]`. */
export interface Postings {
  readonly start: Int32Array;
  /** Number of the watch; -1 - number for a pattern that the term is a gate of. */
  readonly target: Int32Array;
  /** Index of the term in its request, or of the group in the gate. */
  readonly index: Int32Array;
  /** 1 where the term counts only as a whole word. */
  readonly whole: Uint8Array;
  /** Term → whether its first (1) and last (2) unit are of a word. */
  readonly edges: Uint8Array;
}

export function buildLook(view: View, request: LookRequest): Look {
  const numbers = new Map<string, number>();
  const asked: Asked = { term: [], target: [], index: [], whole: [] };
  for (const watched of request.terms) askTerms(asked, numbers, watched);
  for (const { pattern, gate } of request.gates) askGate(asked, numbers, pattern, gate);
  const terms = [...numbers.keys()];
  return {
    view,
    terms,
    automaton: buildAutomaton(terms),
    postings: buildPostings(terms, asked),
    patterns: request.programs.length === 0 ? undefined : buildPatternAutomaton(request.programs),
  };
}

function askTerms(
  asked: Asked,
  numbers: Map<string, number>,
  { watch, shown, wholeWords }: WatchedTerms,
): void {
  for (const [index, term] of shown.entries())
    if (term !== undefined)
      ask(asked, numberOf(numbers, term), { target: watch, index, whole: wholeWords ? 1 : 0 });
}

function askGate(asked: Asked, numbers: Map<string, number>, pattern: number, gate: Gate): void {
  for (const [index, literals] of gate.entries())
    for (const literal of literals)
      ask(asked, numberOf(numbers, literal), { target: -1 - pattern, index, whole: 0 });
}

interface Asked {
  readonly term: number[];
  readonly target: number[];
  readonly index: number[];
  readonly whole: number[];
}

function numberOf(numbers: Map<string, number>, term: string): number {
  const known = numbers.get(term);
  if (known !== undefined) return known;
  numbers.set(term, numbers.size);
  return numbers.size - 1;
}

function ask(asked: Asked, term: number, by: { target: number; index: number; whole: number }): void {
  asked.term.push(term);
  asked.target.push(by.target);
  asked.index.push(by.index);
  asked.whole.push(by.whole);
}

/** Sorts the postings by term, by counting. */
function buildPostings(terms: readonly string[], asked: Asked): Postings {
  const count = asked.term.length;
  const start = new Int32Array(terms.length + 1);
  for (const term of asked.term) start[term + 1] = (start[term + 1] as number) + 1;
  for (let term = 0; term < terms.length; term++)
    start[term + 1] = (start[term + 1] as number) + (start[term] as number);
  const free = start.slice();
  const postings = {
    start,
    target: new Int32Array(count),
    index: new Int32Array(count),
    whole: new Uint8Array(count),
    edges: Uint8Array.from(terms, edgesOf),
  };
  for (const [from, term] of asked.term.entries()) {
    const to = free[term] as number;
    free[term] = to + 1;
    postings.target[to] = asked.target[from] as number;
    postings.index[to] = asked.index[from] as number;
    postings.whole[to] = asked.whole[from] as number;
  }
  return postings;
}

function edgesOf(term: string): number {
  return (isWordUnit(term.charCodeAt(0)) ? 1 : 0) | (isWordUnit(term.charCodeAt(term.length - 1)) ? 2 : 0);
}
