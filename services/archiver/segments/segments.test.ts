import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { encodeCaptured } from '@menshen/contracts/captured-message';
import { encodeDeadLetter } from '@menshen/contracts/dead-letter';
import { saltedDigest } from '@menshen/contracts/digest';
import { encodeFrame } from '@menshen/contracts/frame';
import { aStamp } from '@menshen/contracts/stamp.testkit';
import { openObjectStore } from '@menshen/objects/open-object-store';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSegment, readSegmentEvent } from './read-segment.ts';
import {
  parseSegmentKey,
  SegmentDamaged,
  type SegmentEvent,
  saltsKey,
  segmentKey,
  segmentPrefix,
  TRAILER_BYTES,
} from './segment-format.ts';
import { fromSegmentEvent, readEvent, toSegmentEvent } from './to-segment-event.ts';
import { buildSegment } from './write-segment.ts';
import { STORED_BYTES } from './zstd-frame.ts';

const anyEvents = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 5 }),
      kind: fc.constantFrom('page', 'message', 'enriched', 'dead', 'unreadable'),
      seq: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String),
      parts: fc.array(
        fc.uint8Array({ maxLength: 300 }).map((part) => Buffer.from(part)),
        { minLength: 1, maxLength: 3 },
      ),
      salt: fc.oneof(fc.constant(''), fc.base64String({ minLength: 4 })),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((drafts): SegmentEvent[] => {
    let streamSequence = 0;
    return drafts.map(({ gap, ...event }) => {
      streamSequence += gap;
      return { ...event, kind: event.kind as SegmentEvent['kind'], streamSequence };
    });
  });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-segments-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a segment', () => {
  it('gives back its events, whatever they are', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const { bytes, salts } = buildSegment('ww1', events);
        expect(readSegment(bytes, salts)).toEqual(events);
      }),
    );
  });

  it('is the same bytes each time it is built', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        expect(buildSegment('ww1', events).bytes.equals(buildSegment('ww1', events).bytes)).toBe(true);
      }),
    );
  });

  it('gives one event by range reads', async () => {
    const store = await openObjectStore({ kind: 'Folder', path: folder });
    await fc.assert(
      fc.asyncProperty(anyEvents, fc.nat(), async (events, pick) => {
        const { bytes, salts } = buildSegment('ww1', events);
        await store.put('ww1/segments/x', bytes);
        await store.put(saltsKey('ww1/segments/x'), salts);
        const wanted = events[pick % events.length] as SegmentEvent;
        expect(await readSegmentEvent(store, 'ww1/segments/x', wanted.streamSequence)).toEqual(wanted);
        expect(await readSegmentEvent(store, 'ww1/segments/x', 1_000_000)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
    expect(await readSegmentEvent(store, 'ww1/segments/none', 1)).toBeUndefined();
  });

  it('shows that it was cut or changed in its frame', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat(), (events, at) => {
        const { bytes, salts } = buildSegment('ww1', events);
        expect(() => readSegment(bytes.subarray(0, at % bytes.length), salts)).toThrow(SegmentDamaged);
      }),
    );
  });

  it('shows that any byte after its header was changed', () => {
    fc.assert(
      fc.property(anyEvents, fc.nat(), fc.integer({ min: 1, max: 255 }), (events, pick, change) => {
        const { bytes, salts } = buildSegment('ww1', events);
        const from = bytes.indexOf('\n') + 1;
        const at = from + (pick % (bytes.length - from));
        bytes[at] = (bytes[at] as number) ^ change;
        expect(() => readSegment(bytes, salts)).toThrow(SegmentDamaged);
      }),
      { numRuns: 1_000 },
    );
  });

  it('loses only the salts with its sidecar', () => {
    const events: SegmentEvent[] = [
      { streamSequence: 1, kind: 'message', seq: '1', parts: [Buffer.from('x')], salt: 'c2FsdA==' },
    ];
    const { bytes } = buildSegment('ww1', events);
    expect(bytes.includes('c2FsdA==')).toBe(false);
    expect(readSegment(bytes, undefined)).toEqual([{ ...events[0], salt: '' }]);
  });

  it('has a key that sorts as its sequences and can be read back', () => {
    const keys = [
      segmentKey(segmentPrefix('ww1'), 9, 10),
      segmentKey(segmentPrefix('ww1'), 100, 2000),
      segmentKey(segmentPrefix('ww1'), 2001, 2001),
    ];
    expect([...keys].sort()).toEqual(keys);
    expect(keys.map(parseSegmentKey)).toEqual([
      { first: 9, last: 10 },
      { first: 100, last: 2000 },
      { first: 2001, last: 2001 },
    ]);
    expect(parseSegmentKey(saltsKey(keys[0] as string))).toBeUndefined();
  });
});

