// Where a pattern matches in a text.
import type { RE2JS } from 're2js';

/** Finding all matches of a hostile pattern can cost a pass over the text for each, so their number is bounded. */
export const MAX_MATCHES = 64;
/** Empty matches are passed over, but not without end. */
const MAX_SEARCHES = 4 * MAX_MATCHES;

/** Leftmost, not overlapping, not empty; at most {@link MAX_MATCHES}. Offsets in UTF-16 units of `text`, ends exclusive. */
export function findMatches(compiled: RE2JS, text: string): [start: number, end: number][] {
  // test() runs re2js' automaton, several times faster than the search for places, and most texts do not match.
  if (!compiled.test(text)) return [];
  const matcher = compiled.matcher(text);
  const matches: [number, number][] = [];
  for (let search = 0; search < MAX_SEARCHES && matches.length < MAX_MATCHES && matcher.find(); search++)
    if (matcher.end() > matcher.start()) matches.push([matcher.start(), matcher.end()]);
  return matches;
}
