// Terms as a view shows them: both sides of a comparison are looked at through the same glass.
import type { View } from './view.ts';

/**
 * For each term the ways in which the view may show it. Empty for a term that is not asked for, of which nothing is left, or that is not
 * well-formed text (half a surrogate pair).
 */
export function showTerms(view: View, terms: readonly (string | undefined)[]): (readonly string[])[] {
  return terms.map((term) =>
    term?.isWellFormed() === true ? view.spell(term).filter((spelling) => spelling.trim() !== '') : NONE,
  );
}

const NONE: readonly string[] = [];
