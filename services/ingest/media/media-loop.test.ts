// The loop over a real stream, with files that take as long as a test says: order of work, bounds, and who looks ahead.
import { captureStream, messageSubject } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, readEnriched } from '../ingest.testkit.ts';
import { createIngestMetrics } from '../ingest-metrics.ts';
import { IngestStatus } from '../ingest-status.ts';
import type { DownloadOf } from './download-medium.ts';
import { capturedFile } from './media.testkit.ts';
import { MediaLoop } from './media-loop.ts';
import { MediaMemory } from './media-memory.ts';
import type { MediaOutcome } from './media-outcome.ts';

const DAY_MS = 24 * 3_600_000;
const HUGE = 200 * 1024 * 1024;

/** Files whose downloads wait until the test lets them go. */
class Gate {
  readonly begun: string[] = [];
  readonly calls = new Map<string, string>();
  #open = new Map<string, () => void>();
  #letAll = false;

  download(_reference: unknown, { seq, call }: DownloadOf): Promise<MediaOutcome> {
    this.begun.push(seq);
    this.calls.set(seq, call);
    const stored: MediaOutcome = {
      kind: 'Stored',
      sha256: `sha256:${seq}`,
      sizeBytes: 1,
      objectKey: seq,
      claim: 'Match',
    };
    if (this.#letAll) return Promise.resolve(stored);
    return new Promise((resolve) => this.#open.set(seq, () => resolve(stored)));
  }

  let(seq: string): void {
    this.#open.get(seq)?.();
    this.#open.delete(seq);
  }

  letAll(): void {
    this.#letAll = true;
    for (const open of this.#open.values()) open();
  }
}

describe('MediaLoop', () => {
  let test: TestNats;
  let corps = 0;
  let corpId: string;
  let gate: Gate;
  let loop: MediaLoop | undefined;
  let stopping = false;
  let said = 0;
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    corpId = `wwloop${++corps}`;
    said = 0;
    gate = new Gate();
    stopping = false;
    await makeStreams(test.jsm, corpId);
  });
  afterEach(async () => {
    stopping = true;
    gate.letAll();
    await loop?.stop();
    loop = undefined;
  });

  const start = (change: { mostWaiting?: number; concurrency?: number } = {}): void => {
    loop = new MediaLoop({
      corpId,
      downloader: gate,
      memory: new MediaMemory(),
      js: test.js,
      jsm: test.jsm,
      objects: { get: () => Promise.resolve(undefined), list: noObjects, delete: () => Promise.resolve() },
      clock: { nowMs: () => Date.now() },
      metrics: createIngestMetrics(new Registry()),
      status: new IngestStatus(() => undefined),
      logger: silentLogger,
      retryMs: 100,
      concurrency: 2,
      mostWaiting: 1_000,
      sleep: () => new Promise((resolve) => setImmediate(resolve)),
      isStopping: () => stopping,
      ...change,
    });
    loop.start();
  };
  /** A message with one file, said so long ago; gives its seq. */
  const say = async (of: { agoMs: number; bytes: number }): Promise<string> => {
    const seq = String(++said);
    const file = { sdkfileid: 'x', md5sum: '', filesize: of.bytes, filename: 'a' };
    const now = Date.now();
    const payload = capturedFile({
      stamp: { corpId, seq, eventTimeMs: now - of.agoMs, capturedAtMs: now },
      message: { msgtype: 'file', file },
    });
    await test.js.publish(messageSubject(corpId, 0, 'file'), payload);
    return seq;
  };
  const settled = () =>
    eventually(async () => {
      const info = await test.jsm.consumers.info(captureStream(corpId), 'media');
      return info.num_pending + info.num_ack_pending === 0;
    });

  it('takes what is about to expire, and what was just said, before a backlog that came earlier', async () => {
    for (let i = 0; i < 2; i++) await say({ agoMs: 4.9 * DAY_MS, bytes: 1 });
    start();
    await eventually(() => gate.begun.length === 2);
    const backlog: string[] = [];
    for (let i = 0; i < 20; i++) backlog.push(await say({ agoMs: 2 * DAY_MS, bytes: 1000 }));
    const fresh = await say({ agoMs: 0, bytes: 1000 });
    const danger: string[] = [];
    for (let i = 0; i < 5; i++) danger.push(await say({ agoMs: 4.8 * DAY_MS, bytes: 1000 }));
    await eventually(async () => {
      const info = await test.jsm.consumers.info(captureStream(corpId), 'media');
      return info.num_ack_pending === said;
    });
    // One after the other, as they begin.
    for (let i = 0; i < said; i++) {
      await eventually(() => gate.begun.length > i);
      gate.let(gate.begun[i] ?? '');
    }
    const at = (seq: string | undefined): number => gate.begun.indexOf(seq ?? '');
    expect(at(fresh)).toBeLessThan(at(backlog[2]));
    for (const seq of danger) expect(at(seq)).toBeLessThan(at(backlog[3]));
    expect(gate.begun.filter((seq) => backlog.includes(seq))).toEqual(backlog);
    expect(gate.calls.get(fresh)).toBe('FreshMedia');
    expect(gate.calls.get(danger[0] ?? '')).toBe('Media');
  });

  it('keeps a lane free for small files while huge ones fill the others', async () => {
    for (let i = 0; i < 5; i++) await say({ agoMs: 4.9 * DAY_MS, bytes: HUGE });
    start();
    await eventually(() => gate.begun.length === 1);
    const small = await say({ agoMs: 0, bytes: 10 });
    await eventually(() => gate.begun.includes(small));
    expect(gate.begun.length).toBe(2);
  });

  it('sees what is said now behind a backlog larger than its window, and tells it once', async () => {
    for (let i = 0; i < 60; i++) await say({ agoMs: 3 * DAY_MS, bytes: 1000 });
    start({ mostWaiting: 20, concurrency: 2 });
    await eventually(() => gate.begun.length === 2);
    // The window is full and stays full: nothing is let go.
    const fresh = await eventually(async () => {
      const seq = await say({ agoMs: 0, bytes: 1000 });
      gate.let(gate.begun.at(-1) ?? '');
      return await eventually(() => gate.begun.includes(seq), 500).then(
        () => seq,
        () => undefined,
      );
    });
    const info = await test.jsm.consumers.info(captureStream(corpId), 'media');
    expect(info.num_pending).toBeGreaterThan(0);
    gate.letAll();
    await settled();
    const told = await readEnriched(test, corpId);
    expect(told.size).toBe(said);
    for (const [seq, events] of told) expect([seq, events.length]).toEqual([seq, 1]);
    expect(gate.begun.filter((seq) => seq === fresh).length).toBe(1);
    expect(new Set(gate.begun).size).toBe(gate.begun.length);
  });

  it('holds no more messages than its window', async () => {
    for (let i = 0; i < 120; i++) await say({ agoMs: 3 * DAY_MS, bytes: 1000 });
    start({ mostWaiting: 20 });
    await eventually(() => gate.begun.length === 2);
    const info = await eventually(async () => {
      const now = await test.jsm.consumers.info(captureStream(corpId), 'media');
      return now.num_ack_pending >= 20 ? now : undefined;
    });
    expect(info.num_ack_pending).toBeLessThan(20 + 16);
  });

  it('gives everything back when it stops, at once', async () => {
    for (let i = 0; i < 10; i++) await say({ agoMs: 3 * DAY_MS, bytes: 1000 });
    start();
    await eventually(() => gate.begun.length === 2);
    stopping = true;
    const stopped = loop?.stop();
    gate.letAll();
    await stopped;
    loop = undefined;
    stopping = false;
    start();
    await settled();
    expect((await readEnriched(test, corpId)).size).toBe(10);
  });
});

async function* noObjects(): AsyncIterable<never> {}
