import { describe, expect, it } from 'vitest';
import { readSdkFileId } from './read-sdkfileid.ts';
import { readPiece } from './simulator-source.ts';

const field = (number: number, text: string): Buffer =>
  Buffer.concat([Buffer.from([number * 8 + 2, text.length]), Buffer.from(text)]);
const KEY = '00112233445566778899aabbccddeeff';
const encode = (...fields: Buffer[]): string => Buffer.concat(fields).toString('base64');

describe('readSdkFileId', () => {
  it('reads file, authkey and key', () => {
    expect(readSdkFileId(encode(field(1, 'file'), field(2, 'auth'), field(3, KEY)))).toEqual({
      fileid: 'file',
      authkey: 'auth',
      aesKey: Buffer.from(KEY, 'hex'),
    });
  });

  it('passes over fields it does not know', () => {
    const id = encode(field(1, 'file'), Buffer.from([0x20, 0x96, 0x01]), field(9, 'x'), field(3, KEY));
    expect(readSdkFileId(id)).toMatchObject({ fileid: 'file', authkey: '' });
  });

  it.each([
    ['nothing', ''],
    ['no base64', '!!!'],
    ['no key', encode(field(1, 'file'))],
    ['no file', encode(field(3, KEY))],
    ['a key of another length', encode(field(1, 'file'), field(3, 'abcd'))],
    ['a key that is not hex', encode(field(1, 'file'), field(3, 'z'.repeat(32)))],
    ['a field cut short', encode(field(1, 'file'), field(3, KEY)).slice(0, 20)],
  ])('refuses %s', (_what, id) => expect(readSdkFileId(id)).toBeUndefined());
});

describe('readPiece', () => {
  const bytes = Buffer.alloc(32);
  it.each([
    ['as WeCom writes it', 'BYTES 0-31/64', 0, false],
    ['in lower case', 'bytes 0-31/64', 0, false],
    ['with more space', '  Bytes   32-63/64 ', 32, true],
  ])('takes a range %s', (_what, header, from, isLast) => {
    const piece = readPiece(bytes, from, header);
    expect(piece).toMatchObject({ ok: true, end: from + 32, total: 64 });
    expect(piece.ok && piece.end === piece.total).toBe(isLast);
  });

  it.each([
    ['a missing header', ''],
    ['a header without total', 'bytes 0-31/*'],
    ['a range of another length', 'bytes 0-63/64'],
    ['a range that begins elsewhere', 'bytes 16-47/64'],
    ['a range beyond the total', 'bytes 0-31/31'],
  ])('refuses %s: the file would be cut in silence', (_what, header) => {
    expect(readPiece(bytes, 0, header)).toMatchObject({ ok: false, fault: { action: 'Retry' } });
  });
});
