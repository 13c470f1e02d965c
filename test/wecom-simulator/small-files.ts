// Real bytes of small files, made here: enough for magic numbers to be right, cheap enough for thousands.
import { crc32, deflateSync } from 'node:zlib';
import { seededRandom } from './seeded-random.ts';

export interface SmallFile {
  readonly extension: string;
  readonly bytes: Buffer;
}

/** A grey PNG of `size` × `size` pixels. */
export function pngFile(size: number, shade: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.concat(
    Array.from({ length: size }, () => Buffer.concat([Buffer.from([0]), Buffer.alloc(size, shade)])),
  );
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** A one-pixel GIF. */
export const gifFile = (): Buffer =>
  Buffer.from(
    '47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b',
    'hex',
  );

/** AMR narrow-band: magic and silent frames, 20 ms each. */
export function amrFile(seconds: number): Buffer {
  const frame = Buffer.concat([Buffer.from([0x3c]), Buffer.alloc(31)]);
  return Buffer.concat([
    Buffer.from('#!AMR\n', 'latin1'),
    ...Array.from({ length: seconds * 50 }, () => frame),
  ]);
}

/** The first box of an MP4, then filler. */
export const mp4File = (length: number): Buffer =>
  Buffer.concat([
    Buffer.from('0000001866747970' + '6d703432' + '00000000' + '6d70343269736f6d', 'hex'),
    filler(length, 3),
  ]);
export const pdfFile = (length: number): Buffer =>
  Buffer.concat([
    Buffer.from('%PDF-1.7\n%\u00e2\u00e3\n', 'latin1'),
    filler(length, 4),
    Buffer.from('\n%%EOF\n'),
  ]);
/** An empty zip, which is what docx, xlsx and zip begin with. */
export const zipFile = (length: number): Buffer =>
  Buffer.concat([Buffer.from('504b0304140000000000', 'hex'), filler(length, 5)]);
/** DOS header of a Windows program. */
export const exeFile = (length: number): Buffer =>
  Buffer.concat([Buffer.from('4d5a90000300000004000000ffff0000', 'hex'), filler(length, 6)]);

/** Bytes that do not compress away. */
export function filler(length: number, seed: number): Buffer {
  return seededRandom(length, seed).bytes(length);
}
