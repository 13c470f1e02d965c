// Folding: case, width, compatibility forms (NFKC) and traditional or simplified writing made equal, what cannot be seen removed,
// with a map back to the original. One table look-up for nearly every unit; folding twice gives what folding once gives.
import { reserve, startOf, type TextBuffer } from '../text-buffer.ts';
import { astrals, DROPPED, expansions, marks, SPECIAL, singles } from './fold-table.ts';
import { isOverlay } from './overlays.ts';

/** Writes the folded text into `out`, replacing what is there. */
export function foldText(text: string, out: TextBuffer): void {
  reserve(out, text.length);
  const plain = foldPlain(text, out.units);
  out.length = plain;
  out.plain = plain;
  out.alternates = false;
  if (plain < text.length) foldRest(text, plain, out);
}

/** Folds the units that stand for themselves, up to the first that does not. Returns how many. Measured: 2 ns a unit. */
function foldPlain(text: string, units: Uint16Array): number {
  const length = text.length;
  for (let index = 0; index < length; index++) {
    const folded = singles[text.charCodeAt(index)] as number;
    if (folded === DROPPED || folded === SPECIAL) return index;
    units[index] = folded;
  }
  return length;
}

/** The same with a map, because something was dropped or has become more or less than one unit. */
function foldRest(text: string, start: number, out: TextBuffer): void {
  let { units, from, to, length } = out;
  for (let index = start; index < text.length; index++) {
    const folded = singles[text.charCodeAt(index)] as number;
    if (folded === DROPPED) continue;
    if (folded !== SPECIAL) {
      units[length] = folded;
      from[length] = index;
      to[length++] = index + 1;
      continue;
    }
    out.length = length;
    index = foldSpecial(text, index, out);
    ({ units, from, to, length } = out);
  }
  out.length = length;
}

/** Folds the character at `index`, which the table does not settle. Returns the index of its last unit. */
function foldSpecial(text: string, index: number, out: TextBuffer): number {
  // The rest of the text needs at most one unit each, and no expansion is longer than this.
  reserve(out, out.length + LONGEST_EXPANSION + text.length - index);
  const point = text.codePointAt(index) as number;
  if (point > 0xffff) {
    append(out, astrals.get(point) ?? String.fromCodePoint(point), { from: index, to: index + 2 });
    return index + 1;
  }
  const mark = marks.get(point);
  if (mark !== undefined) appendMark(out, mark, index);
  else append(out, expansions.get(point) ?? String.fromCharCode(point), { from: index, to: index + 1 });
  return index;
}

/** U+FDFA, the longest there is, becomes 18 units. */
const LONGEST_EXPANSION = 18;

function append(out: TextBuffer, shown: string, span: { from: number; to: number }): void {
  for (let index = 0; index < shown.length; index++) {
    out.units[out.length] = shown.charCodeAt(index);
    out.from[out.length] = span.from;
    out.to[out.length++] = span.to;
  }
}

/** A combining mark joins the character before it when the two compose; else an overlay vanishes and any other mark stays as it is. */
function appendMark(out: TextBuffer, mark: string, index: number): void {
  const start = startOfLastCharacter(out);
  const base = String.fromCharCode(...out.units.subarray(start, out.length));
  const composed = (base + mark).normalize('NFC');
  if (start < out.length && composed.length <= base.length && composed !== base) {
    const span = { from: startOf(out, start), to: index + 1 };
    out.length = start;
    out.plain = Math.min(out.plain, start);
    append(out, composed, span);
  } else if (!isOverlay(mark.charCodeAt(0))) append(out, mark, { from: index, to: index + 1 });
}

function startOfLastCharacter(out: TextBuffer): number {
  let start = Math.max(0, out.length - 1);
  while (start > 0 && startOf(out, start - 1) === startOf(out, start)) start--;
  return start;
}
