import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaptureStamp, decodeCaptured, encodeCaptured } from './captured-message.ts';
import { addToDecimal, compareDecimals, maxDecimal, parseJsonKeepingIntegers } from './decimal.ts';
import { contentDigest, saltedDigest } from './digest.ts';
import { encodeStamp } from './encode-stamp.ts';
import { findingId } from './finding.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import { FrameBlock } from './frame-block.ts';
import { aStamp } from './stamp.testkit.ts';
import {
  captureEventKind,
  deadSubject,
  enrichedSubject,
  messageSubject,
  PARTITIONS,
  pageSubject,
  partitionOf,
} from './subjects.ts';

describe('frames', () => {
  it('give back exactly the parts that went in, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (parts) => {
        expect(decodeFrame(encodeFrame(parts)).map((part) => [...part])).toEqual(
          parts.map((part) => [...part]),
        );
      }),
    );
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['another format', Buffer.from('{"a":1}\n')],
    ['cut short', encodeFrame([Buffer.from('hello')]).subarray(0, -1)],
    ['too long', Buffer.concat([encodeFrame([Buffer.from('hello')]), Buffer.from('x')])],
    ['a negative length', Buffer.from('mf1 -1\n')],
  ])('refuse what is %s', (_what, bytes) => {
    expect(() => decodeFrame(bytes)).toThrow(/frame/);
  });

  it('carry a captured message with its exact bytes', () => {
    const message = {
      stamp: aStamp({ seq: '18446744073709551615' }),
      raw: Buffer.from('{"a": 1}\n '),
      envelope: Buffer.from('{}'),
    };
    const back = decodeCaptured(encodeCaptured(message));
    expect(back.stamp.seq).toBe('18446744073709551615');
    expect(Buffer.from(back.raw).toString()).toBe('{"a": 1}\n ');
  });
});

/** Does not compile when the contract has another field: then the encoder needs it too. */
const FIELDS = Object.keys({
  corpId: 1,
  seq: 1,
  msgid: 1,
  msgtype: 1,
  publickeyVer: 1,
  capturedAtMs: 1,
  eventTimeMs: 1,
  conversationId: 1,
  conversationKind: 1,
  partition: 1,
  direction: 1,
  sender: 1,
  recipients: 1,
  directoryVersion: 1,
  consent: 1,
  quarantined: 1,
  salt: 1,
  digest: 1,
  facts: 1,
  body: 1,
} satisfies Record<keyof CaptureStamp, 1>);

describe('stamps', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('刘芳', '𠮷', '"\\', '\u2028'),
  );
  const count = fc.nat(5_000);
  const stamps = fc.record({
    corpId: text,
    seq: fc.constantFrom('0', '18446744073709551615'),
    msgid: text,
    msgtype: text,
    publickeyVer: count,
    capturedAtMs: fc.nat(),
    eventTimeMs: fc.nat(),
    conversationId: text,
    conversationKind: fc.constantFrom('Direct', 'Group'),
    partition: fc.nat(15),
    direction: fc.constantFrom('Internal', 'Inbound', 'Outbound', 'Unknown'),
    sender: fc.record({
      id: text,
      kind: fc.constantFrom('Staff', 'External'),
      name: text,
      departments: fc.array(text),
    }),
    recipients: fc.record({
      staff: count,
      external: count,
      robot: count,
      unknown: count,
      departments: fc.array(text),
    }),
    directoryVersion: count,
    consent: fc.constantFrom('Agreed', 'Disagreed', 'NotRequired', 'Unknown'),
    quarantined: fc.boolean(),
    salt: fc.constant('AAAA'),
    digest: fc.constant('sha256:00'),
    facts: fc.record({
      version: fc.nat(2),
      media: fc.array(fc.record({ path: text })),
      pending: fc.constantFrom([], ['media']),
    }),
    body: fc.option(fc.record({ objectKey: text, sizeBytes: count }), { nil: undefined }),
  }) as fc.Arbitrary<unknown> as fc.Arbitrary<CaptureStamp>;

  it('are JSON of ASCII characters that says exactly what JSON.stringify says', () => {
    fc.assert(
      fc.property(stamps, (stamp) => {
        const json = encodeStamp(stamp);
        expect(json).toMatch(/^[\0-\x7f]*$/);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(stamp)));
      }),
    );
  });

  it('lose no field that the contract has', () => {
    const [stamp] = fc.sample(stamps, 1);
    const body = { objectKey: 'o', sizeBytes: 1 };
    expect(Object.keys(JSON.parse(encodeStamp({ ...(stamp as CaptureStamp), body })))).toEqual(FIELDS);
  });
});

