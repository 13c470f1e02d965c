// How wide a text is in a terminal, and what of it is safe to print. Message text comes from outside: it may hold escape sequences,
// line breaks and marks that turn the writing direction round.

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

// Unicode TR 11: Wide and Fullwidth, as far as scripts and blocks can say it, and emoji that are shown as pictures.
const WIDE =
  /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|.*\ufe0f)/u;

/** Columns the text takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** The text in at most `columns`, its end replaced by `…` when it is longer. */
export function fitText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let width = 0;
  let fitted = '';
  for (const { segment } of graphemes.segment(text)) {
    width += WIDE.test(segment) ? 2 : 1;
    if (width > columns - 1) break;
    fitted += segment;
  }
  return columns > 0 ? `${fitted}…` : '';
}

/** The text in exactly `columns`: cut, or filled with spaces on the right. */
export function padText(text: string, columns: number): string {
  const fitted = fitText(text, columns);
  return fitted + ' '.repeat(Math.max(0, columns - textWidth(fitted)));
}

// Control characters, line separators, and the marks of the bidirectional algorithm that could hide or reorder what is shown.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** The text on one line, with nothing in it that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, ' ');
}
