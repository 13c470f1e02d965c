// A text as a reader of facts needs it: folded, as a string, with a map back to the original.
import { foldText } from '../views/folding/fold-text.ts';
import { createBuffer, endOf, readUnits, startOf } from '../views/text-buffer.ts';

export interface ReadableText {
  /** Lower case, half width, simplified, nothing invisible: the Folded view. */
  readonly shown: string;
  /**
   * Where in the original a stretch of `shown` begins and ends (UTF-16, exclusive). `end` must exceed `start`. Good until the next
   * text is made readable.
   */
  readonly locate: (start: number, end: number) => { readonly start: number; readonly end: number };
}

// Allocation would be most of the time, and texts are read one by one.
const buffer = createBuffer();
let last = { text: '', shown: '' };

export function makeReadable(text: string): ReadableText {
  // Several readers ask for one text, one after the other.
  if (text !== last.text) {
    foldText(text, buffer);
    last = { text, shown: readUnits(buffer, 0, buffer.length) };
  }
  return { shown: last.shown, locate };
}

const locate: ReadableText['locate'] = (start, end) => ({
  start: startOf(buffer, start),
  end: endOf(buffer, end - 1),
});