describe('decimals', () => {
  const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  it('order and add as the numbers they are', () => {
    fc.assert(
      fc.property(uint64, uint64, fc.nat(), (a, b, n) => {
        expect(Math.sign(compareDecimals(a.toString(), b.toString()))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect([a, b].map(String)).toContain(maxDecimal(String(a), String(b)));
        expect(
          BigInt(maxDecimal(String(a), String(b))) >= a && BigInt(maxDecimal(String(a), String(b))) >= b,
        ).toBe(true);
        expect(addToDecimal(String(a), n)).toBe((a + BigInt(n)).toString());
      }),
    );
  });

  it('survive JSON as they were written', () => {
    fc.assert(
      fc.property(uint64, (value) => {
        const { id } = parseJsonKeepingIntegers(`{"id":${value}}`) as { id: number | string };
        expect(String(id)).toBe(String(value));
      }),
    );
  });

  it.each(Array.from({ length: 40 }, (_none, at) => at))(
    'keep a long integer that begins at place %i',
    (at) => {
      const json = `{"${'x'.repeat(at)}":1,"id":12345678901234567890}`;
      expect(parseJsonKeepingIntegers(json)).toMatchObject({ id: '12345678901234567890' });
      expect(parseJsonKeepingIntegers(`{"${'x'.repeat(at)}":9007199254740993}`)).toEqual({
        ['x'.repeat(at)]: '9007199254740993',
      });
    },
  );
  it('leave fractions and long digits inside strings alone', () => {
    expect(
      parseJsonKeepingIntegers('{"a":1234567890123456789012,"b":"1234567890123456789","c":0.5}'),
    ).toEqual({
      a: '1234567890123456789012',
      b: '1234567890123456789',
      c: 0.5,
    });
  });
});

describe('frames of a page', () => {
  it('are the frames that each message would have by itself, and stay so when more are written', () => {
    const block = new FrameBlock();
    const cases = ['{}', '{"name":1}', `{"long":"${'x'.repeat(1_400_000)}"}`, '{"a":1}'].map(
      (json, index) => ({
        json,
        parts: [Buffer.from('r'.repeat(index)), Buffer.alloc(index * 300_000, index)],
      }),
    );
    const written = cases.map(({ json, parts }) => block.write(json, parts));
    written.forEach((bytes, index) => {
      const { json = '', parts = [] } = cases[index] ?? {};
      expect(bytes.equals(encodeFrame([Buffer.from(json), ...parts]))).toBe(true);
    });
  });
});

describe('subjects', () => {
  it('never contain what NATS forbids, whatever the msgtype', () => {
    fc.assert(
      fc.property(fc.string(), (msgtype) => {
        expect(messageSubject('ww1', 3, msgtype)).toMatch(/^wecom\.ww1\.message\.3\.[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('put a conversation into the same partition for ever', () => {
    expect(['wr1', 'direct:a:b', '', '群'].map(partitionOf)).toEqual([
      partitionOf('wr1'),
      partitionOf('direct:a:b'),
      partitionOf(''),
      partitionOf('群'),
    ]);
    // Known values: a change here would re-order conversations in flight.
    expect(partitionOf('wr1')).toBe(7);
    expect(partitionOf('direct:lihua:wmAbC')).toBe(11);
  });

  it('spread conversations over all partitions', () => {
    const used = new Set(Array.from({ length: 1000 }, (_, i) => partitionOf(`wr${i}`)));
    expect(used.size).toBe(PARTITIONS);
  });

  it.each([
    [pageSubject('ww1'), 'page'],
    [messageSubject('ww1', 1, 'text'), 'message'],
    [deadSubject('ww1', 'not-json'), 'dead'],
    [enrichedSubject('ww1', 1), 'enriched'],
    ['wecom.ww1.finding', undefined],
  ])('tell what %s carries', (subject, kind) => {
    expect(captureEventKind(subject)).toBe(kind);
  });
});

describe('digests and ids', () => {
  it('cannot be guessed without the salt', () => {
    const bytes = Buffer.from('好的');
    expect(saltedDigest(Buffer.alloc(32, 1), bytes)).not.toBe(saltedDigest(Buffer.alloc(32, 2), bytes));
    expect(saltedDigest(Buffer.alloc(32), bytes)).not.toBe(contentDigest(bytes));
  });

  it('name a finding by message and rule, and never confuse two of them', () => {
    const of = { corpId: 'ww1', msgid: 'm', namespace: 'ns', policy: 'p', rule: 'r' };
    expect(findingId(of)).toBe(findingId({ ...of }));
    expect(findingId(of)).toMatch(/^[0-9a-f]{32}$/);
    const others = [
      { corpId: 'ww2' },
      { msgid: 'n' },
      { namespace: 'n' },
      { policy: 'pr', rule: '' },
      { rule: 's' },
    ];
    for (const other of others) expect(findingId({ ...of, ...other })).not.toBe(findingId(of));
  });
});