describe('a frame', () => {
  it.each([0, 1, 240, 255, 256, 257, STORED_BYTES - 10, STORED_BYTES, STORED_BYTES + 1, 70_000])(
    'with %i bytes unpacks to them, in any zstd',
    (size) => {
      const part = randomBytes(size);
      const event: SegmentEvent = { streamSequence: 1, kind: 'page', seq: '1', parts: [part], salt: '' };
      const { bytes } = buildSegment('ww1', [event]);
      const from = bytes.indexOf('\n') + 1;
      const index = Number(bytes.readBigUInt64BE(bytes.length - TRAILER_BYTES));
      const frame = zstdDecompressSync(bytes.subarray(from, index));
      expect(frame.equals(encodeFrame([part]))).toBe(true);
    },
  );
});

describe('events on their way into a segment', () => {
  const never = async (): Promise<Buffer> => {
    throw new Error('no object');
  };

  it.each([
    ['garbage on a message subject', 'wecom.ww1.message.1.text', Buffer.from('garbage')],
    ['a cut frame', 'wecom.ww1.dead.not-json', Buffer.from('mf1 5\nab')],
    ['a page that is not JSON', 'wecom.ww1.page', Buffer.from('{')],
    ['an unknown subject', 'wecom.ww1.other', Buffer.from('x')],
  ])('keep %s as it came', async (_what, subject, data) => {
    const read = await readEvent({ sequence: 7, subject, data }, never);
    expect(read).toEqual({ kind: 'unreadable', streamSequence: 7, subject, data });
    expect(fromSegmentEvent(toSegmentEvent(read))).toEqual(read);
  });

  it('leave the salt of a message out of what is immutable', async () => {
    const digest = saltedDigest(Buffer.from('SALT', 'base64'), Buffer.from('{}'));
    const stamp = aStamp({ digest });
    const data = encodeCaptured({ stamp, raw: Buffer.from('{}'), envelope: Buffer.from('E') });
    const read = await readEvent({ sequence: 1, subject: 'wecom.ww1.message.1.text', data }, never);
    const kept = toSegmentEvent(read);
    expect(Buffer.concat(kept.parts).includes('SALT')).toBe(false);
    expect(fromSegmentEvent(kept)).toEqual(read);
  });

  it.each(['message', 'dead'] as const)(
    'of a %s show by its digest that other bytes were put in',
    async (kind) => {
      const [raw, envelope] = [Buffer.from('{}'), Buffer.from('E')];
      const digest = saltedDigest(Buffer.from('SALT', 'base64'), kind === 'message' ? raw : envelope);
      const head = { corpId: 'ww1', seq: '5', salt: 'SALT', digest };
      const data =
        kind === 'message'
          ? encodeCaptured({ stamp: aStamp({ digest }), raw, envelope })
          : encodeDeadLetter({ head, raw, envelope } as never);
      const kept = toSegmentEvent(
        await readEvent({ sequence: 1, subject: `wecom.ww1.${kind}.x.text`, data }, never),
      );
      expect(() => fromSegmentEvent(kept)).not.toThrow();
      const [first = raw] = kept.parts;
      const forged = { ...kept, parts: [first, Buffer.from('{ }'), Buffer.from('F')] };
      expect(() => fromSegmentEvent(forged)).toThrow(SegmentDamaged);
      // Once the salt is forgotten nothing can be said any more: that is what forgetting it is for.
      expect(() => fromSegmentEvent({ ...forged, salt: '' })).not.toThrow();
    },
  );

  it('carry the bytes of a large message, and fail when they cannot be had', async () => {
    const stamp = aStamp({ body: { objectKey: 'ww1/large/1', sizeBytes: 9 } });
    const data = encodeCaptured({ stamp, raw: Buffer.alloc(0), envelope: Buffer.alloc(0) });
    const event = { sequence: 1, subject: 'wecom.ww1.message.1.text', data };
    const load = async (): Promise<Buffer> => encodeFrame([Buffer.from('RAW'), Buffer.from('ENV')]);
    const parts = toSegmentEvent(await readEvent(event, load)).parts.map(String);
    expect(parts.slice(1)).toEqual(['RAW', 'ENV']);
    await expect(readEvent(event, never)).rejects.toThrow('no object');
  });
});
