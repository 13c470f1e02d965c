// Patterns without a literal to look for, searched together: one pass over a text tells which of them match.
import { RE2JSException, RE2Set } from 're2js';

export interface SetMember {
  /** Number of the pattern in the engine. */
  readonly pattern: number;
  readonly source: string;
  /** Least number of digits in a match. */
  readonly digits: number;
}

export interface PatternSet {
  /** Adds the numbers of the patterns that match to `found`. */
  readonly match: (text: string, found: (pattern: number) => void) => void;
}

/** Usually one set. Patterns that are too large together are split into several. */
export function buildPatternSets(members: readonly SetMember[]): PatternSet[] {
  if (members.length === 0) return [];
  const set = compileSet(members);
  if (set !== undefined) return [set];
  if (members.length === 1) return [asAlwaysMatching(members)];
  const half = Math.ceil(members.length / 2);
  return [...buildPatternSets(members.slice(0, half)), ...buildPatternSets(members.slice(half))];
}

function compileSet(members: readonly SetMember[]): PatternSet | undefined {
  try {
    const set = new RE2Set();
    for (const { source } of members) set.add(source);
    set.compile();
    return {
      match: (text, found) => {
        for (const index of set.match(text)) found(members[index]?.pattern as number);
      },
    };
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}

/** A single pattern that compiles by itself but not as a set: it is then searched in every text. */
function asAlwaysMatching(members: readonly SetMember[]): PatternSet {
  return {
    match: (_text, found) => {
      for (const { pattern } of members) found(pattern);
    },
  };
}
