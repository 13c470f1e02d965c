// What a view shows of one text: code units, and for each the span of the original text that it stands for.
// Buffers are reused from text to text, because a message is judged in about a microsecond and allocation would be most of it.

export interface TextBuffer {
  /** UTF-16 code units that the view shows. */
  units: Uint16Array;
  length: number;
  /** So many units at the beginning stand for the unit at the same place of the original. Most texts are plain to the end. */
  plain: number;
  /** For each unit beyond those, where in the original (UTF-16) the character begins that it stands for. */
  from: Uint32Array;
  /** For each unit beyond those, where that character ends, exclusive. Several units of one character have equal spans. */
  to: Uint32Array;
  /** A second way to read the same units (the other reading of a character, a lookalike); of use only when {@link alternates}. */
  alternate: Uint16Array;
  /** Whether {@link alternate} differs from {@link units} anywhere. Views that know no second way leave it false. */
  alternates: boolean;
}

/** Where in the original the character begins that a unit stands for. */
export function startOf(buffer: TextBuffer, index: number): number {
  return index < buffer.plain ? index : (buffer.from[index] as number);
}

/** Where it ends, exclusive. */
export function endOf(buffer: TextBuffer, index: number): number {
  return index < buffer.plain ? index + 1 : (buffer.to[index] as number);
}

export function createBuffer(capacity = 1024): TextBuffer {
  return {
    units: new Uint16Array(capacity),
    length: 0,
    plain: 0,
    from: new Uint32Array(capacity),
    to: new Uint32Array(capacity),
    alternate: new Uint16Array(capacity),
    alternates: false,
  };
}

/** Makes room for `capacity` units in all; keeps what is there. */
export function reserve(buffer: TextBuffer, capacity: number): void {
  if (capacity <= buffer.units.length) return;
  const grown = createBuffer(Math.max(capacity, 2 * buffer.units.length));
  grown.units.set(buffer.units);
  grown.from.set(buffer.from);
  grown.to.set(buffer.to);
  grown.alternate.set(buffer.alternate);
  buffer.units = grown.units;
  buffer.from = grown.from;
  buffer.to = grown.to;
  buffer.alternate = grown.alternate;
}

/** The text between two positions of the buffer. */
export function readUnits(buffer: TextBuffer, start: number, end: number): string {
  return readArray(buffer.units, start, end);
}

/** The text between two positions of an array of code units. */
export function readArray(array: Uint16Array, start: number, end: number): string {
  let text = '';
  // Arguments lie on the stack, which a long text would overflow.
  for (let at = start; at < end; at += CHUNK) {
    const units = array.subarray(at, Math.min(end, at + CHUNK));
    // Spreading would go through the iterator, ten times slower; a typed array is array-like enough for apply.
    text += String.fromCharCode.apply(null, units as unknown as number[]);
  }
  return text;
}

const CHUNK = 4096;
