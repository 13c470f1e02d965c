// Runs an automaton over what a view shows and collects every occurrence of every term.
import { reserve, type TextBuffer } from '../views/text-buffer.ts';
import type { Automaton } from './build-automaton.ts';
import { PAIR_HASH, TRIPLE_HASH } from './gate.ts';

/** Occurrences as pairs: index of the term, position after its last unit. Reused from text to text. */
export interface Occurrences {
  pairs: Int32Array;
  /** Numbers in use, twice the count of occurrences. */
  length: number;
}

export const createOccurrences = (): Occurrences => ({ pairs: new Int32Array(256), length: 0 });

/**
 * Replaces what `out` holds by the occurrences in the buffer, in ascending order of their ends, longer terms first.
 * With folding, this is where a message's time goes: everything that nearly always happens stands in line, measured.
 */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: calls in this loop double the time of a message.
export function scan(
  automaton: Automaton,
  buffer: TextBuffer,
  out: Occurrences,
  lane: 'units' | 'alternate' = 'units',
): void {
  const length = buffer.length;
  reserve(buffer, length + 2);
  const units = lane === 'units' ? buffer.units : buffer.alternate;
  // The gate looks two units ahead.
  units[length] = 0;
  units[length + 1] = 0;
  const { root, firstChild, unit, fail, ending } = automaton;
  const { pairs, triples, shift, hasSingles } = automaton.gate;
  out.length = 0;
  let state = 0;
  for (let index = 0; index < length; index++) {
    const next = units[index] as number;
    if (state !== 0) {
      let child = 0;
      do {
        let low = firstChild[state] as number;
        let high = firstChild[state + 1] as number;
        while (low < high) {
          const middle = (low + high) >>> 1;
          const found = unit[middle] as number;
          if (found === next) child = middle;
          if (found < next) low = middle + 1;
          else high = middle;
        }
        if (child !== 0) break;
        state = fail[state] as number;
      } while (state !== 0);
      if (child !== 0) {
        state = child;
        if (ending[state] !== 0) report(automaton, state, index + 1, out);
        continue;
      }
    }
    const pair = Math.imul((next << 16) | (units[index + 1] as number), PAIR_HASH);
    const bit = pair >>> shift;
    if ((((pairs[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1) {
      const triple = (pair ^ Math.imul(units[index + 2] as number, TRIPLE_HASH)) >>> shift;
      const begins =
        ((triples[triple >>> 5] as number) >>> (triple & 31)) |
        ((triples[bit >>> 5] as number) >>> (bit & 31));
      if ((begins & 1) === 1) state = root[next] as number;
    }
    if (hasSingles) {
      const single = root[next] as number;
      if (ending[single] !== 0) report(automaton, single, index + 1, out);
    }
  }
}

function report(automaton: Automaton, state: number, end: number, out: Occurrences): void {
  const { ending, fail, term } = automaton;
  for (let at = ending[state] as number; at !== 0; at = ending[fail[at] as number] as number) {
    if (out.length + 2 > out.pairs.length) grow(out);
    out.pairs[out.length++] = term[at] as number;
    out.pairs[out.length++] = end;
  }
}

function grow(out: Occurrences): void {
  const pairs = new Int32Array(2 * out.pairs.length);
  pairs.set(out.pairs);
  out.pairs = pairs;
}
