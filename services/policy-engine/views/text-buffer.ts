// What a view shows of one text: code units, and for each the span of the original text that it stands for.
// Buffers are reused from text to text, because a message is judged in about a microsecond and allocation would be most of it.

export interface TextBuffer {
  /** UTF-16 code units that the view shows. */
  units: Uint16Array;
  /** For each unit, where in the original (UTF-16) the character begins that it stands for. */
  from: Uint32Array;
  /** For each unit, where that character ends, exclusive. Several units of one character have equal spans. */
  to: Uint32Array;
  length: number;
}

export function createBuffer(capacity = 1024): TextBuffer {
  return {
    units: new Uint16Array(capacity),
    from: new Uint32Array(capacity),
    to: new Uint32Array(capacity),
    length: 0,
  };
}

/** Makes room for `capacity` units in all; keeps what is there. */
export function reserve(buffer: TextBuffer, capacity: number): void {
  if (capacity <= buffer.units.length) return;
  const grown = createBuffer(Math.max(capacity, 2 * buffer.units.length));
  grown.units.set(buffer.units);
  grown.from.set(buffer.from);
  grown.to.set(buffer.to);
  buffer.units = grown.units;
  buffer.from = grown.from;
  buffer.to = grown.to;
}

/** The text between two positions of the buffer. */
export function readUnits(buffer: TextBuffer, start: number, end: number): string {
  let text = '';
  // fromCharCode takes its arguments on the stack, which a long text would overflow.
  for (let at = start; at < end; at += CHUNK)
    text += String.fromCharCode(...buffer.units.subarray(at, Math.min(end, at + CHUNK)));
  return text;
}

const CHUNK = 4096;
