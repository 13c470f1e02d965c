// One zstd frame per event (RFC 8878). A short event is stored in a frame without compression: most of it is ciphertext in base64, a new
// compression context costs more than everything else done for the event together, and saves a quarter of its bytes [measured].
import { constants, zstdCompressSync } from 'node:zlib';

/** Events up to this many bytes are not compressed. */
export const STORED_BYTES = 4096;

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const MAGIC = 0xfd2fb528;
/** Frame_Header_Descriptor: Single_Segment_flag, Frame_Content_Size of two bytes, no checksum (the segment's digest covers it). */
const DESCRIPTOR = 0b0110_0000;
const LONE_BYTE_DESCRIPTOR = 0b0010_0000;
/** With two bytes the size is written less this. */
const SIZE_OFFSET = 256;

/** A frame that any zstd unpacks. */
export function toZstdFrame(bytes: Buffer): Buffer {
  return bytes.length > STORED_BYTES ? zstdCompressSync(bytes, COMPRESSION) : storedFrame(bytes);
}

function storedFrame(bytes: Buffer): Buffer {
  const isShort = bytes.length < SIZE_OFFSET;
  const headBytes = isShort ? 9 : 10;
  const frame = Buffer.allocUnsafe(headBytes + bytes.length);
  frame.writeUInt32LE(MAGIC, 0);
  frame[4] = isShort ? LONE_BYTE_DESCRIPTOR : DESCRIPTOR;
  if (isShort) frame[5] = bytes.length;
  else frame.writeUInt16LE(bytes.length - SIZE_OFFSET, 5);
  // Block_Header: Last_Block, Block_Type Raw, Block_Size.
  frame.writeUIntLE((bytes.length << 3) | 1, headBytes - 3, 3);
  frame.set(bytes, headBytes);
  return frame;
}
