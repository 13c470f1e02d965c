// A text with full-width letters and digits made ordinary and what cannot be seen left out, but case and Chinese punctuation kept:
// secrets and addresses on the net depend on case, and ，。！ end them where , . ! may not.
import { DROPPED, singles } from '../views/folding/fold-table.ts';
import type { ReadableText } from './readable-text.ts';

export function makePlain(text: string): ReadableText {
  let plain = 0;
  while (plain < text.length && toPlain(text.charCodeAt(plain)) === text.charCodeAt(plain)) plain++;
  if (plain === text.length) return { shown: text, locate: (start, end) => ({ start, end }) };
  const units = new Uint16Array(text.length);
  const places = new Uint32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = toPlain(text.charCodeAt(at));
    if (unit === DROPPED) continue;
    units[length] = unit;
    places[length++] = at;
  }
  return {
    shown: new TextDecoder('utf-16le').decode(units.subarray(0, length)),
    locate: (start, end) => ({ start: places[start] as number, end: (places[end - 1] as number) + 1 }),
  };
}

/** Full-width forms that do not serve as punctuation in Chinese text. */
const KEPT = new Set([...'！，；？（）｛｝［］＂＇'].map((unit) => unit.charCodeAt(0)));

function toPlain(unit: number): number {
  if (unit < 0x80) return unit;
  if (unit >= 0xff01 && unit <= 0xff5e) return KEPT.has(unit) ? unit : unit - 0xfee0;
  const folded = singles[unit] as number;
  if (folded === DROPPED) return DROPPED;
  // Circled letters and digits, which browsers read as ordinary ones.
  return unit >= 0x2460 && unit <= 0x24ff && folded < 0x80 ? folded : unit;
}
