// GetMediaData of the stub: files of the simulated WeCom piece by piece, and the quirks with range headers that cut files silently.
import { createCipheriv, createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { buildStub, whyNoStub } from './build-stub.ts';
import { type SdkAnswer, type SdkProcess, startSdk } from './call-sdk.testkit.ts';
import { ok, startWire, type Wire } from './wecom-wire.testkit.ts';

const problem = await whyNoStub();
const PIECE = 524_288;
const KEY = '00112233445566778899aabbccddeeff';

let wire: Wire | undefined;
let sdk: SdkProcess | undefined;
afterEach(async () => {
  sdk?.kill();
  await wire?.close();
});

const fileId = (aesKey = KEY): string =>
  Buffer.from(
    `\x0a\x04file\x12\x04auth\x1a${String.fromCharCode(aesKey.length)}${aesKey}`,
    'latin1',
  ).toString('base64');

function seal(plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', Buffer.from(KEY, 'hex'), null);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** `header` writes the range as a test wants it. */
const answerOf = (part: Buffer, ...headers: string[]): string =>
  ok(JSON.stringify({ errcode: 0, errmsg: 'ok', content: part.toString('base64') }), headers);

async function ask(index: string, id = fileId(), answer?: string): Promise<SdkAnswer> {
  wire ??= await startWire();
  sdk ??= await startSdk(await buildStub());
  if (answer !== undefined) wire.answer('getchatmediadata', answer);
  await sdk.call('init', 'ww1', 's-1');
  const got = await sdk.call('media', index, id, wire.proxy, '', 5);
  if (got === undefined) throw new Error('the process ended');
  return got;
}

describe.skipIf(problem !== undefined)(`media of the stub (${problem ?? 'OpenSSL found'})`, () => {
  afterEach(() => {
    wire = undefined;
    sdk = undefined;
  });

  const sizes = [0, 1, 15, 16, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE];
  it.each(sizes)('a file of %i bytes, from the first piece to the last', async (size) => {
    const plain = Buffer.alloc(size, createHash('sha256').update(String(size)).digest());
    const sealed = seal(plain);
    const parts: Buffer[] = [];
    let index = '';
    for (let isLast = false; !isLast; ) {
      const from = Number(/=(\d+)-/.exec(index)?.[1] ?? 0);
      const part = sealed.subarray(from, from + PIECE);
      const range = `CONTENT-RANGE: BYTES ${from}-${from + part.length - 1}/${sealed.length}`;
      const got = await ask(index, fileId(), answerOf(part, range));
      expect(got.code).toBe(0);
      parts.push(Buffer.from(got.hex, 'hex'));
      index = got.index;
      isLast = got.finish === 1;
    }
    expect(Buffer.concat(parts).equals(plain)).toBe(true);
    expect(parts).toHaveLength(Math.floor(size / PIECE) + 1);
    expect(parts.at(-1)?.length).toBe(size % PIECE);
  });

  it('clips the last index to the file', async () => {
    const sealed = seal(Buffer.alloc(PIECE + 100));
    const got = await ask(
      '',
      fileId(),
      answerOf(sealed.subarray(0, PIECE), `CONTENT-RANGE: BYTES 0-${PIECE - 1}/${sealed.length}`),
    );
    expect(got.index).toBe(`Range:bytes=${PIECE}-${sealed.length - 1}`);
  });

  /** One piece of a longer file; the last byte of the piece decides what a missing header does. */
  const piece = (last: number): Buffer => seal(Buffer.alloc(64, 7).fill(last, 31, 32)).subarray(0, 32);
  const whole = seal(Buffer.from('hello'));
  const headers: readonly [string, string, number, string][] = [
    ['a range without a space', answerOf(whole, 'CONTENT-RANGE:BYTES 0-15/16'), 0, 'hello'],
    ['no range header and a whole file', answerOf(whole), 0, 'hello'],
    ['no range header and a piece', answerOf(piece(200)), 10006, ''],
    [
      'no range header and a piece that ends like padding: cut silently',
      answerOf(piece(5)),
      0,
      '\x07'.repeat(27),
    ],
    [
      'Content-Range: bytes and a piece that ends like padding',
      answerOf(piece(5), 'Content-Range: bytes 0-31/80'),
      0,
      '\x07'.repeat(27),
    ],
  ];
  it.each(headers)('%s', async (_what, answer, code, text) => {
    const got = await ask('', fileId(), answer);
    expect(got.code).toBe(code);
    expect(Buffer.from(got.hex, 'hex').toString('latin1')).toBe(text);
    if (code === 0) expect(got.finish).toBe(1);
  });

  it('asks for a range that begins at 1 after CONTENT-RANGE: bytes', async () => {
    const got = await ask('', fileId(), answerOf(whole, 'CONTENT-RANGE: bytes 0-15/16'));
    expect(got).toMatchObject({ code: 0, finish: 0 });
    expect(got.index).toMatch(/^Range:bytes=1-/);
  });

  const codes: readonly [
    what: string,
    asked: readonly [index: string, id: string, answer?: string],
    code: number,
  ][] = [
    ['no file id', ['', ''], 10000],
    ['an index that is none', ['bytes=0-15', fileId()], 10000],
    ['an index of a length that is not a multiple of 16', ['Range:bytes=0-14', fileId()], 10000],
    ['a file id that is not base64', ['', '###'], 10005],
    ['a file id that is not protobuf', ['', Buffer.from('hello').toString('base64')], 10005],
    ['a key that is not hex', ['', fileId('zz'.repeat(16)), answerOf(whole)], 10006],
    ['ciphertext that is not whole blocks', ['', fileId(), answerOf(whole.subarray(0, 15))], 10006],
    ['an answer that is not JSON', ['', fileId(), ok('<html></html>')], 10002],
    ['an empty answer', ['', fileId(), ok('')], 10002],
    ['errcode 40014', ['', fileId(), ok('{"errcode":40014}')], 10002],
    ['errcode 45009', ['', fileId(), ok('{"errcode":45009}')], 10002],
    ['errcode -1', ['', fileId(), ok('{"errcode":-1}')], 10002],
    ['errcode 301052', ['', fileId(), ok('{"errcode":301052}')], 10002],
    ['errcode 301042', ['', fileId(), ok('{"errcode":301042}')], 10009],
    ['errcode 301048', ['', fileId(), ok('{"errcode":301048}')], 10010],
    ['no content', ['', fileId(), ok('{"errcode":0}')], 10003],
    ['empty content', ['', fileId(), ok('{"errcode":0,"content":""}')], 10003],
    ['a connection closed without a word', ['', fileId(), 'CLOSE'], 10002],
  ];
  it.each(codes)('%s', async (_what, asked, code) => {
    expect((await ask(...asked)).code).toBe(code);
  });
});
