// The text exactly as written.
import { reserve, type TextBuffer } from './text-buffer.ts';
import type { TextView } from './view.ts';

export const literal: TextView = {
  name: 'Literal',
  space: 'Literal',
  ignoresCase: false,
  show,
  spell: (term) => [term],
};

function show(text: string, out: TextBuffer): void {
  reserve(out, text.length);
  const { units, from, to } = out;
  out.length = text.length;
  out.plain = text.length;
  out.alternates = false;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    units[index] = unit;
    if (index >= out.plain) {
      from[index] = index;
      to[index] = index + 1;
    }
    // Both halves of a surrogate pair stand for the whole character.
    if (index > 0 && isLow(unit) && isHigh(units[index - 1] as number)) {
      out.plain = Math.min(out.plain, index - 1);
      from.fill(index - 1, index - 1, index + 1);
      to.fill(index + 1, index - 1, index + 1);
    }
  }
}

const isHigh = (unit: number): boolean => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number): boolean => (unit & 0xfc00) === 0xdc00;
