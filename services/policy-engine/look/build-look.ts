// A look is everything that any policy wants to find in one kind of stream: the terms of all conditions and views in one automaton,
// and the patterns behind their gates.
import { type Automaton, buildAutomaton } from '../automaton/build-automaton.ts';
import type { Gate } from '../patterns/find-gate.ts';
import {
  type AutomatonMember,
  buildPatternAutomaton,
  type PatternAutomaton,
} from '../patterns/pattern-automaton.ts';
import { foldTerm } from '../views/folded.ts';
import { views } from '../views/registry.ts';
import type { Space, View } from '../views/view.ts';
import { isWordUnit } from '../views/word-units.ts';

export interface LookRequest {
  readonly terms: WatchedTerms[];
  /** Patterns of which literals must occur. */
  readonly gates: { readonly pattern: number; readonly gate: Gate; readonly view: View }[];
  /** Patterns of which no literal is known. */
  readonly programs: AutomatonMember[];
}

export interface WatchedTerms {
  readonly watch: number;
  readonly view: View;
  /** As the policy writes them. */
  readonly terms: readonly (string | undefined)[];
  /** For each the ways in which the view may show it. */
  readonly spellings: readonly (readonly string[])[];
  readonly wholeWords: boolean;
}

export interface Look {
  readonly space: Space;
  /** Bit per view, by its place in the registry: some term or gate is looked for in it. */
  readonly asks: number;
  /** Distinct spellings of all terms and gates. */
  readonly terms: readonly string[];
  /** Distinct terms, folded, of the views that compare with them. */
  readonly origins: readonly string[];
  readonly automaton: Automaton;
  readonly postings: Postings;
  /** Names the patterns without a gate that match. */
  readonly patterns: PatternAutomaton | undefined;
}

/** Who asked for a spelling: postings of spelling s are those from `start[s]` to `start[s + 1]`. */
export interface Postings {
  readonly start: Int32Array;
  /** Number of the watch; -1 - number for a pattern that the spelling is a gate of. */
  readonly target: Int32Array;
  /** Index of the term in its request, or of the group in the gate. */
  readonly index: Int32Array;
  /** 1 where the term counts only as a whole word. */
  readonly whole: Uint8Array;
  /** Place of the view in the registry. */
  readonly view: Uint8Array;
  /** Index into {@link Look.origins}; -1 where the view shows nothing but the term itself. */
  readonly origin: Int32Array;
  /** Spelling of the posting. */
  readonly spelling: Int32Array;
  /** Spelling → whether its first (1) and last (2) unit are of a word. */
  readonly edges: Uint8Array;
}

export function buildLook(space: Space, request: LookRequest): Look {
  const asked: Asked = { numbers: new Map(), origins: new Map(), asks: 0, postings: [] };
  for (const watched of request.terms) askTerms(asked, watched);
  for (const { pattern, gate, view } of request.gates)
    askGate(asked, { pattern, gate, view: views.indexOf(view) });
  const terms = [...asked.numbers.keys()];
  return {
    space,
    asks: asked.asks,
    terms,
    origins: [...asked.origins.keys()],
    automaton: buildAutomaton(terms),
    postings: buildPostings(terms, asked.postings),
    patterns: request.programs.length === 0 ? undefined : buildPatternAutomaton(request.programs),
  };
}

interface Asked {
  readonly numbers: Map<string, number>;
  readonly origins: Map<string, number>;
  asks: number;
  /** Per posting {@link FIELDS} numbers: spelling, target, index, whole, view, origin. */
  readonly postings: number[];
}

const FIELDS = 6;

function askTerms(asked: Asked, { watch, view, terms, spellings, wholeWords }: WatchedTerms): void {
  const number = views.indexOf(view);
  const whole = wholeWords ? 1 : 0;
  const compares = comparesWithTerm(view);
  asked.asks |= 1 << number;
  for (let index = 0; index < spellings.length; index++) {
    const ways = spellings[index] as readonly string[];
    if (ways.length === 0) continue;
    const origin = compares ? numberOf(asked.origins, foldTerm(terms[index] as string)) : -1;
    for (const way of ways)
      asked.postings.push(numberOf(asked.numbers, way), watch, index, whole, number, origin);
  }
}

/** Literal and Folded show the term or nothing; what the others show is held against the term. */
const comparesWithTerm = (view: View): boolean => view.name !== 'Literal' && view.name !== 'Folded';

function askGate(asked: Asked, { pattern, gate, view }: { pattern: number; gate: Gate; view: number }): void {
  asked.asks |= 1 << view;
  for (const [index, literals] of gate.entries())
    for (const literal of literals)
      asked.postings.push(numberOf(asked.numbers, literal), -1 - pattern, index, 0, view, -1);
}

function numberOf(numbers: Map<string, number>, text: string): number {
  const known = numbers.get(text);
  if (known !== undefined) return known;
  numbers.set(text, numbers.size);
  return numbers.size - 1;
}

/** Sorts the postings by spelling, by counting. */
function buildPostings(spellings: readonly string[], asked: readonly number[]): Postings {
  const count = asked.length / FIELDS;
  const start = new Int32Array(spellings.length + 1);
  for (let at = 0; at < asked.length; at += FIELDS) {
    const next = (asked[at] as number) + 1;
    start[next] = (start[next] as number) + 1;
  }
  for (let spelling = 0; spelling < spellings.length; spelling++)
    start[spelling + 1] = (start[spelling + 1] as number) + (start[spelling] as number);
  const free = start.slice();
  const postings = {
    start,
    target: new Int32Array(count),
    index: new Int32Array(count),
    whole: new Uint8Array(count),
    view: new Uint8Array(count),
    origin: new Int32Array(count),
    spelling: new Int32Array(count),
    edges: Uint8Array.from(spellings, edgesOf),
  };
  for (let at = 0; at < asked.length; at += FIELDS) {
    const spelling = asked[at] as number;
    const to = free[spelling] as number;
    free[spelling] = to + 1;
    postings.spelling[to] = spelling;
    postings.target[to] = asked[at + 1] as number;
    postings.index[to] = asked[at + 2] as number;
    postings.whole[to] = asked[at + 3] as number;
    postings.view[to] = asked[at + 4] as number;
    postings.origin[to] = asked[at + 5] as number;
  }
  return postings;
}

function edgesOf(spelling: string): number {
  return (
    (isWordUnit(spelling.charCodeAt(0)) ? 1 : 0) |
    (isWordUnit(spelling.charCodeAt(spelling.length - 1)) ? 2 : 0)
  );
}
