import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaReference } from '@menshen/contracts/media-reference';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { silentLogger } from '@menshen/telemetry/logger';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { badAnswer, classifyErrcode, type SourceFault, unreachable } from '../wecom/classify-errcode.ts';
import { openPullQuota } from '../wecom/pull-quota.ts';
import type { ChunkOutcome, ChunkRequest, MessageSource } from '../wecom/source.ts';
import { Downloader, type DownloaderOptions } from './download-medium.ts';
import { PART_BYTES, sweepDrafts } from './draft-medium.ts';
import { MediaTurns } from './media-turns.ts';

const CHUNK = 524_288;
const CORP = 'wwdraft';
const OF = { seq: '7', capturedAtMs: 1_764_000_000_000, call: 'Media' } as const;
const SAMPLE = Buffer.from(Uint8Array.from({ length: 41 * CHUNK }, (_, i) => i * 31 + (i >> 12)));
const bytesOf = (length: number): Buffer => SAMPLE.subarray(0, length);
const hash = (name: string, bytes: Buffer): string => createHash(name).update(bytes).digest('hex');

/** A source with one file, which keeps what was asked; `next` outcomes come first, by index. */
class OneFile implements Pick<MessageSource, 'mediaChunk'> {
  readonly asked: string[] = [];
  readonly faults = new Map<string, SourceFault[]>();
  bytes: Buffer;
  /** Called before each answer; to kill, to stop. */
  onAsk: (index: string) => void = () => undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  mediaChunk({ index }: ChunkRequest): Promise<ChunkOutcome> {
    this.asked.push(index);
    this.onAsk(index);
    const fault = this.faults.get(index)?.shift();
    if (fault !== undefined) return Promise.resolve({ ok: false, fault });
    const from = index === '' ? 0 : Number(index);
    const data = this.bytes.subarray(from, from + CHUNK);
    const isLast = from + CHUNK > this.bytes.length;
    return Promise.resolve({ ok: true, data, isLast, nextIndex: String(from + data.length) });
  }
}

