// The folded text without what belongs to no word, lookalikes replaced; the map points into the folded text.
// Runs over every unit of every message that a policy looks at through more than Folded, so it also gathers what there is to rewrite.
import { pictures } from './emoji/pictures.ts';
import { reserve, type TextBuffer } from './text-buffer.ts';
import { isPicture, LOOKALIKE, lookalikes, PAIR, PICTURE, pointAt, SEPARATOR, traits } from './traits.ts';

const UNPLAIN = SEPARATOR | LOOKALIKE | PAIR;

/** Replaces what `out` holds. Returns the traits that the text shows; where none of SEPARATOR, LOOKALIKE and PICTURE is among them, nothing changed. */
// biome-ignore lint/complexity/noExcessiveCognitiveComplexity: every message passes through this loop; calls in it would double its time.
export function stripSeparators(folded: TextBuffer, out: TextBuffer): number {
  const { units: source, length } = folded;
  reserve(out, length);
  const { units, from, to } = out;
  let seen = 0;
  let kept = 0;
  for (let at = 0; at < length; at++) {
    let unit = source[at] as number;
    const trait = traits[unit] as number;
    seen |= trait;
    if ((trait & UNPLAIN) !== 0) {
      if ((trait & SEPARATOR) !== 0) continue;
      if ((trait & LOOKALIKE) !== 0) unit = lookalikes[unit] as number;
      else {
        const point = pointAt(source, at, length);
        if (isPicture(point)) {
          seen |= pictures.has(point) ? SEPARATOR | PICTURE : SEPARATOR;
          at++;
          continue;
        }
        if (point !== 0) {
          units[kept] = unit;
          from[kept] = at;
          to[kept++] = at + 2;
          units[kept] = source[at + 1] as number;
          from[kept] = at++;
          to[kept++] = at + 1;
          continue;
        }
      }
    }
    units[kept] = unit;
    from[kept] = at;
    to[kept++] = at + 1;
  }
  out.length = kept;
  out.plain = 0;
  out.alternates = false;
  return seen;
}

/** Writes a second way to read folded text, with lookalikes replaced, into its other lane. */
export function readLookalikes(folded: TextBuffer): void {
  const { units, alternate, length } = folded;
  folded.alternates = false;
  for (let at = 0; at < length; at++) {
    if (((traits[units[at] as number] as number) & LOOKALIKE) === 0) continue;
    if (!folded.alternates) alternate.set(units.subarray(0, length));
    folded.alternates = true;
    alternate[at] = lookalikes[units[at] as number] as number;
  }
}
