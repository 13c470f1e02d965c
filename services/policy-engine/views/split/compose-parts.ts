// Characters written in parts, put together: 氵去 is 法, 言身寸 is 谢. Which parts make which character is a committed table.
import { COMPONENTS } from '../chinese/components.ts';
import { reserve, type TextBuffer } from '../text-buffer.ts';
import { addTrait, PART, traits } from '../traits.ts';

interface Node {
  /** The commonest character of these parts, 0 = none. */
  made: number;
  /** The next, or the same. */
  other: number;
  readonly next: Map<number, Node>;
}

const HASH = 0x9e3779b1;
const SHIFT = 32 - 19;

const roots = readComponents();
/** Bit per hash of two units: some character begins with these parts. */
const pairs = hashPairs();

function readComponents(): Map<number, Node> {
  const read = new Map<number, Node>();
  for (const item of COMPONENTS.split(' ')) {
    let level = read;
    let node: Node | undefined;
    for (let at = 1; at < item.length; at++) {
      const unit = item.charCodeAt(at);
      node = level.get(unit) ?? { made: 0, other: 0, next: new Map() };
      level.set(unit, node);
      level = node.next;
    }
    if (node === undefined) continue;
    const made = item.charCodeAt(0);
    if (node.made === 0) {
      node.made = made;
      node.other = made;
    } else if (node.other === node.made) node.other = made;
  }
  addTrait(read.keys(), PART);
  return read;
}

function hashPairs(): Int32Array {
  const bits = new Int32Array(1 << (19 - 5));
  for (const [first, { next }] of roots)
    for (const second of next.keys()) {
      const bit = Math.imul((first << 16) | second, HASH) >>> SHIFT;
      bits[bit >>> 5] = (bits[bit >>> 5] as number) | (1 << (bit & 31));
    }
  return bits;
}

/** Where parts of two characters overlap, as in 一人弋 (一人 or 人弋): which counts. */
export type Overlap = 'earlier' | 'later';

/**
 * Writes the stripped text with parts put together into `out`. False, and `out` of no use, when there were none or, for `later`, when
 * nothing overlaps.
 */
export function composeParts(stripped: TextBuffer, out: TextBuffer, overlap: Overlap = 'earlier'): boolean {
  const { units: source, length } = stripped;
  let at = findPair(source, 0, length);
  if (at === length) return false;
  reserve(out, length);
  out.length = 0;
  out.plain = 0;
  out.alternates = false;
  copy(stripped, out, { from: 0, to: at });
  let found = false;
  while (at < length) {
    const parts = longestAt(stripped, at);
    const yields = overlap === 'later' && parts !== undefined && overlapsLater(stripped, at, parts.count);
    found ||= overlap === 'later' ? yields : parts !== undefined;
    const made = yields ? undefined : parts;
    if (made !== undefined) append(stripped, out, { ...made, at });
    else copy(stripped, out, { from: at, to: at + 1 });
    const from = at + (made?.count ?? 1);
    at = findPair(source, from, length);
    copy(stripped, out, { from, to: at });
  }
  return found;
}

function append(
  stripped: TextBuffer,
  out: TextBuffer,
  { node, at, count }: { node: Node; at: number; count: number },
): void {
  if (!out.alternates && node.other !== node.made) {
    out.alternate.set(out.units.subarray(0, out.length));
    out.alternates = true;
  }
  out.alternate[out.length] = node.other;
  out.units[out.length] = node.made;
  out.from[out.length] = stripped.from[at] as number;
  out.to[out.length++] = stripped.to[at + count - 1] as number;
}

/** The next place where two parts may begin a character; `length` when there is none. */
function findPair(source: Uint16Array, from: number, length: number): number {
  for (let at = from; at + 1 < length; at++) {
    if (((traits[source[at] as number] as number) & PART) === 0) continue;
    const bit = Math.imul(((source[at] as number) << 16) | (source[at + 1] as number), HASH) >>> SHIFT;
    if ((((pairs[bit >>> 5] as number) >>> (bit & 31)) & 1) === 1) return at;
  }
  return length;
}

function overlapsLater(stripped: TextBuffer, at: number, count: number): boolean {
  for (let later = at + 1; later < at + count; later++)
    if (longestAt(stripped, later) !== undefined) return true;
  return false;
}

function longestAt(stripped: TextBuffer, at: number): { node: Node; count: number } | undefined {
  let node = roots.get(stripped.units[at] as number);
  let longest: { node: Node; count: number } | undefined;
  for (let count = 2; node !== undefined && at + count <= stripped.length; count++) {
    node = node.next.get(stripped.units[at + count - 1] as number);
    if (node !== undefined && node.made !== 0) longest = { node, count };
  }
  return longest;
}

/** Copies units with their map to the end of `out`. */
function copy(stripped: TextBuffer, out: TextBuffer, { from, to }: { from: number; to: number }): void {
  if (from >= to) return;
  if (out.alternates) out.alternate.set(stripped.units.subarray(from, to), out.length);
  out.units.set(stripped.units.subarray(from, to), out.length);
  out.from.set(stripped.from.subarray(from, to), out.length);
  out.to.set(stripped.to.subarray(from, to), out.length);
  out.length += to - from;
}
