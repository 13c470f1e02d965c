import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRequest, FrameReader, type HostFrame } from './frames.ts';

const frame = (...body: (number | string | Buffer)[]): Buffer => {
  const bytes = Buffer.concat(
    body.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part))),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const answer = (id: number, index: string, data: string): Buffer =>
  frame(130, u32(id), u32(0), 1, u32(index.length), index, data);

describe('FrameReader', () => {
  const read = (bytes: Buffer): HostFrame[] | undefined => new FrameReader().push(bytes);

  it.each<[string, Buffer, HostFrame]>([
    ['a greeting', frame(128, u32(1), u32(511)), { kind: 'Ready', protocol: 1, layers: 511 }],
    ['a complaint', frame(129, 'no such file'), { kind: 'Unusable', problem: 'no such file' }],
    ['a refusal', frame(131, u32(7), 3), { kind: 'Refused', id: 7, why: 'NegativeLength' }],
    [
      'an answer',
      answer(7, 'Range:bytes=16-31', '你好'),
      {
        kind: 'Answer',
        id: 7,
        code: 0,
        isFinish: true,
        index: 'Range:bytes=16-31',
        data: Buffer.from('你好'),
      },
    ],
    [
      'a negative code',
      frame(130, u32(1), u32(0xffffffff), 0, u32(0)),
      { kind: 'Answer', id: 1, code: -1, isFinish: false, index: '', data: Buffer.alloc(0) },
    ],
  ])('reads %s', (_what, bytes, wanted) => expect(read(bytes)).toEqual([wanted]));

  it.each([
    ['an empty frame', frame()],
    ['a kind that no host sends', frame(1, u32(1))],
    ['a greeting that is too short', frame(128, u32(1))],
    ['a refusal without a known reason', frame(131, u32(1), 0)],
    ['a refusal of the future', frame(131, u32(1), 99)],
    ['an answer without its head', frame(130, u32(1))],
    ['an index longer than its frame', frame(130, u32(1), u32(0), 1, u32(5), 'abcd')],
    ['a length beyond all measure', Buffer.concat([u32(0xffffffff), Buffer.from('x')])],
    ['text on the pipe', Buffer.from('TryRefresh ok: some debug line of the library\n')],
  ])('takes %s for garbage', (_what, bytes) => expect(read(bytes)).toBeUndefined());

  it('reads the same frames however the socket cuts them', () => {
    const stream = Buffer.concat([
      answer(1, '', 'a'.repeat(5000)),
      frame(131, u32(2), 1),
      answer(3, 'x', ''),
    ]);
    const whole = read(stream);
    expect(whole).toHaveLength(3);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 30 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const reader = new FrameReader();
        const frames = places
          .slice(1)
          .flatMap((to, i) => reader.push(Buffer.from(stream.subarray(places[i], to))) ?? [undefined]);
        expect(frames).toEqual(whole);
      }),
    );
  });
});

describe('encodeRequest', () => {
  it('writes a seq beyond 2^53 exactly', () => {
    const request = {
      kind: 'ChatData',
      fromSeq: '18446744073709551615',
      limit: 990,
      timeoutSeconds: 30,
      credential: 'c',
    } as const;
    expect(encodeRequest(5, request).toString('hex')).toBe(
      ['1b000000', '02', '05000000', 'ffffffffffffffff', 'de030000', '1e000000', '01000000', '63', '00'].join(
        '',
      ),
    );
  });

  it('refuses a text that C would cut', () => {
    expect(() => encodeRequest(1, { kind: 'Begin', corpId: 'ww', secret: 'a\0b' })).toThrow('zero byte');
  });
});
