// Writes the frames of a page one after the other into large blocks of bytes. A buffer for every part of every message would be most of what
// capture allocates: two thousand of them for a page.
import { frameHeader } from './frame.ts';

const BLOCK_BYTES = 1024 * 1024;
/** More than a frame header of three parts can have. */
const HEADER_BYTES = 64;

export class FrameBlock {
  #block = Buffer.alloc(0);
  #used = 0;

  /**
   * The frame of `ascii` and at most seven other parts, as `encodeFrame` makes it: a view on bytes that are never written again.
   * `ascii` is ASCII only: one character, one byte.
   */
  write(ascii: string, parts: readonly Uint8Array[]): Buffer {
    const rest = parts.reduce((sum, part) => sum + part.length, 0);
    this.#makeRoom(HEADER_BYTES + ascii.length + rest);
    const block = this.#block;
    const from = this.#used;
    const head = `${frameHeader([ascii, ...parts])}${ascii}`;
    let at = from + block.write(head, from, 'latin1');
    for (const part of parts) {
      block.set(part, at);
      at += part.length;
    }
    this.#used = at;
    return block.subarray(from, at);
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#block.length) return;
    this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
    this.#used = 0;
  }
}
