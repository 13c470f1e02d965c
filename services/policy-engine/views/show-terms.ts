// Terms as a view shows them: both sides of a comparison are looked at through the same glass.
import { createBuffer, readUnits } from './text-buffer.ts';
import type { View } from './view.ts';

/** `undefined` for a term of which nothing is left, or that is not well-formed text (half a surrogate pair). */
export function showTerms(view: View, terms: readonly string[]): (string | undefined)[] {
  const buffer = createBuffer(64);
  return terms.map((term) => {
    view.show(term, buffer);
    const shown = readUnits(buffer, 0, buffer.length);
    return shown.trim() !== '' && shown.isWellFormed() ? shown : undefined;
  });
}
