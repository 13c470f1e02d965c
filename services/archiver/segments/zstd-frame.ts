// One zstd frame per event (RFC 8878). A short event is stored in a frame without compression: most of it is ciphertext in base64, a new
// compression context costs more than everything else done for the event together, and saves a quarter of its bytes [measured].
import { constants, zstdCompressSync } from 'node:zlib';

/** Events up to this many bytes are not compressed. */
export const STORED_BYTES = 4096;

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const MAGIC = 0xfd2fb528;
/** Frame_Header_Descriptor: Single_Segment_flag, Frame_Content_Size of two bytes, no checksum (the index of the segment has one). */
const DESCRIPTOR = 0b0110_0000;
const LONE_BYTE_DESCRIPTOR = 0b0010_0000;
/** With two bytes the size is written less this. */
const SIZE_OFFSET = 256;

/** The frame of a long event, and of the index. */
export const compressFrame = (bytes: Buffer): Buffer => zstdCompressSync(bytes, COMPRESSION);

/** Bytes before the content of a stored frame. */
export const storedHeadBytes = (contentBytes: number): number => (contentBytes < SIZE_OFFSET ? 9 : 10);

/** Writes the head of a stored frame; the content, at most {@link STORED_BYTES}, must follow it. The place after the head. */
export function writeStoredHead(target: Buffer, at: number, contentBytes: number): number {
  const isShort = contentBytes < SIZE_OFFSET;
  target.writeUInt32LE(MAGIC, at);
  target[at + 4] = isShort ? LONE_BYTE_DESCRIPTOR : DESCRIPTOR;
  if (isShort) target[at + 5] = contentBytes;
  else target.writeUInt16LE(contentBytes - SIZE_OFFSET, at + 5);
  const end = at + storedHeadBytes(contentBytes);
  // Block_Header: Last_Block, Block_Type Raw, Block_Size.
  target.writeUIntLE((contentBytes << 3) | 1, end - 3, 3);
  return end;
}
