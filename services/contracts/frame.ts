// How several byte strings travel in one payload without re-encoding any of them: the exact decrypted bytes must survive.
// Layout: `mf1 <length> <length> …\n` followed by the parts. Used in the stream, in large-message objects and in segments.

const MAGIC = 'mf1';
const NEWLINE = 0x0a;

/** What a frame begins with; the parts follow. ASCII. */
export function frameHeader(parts: readonly { readonly length: number }[]): string {
  let header = MAGIC;
  for (const part of parts) header += ` ${part.length}`;
  return `${header}\n`;
}

/** Joins parts into one frame. Lengths are bytes. */
export function encodeFrame(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from(frameHeader(parts), 'latin1'), ...parts]);
}

/**
 * The parts of a frame, as views on `bytes` (no copy).
 * Throws `Error` when the bytes are not a frame or are cut short: a frame is ours, so a broken one is a bug or damage.
 */
export function decodeFrame(bytes: Uint8Array): Buffer[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.indexOf(NEWLINE);
  const words = end < 0 || end > 256 ? [] : buffer.toString('latin1', 0, end).split(' ');
  if (words[0] !== MAGIC) throw new Error('not a frame: the payload does not begin with mf1');
  const parts: Buffer[] = [];
  let from = end + 1;
  for (const word of words.slice(1)) {
    const length = Number(word);
    if (!Number.isSafeInteger(length) || length < 0 || from + length > buffer.length) {
      throw new Error(
        `damaged frame: part ${parts.length} of ${word} bytes does not fit into ${buffer.length} bytes`,
      );
    }
    parts.push(buffer.subarray(from, from + length));
    from += length;
  }
  if (from !== buffer.length) throw new Error(`damaged frame: ${buffer.length - from} bytes too many`);
  return parts;
}