describe('Downloader', () => {
  const root = mkdtempSync(join(tmpdir(), 'menshen-download-'));
  let objects: ObjectStore;
  let folder: string;
  let stores = 0;
  let nowMs = 0;
  let slept: number[] = [];
  let refusals: SourceFault[] = [];
  beforeEach(async () => {
    folder = join(root, String(stores++));
    objects = await openObjectStore({ kind: 'Folder', path: folder });
    nowMs = 1_764_000_000_000;
    slept = [];
    refusals = [];
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const downloader = (source: OneFile, change: Partial<DownloaderOptions> = {}): Downloader => {
    const clock = { nowMs: () => nowMs };
    const sleep = (ms: number): Promise<void> => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    };
    const isStopping = (): boolean => false;
    const quota = openPullQuota(600, clock);
    return new Downloader({
      corpId: CORP,
      source,
      objects,
      turns: new MediaTurns({ quota, quotaPauseMs: 60_000, clock, sleep, isStopping }),
      maxBytes: 1024 ** 3,
      logger: silentLogger,
      reportRefusal: (fault) => refusals.push(fault),
      sleep,
      isStopping,
      ...change,
    });
  };
  const reference = (bytes: Buffer, claim: Partial<MediaReference> = {}): MediaReference => ({
    path: 'file',
    kind: 'file',
    sdkfileid: 'id',
    md5sum: hash('md5', bytes),
    sizeBytes: bytes.length,
    filename: 'a.bin',
    ...claim,
  });
  const stored = (bytes: Buffer, claim = 'Match') => ({
    kind: 'Stored',
    sha256: `sha256:${hash('sha256', bytes)}`,
    sizeBytes: bytes.length,
    objectKey: `${CORP}/media/${hash('sha256', bytes)}`,
    claim,
  });
  const isThere = async (bytes: Buffer): Promise<boolean> =>
    (await objects.get(stored(bytes).objectKey))?.equals(bytes) === true;
  const drafts = (): string[] => {
    try {
      return readdirSync(join(folder, CORP, 'media-drafts'));
    } catch {
      return [];
    }
  };

  it.each([
    0,
    1,
    CHUNK - 1,
    CHUNK,
    CHUNK + 1,
    PART_BYTES - 1,
    PART_BYTES,
    PART_BYTES + 1,
    2 * PART_BYTES,
    2 * PART_BYTES + 3 * CHUNK + 5,
  ])('stores %i bytes whole and leaves no draft', async (length) => {
    const bytes = bytesOf(length);
    const source = new OneFile(bytes);
    expect(await downloader(source).download(reference(bytes), OF)).toEqual(stored(bytes));
    expect(await isThere(bytes)).toBe(true);
    expect(drafts()).toEqual([]);
    // A size that is a multiple of the chunk ends with an empty one; nothing is asked for twice.
    expect(source.asked.length).toBe(Math.floor(length / CHUNK) + 1);
  });

  it('goes on where a killed process was: from the last whole part, wherever it died', async () => {
    const bytes = bytesOf(2 * PART_BYTES + 5 * CHUNK + 77);
    const chunks = Math.floor(bytes.length / CHUNK) + 1;
    for (const diesAt of [1, 9, 10, 11, 15, 20, 21, chunks - 1]) {
      objects = await openObjectStore({ kind: 'Folder', path: join(root, `killed-${diesAt}`) });
      const dying = new OneFile(bytes);
      const never = new Promise<never>(() => undefined);
      const reached = new Promise<void>((resolve) => {
        dying.onAsk = (index) => {
          if (Number(index) === diesAt * CHUNK) resolve();
        };
      });
      const answer = dying.mediaChunk.bind(dying);
      // From there on the process does nothing any more, as after kill -9.
      dying.mediaChunk = (request) =>
        Number(request.index) >= diesAt * CHUNK ? answer(request).then(() => never) : answer(request);
      void downloader(dying).download(reference(bytes), OF);
      await reached;
      const next = new OneFile(bytes);
      expect(await downloader(next).download(reference(bytes), OF)).toEqual(stored(bytes));
      expect(await isThere(bytes)).toBe(true);
      const wholeParts = Math.floor((diesAt * CHUNK) / PART_BYTES);
      expect(next.asked[0]).toBe(wholeParts === 0 ? '' : String(wholeParts * PART_BYTES));
      expect(next.asked.length).toBe(chunks - (wholeParts * PART_BYTES) / CHUNK);
    }
  });

  it.each([
    ['whose mark is damaged', /\.mark$/, 'nonsense'],
    ['whose mark says other parts', /\.mark$/, '{"parts":[5],"index":"5"}'],
    ['whose part was cut short', /\.00000$/, 'short'],
  ])('begins anew from a draft %s', async (_what, pattern, content) => {
    const bytes = bytesOf(PART_BYTES + CHUNK + 9);
    const source = new OneFile(bytes);
    source.faults.set(
      String(PART_BYTES),
      Array.from({ length: 3 }, () => unreachable('away')),
    );
    expect(await downloader(source).download(reference(bytes), OF)).toMatchObject({ kind: 'Failed' });
    const broken = drafts().find((name) => pattern.test(name)) ?? 'none';
    await objects.put(`${CORP}/media-drafts/${broken}`, Buffer.from(content));
    source.asked.length = 0;
    expect(await downloader(source).download(reference(bytes), OF)).toEqual(stored(bytes));
    expect(source.asked[0]).toBe('');
    expect(drafts()).toEqual([]);
  });

  it('keeps what it has while WeCom is away, and asks only for the rest later', async () => {
    const bytes = bytesOf(PART_BYTES + 2 * CHUNK);
    const source = new OneFile(bytes);
    source.faults.set(
      String(PART_BYTES),
      Array.from({ length: 3 }, () => unreachable('away')),
    );
    expect(await downloader(source).download(reference(bytes), OF)).toMatchObject({
      kind: 'Failed',
      cause: 'WeComUnreachable',
      systemic: true,
    });
    source.asked.length = 0;
    expect(await downloader(source).download(reference(bytes), OF)).toEqual(stored(bytes));
    expect(source.asked).toEqual([PART_BYTES, PART_BYTES + CHUNK, PART_BYTES + 2 * CHUNK].map(String));
  });

  it('begins again from the first piece when a piece stays unusable, and only once', async () => {
    const bytes = bytesOf(3 * CHUNK + 1);
    const source = new OneFile(bytes);
    const index = String(2 * CHUNK);
    source.faults.set(
      index,
      Array.from({ length: 3 }, () => badAnswer('no CONTENT-RANGE')),
    );
    expect(await downloader(source).download(reference(bytes), OF)).toEqual(stored(bytes));
    expect(source.asked).toEqual([
      '',
      String(CHUNK),
      index,
      index,
      index,
      '',
      String(CHUNK),
      index,
      String(3 * CHUNK),
    ]);
    source.faults.set(
      index,
      Array.from({ length: 6 }, () => badAnswer('no CONTENT-RANGE')),
    );
    expect(await downloader(source).download(reference(bytes), OF)).toMatchObject({
      kind: 'Failed',
      cause: 'BadAnswer',
    });
  });

  it('waits a minute for media when WeCom blocks it, however often, and the file comes whole', async () => {
    const bytes = bytesOf(2 * CHUNK);
    const source = new OneFile(bytes);
    source.faults.set(
      String(CHUNK),
      Array.from({ length: 5 }, () => classifyErrcode(45009)),
    );
    expect(await downloader(source).download(reference(bytes), OF)).toEqual(stored(bytes));
    expect(slept).toEqual([60_000, 120_000, 240_000, 480_000, 600_000]);
    expect(refusals.map(({ reason }) => reason)).toEqual(Array(5).fill('QuotaExhausted'));
  });

  it('fetches a file with a wrong md5 twice, not more when it is the same again, and keeps it flagged', async () => {
    const bytes = bytesOf(100);
    const source = new OneFile(bytes);
    const outcome = await downloader(source).download(reference(bytes, { md5sum: 'f'.repeat(32) }), OF);
    expect(outcome).toEqual(stored(bytes, 'Mismatch'));
    expect(source.asked.length).toBe(2);
  });

  it('fetches a damaged file again until it is whole', async () => {
    const bytes = bytesOf(PART_BYTES + 100);
    const source = new OneFile(Buffer.concat([bytes.subarray(0, PART_BYTES + 50), Buffer.alloc(50)]));
    source.onAsk = () => {
      if (source.asked.length > 11) source.bytes = bytes;
    };
    expect(await downloader(source).download(reference(bytes), OF)).toEqual(stored(bytes));
    expect(await isThere(bytes)).toBe(true);
    expect(drafts()).toEqual([]);
  });

  it.each([
    ['gone at WeCom', classifyErrcode(301048), 'Expired'],
    ['not a file', { ...classifyErrcode(301048), reason: 'BadFileId' } as const, 'BadFileId'],
  ])('gives up what is %s, and its draft', async (_what, fault, cause) => {
    const bytes = bytesOf(PART_BYTES + CHUNK);
    const source = new OneFile(bytes);
    source.faults.set(String(PART_BYTES), [fault]);
    expect(await downloader(source).download(reference(bytes), OF)).toEqual({ kind: 'Lost', cause });
    expect(drafts()).toEqual([]);
  });

  it('says nothing about the file when the store is away', async () => {
    const bytes = bytesOf(10);
    const away = {
      ...objects,
      get: () => Promise.resolve(undefined),
      put: () => Promise.reject(new Error('away')),
    };
    const outcome = await downloader(new OneFile(bytes), { objects: away }).download(reference(bytes), OF);
    expect(outcome).toMatchObject({ kind: 'Interrupted', error: new Error('away') });
  });

  it('stores any file in any pattern of chunks and deaths exactly', async () => {
    const death = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 24 }),
        fc.integer({ min: -1, max: 1 }),
        death,
        async (chunks, off, deaths) => {
          const bytes = bytesOf(Math.max(0, chunks * CHUNK + off));
          for (const after of deaths) {
            const source = new OneFile(bytes);
            let stopping = false;
            source.onAsk = () => {
              stopping = source.asked.length >= after;
            };
            await downloader(source, { isStopping: () => stopping }).download(reference(bytes), OF);
          }
          expect(await downloader(new OneFile(bytes)).download(reference(bytes), OF)).toEqual(stored(bytes));
          expect(await isThere(bytes)).toBe(true);
          expect(drafts()).toEqual([]);
        },
      ),
      { numRuns: 8 },
    );
  });

  it('sweeps drafts that nobody will finish, and no others', async () => {
    const day = 24 * 3_600_000;
    const bytes = bytesOf(PART_BYTES + CHUNK);
    for (const [seq, daysAgo] of [
      ['1', 9],
      ['2', 8],
      ['3', 6],
      ['4', 0],
    ] as const) {
      const source = new OneFile(bytes);
      source.faults.set(
        String(PART_BYTES),
        Array.from({ length: 3 }, () => unreachable('away')),
      );
      await downloader(source).download(reference(bytes), {
        ...OF,
        seq,
        capturedAtMs: nowMs - daysAgo * day,
      });
    }
    expect(await sweepDrafts(objects, { corpId: CORP, nowMs, keepMs: 7 * day })).toBe(4);
    expect(new Set(drafts().map((name) => name.split('-')[1]))).toEqual(new Set(['3', '4']));
  });
});
