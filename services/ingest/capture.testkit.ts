// A whole capture on a real nats-server, fed by a source in memory: for tests of what is committed, refused and repeated.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { type CapturedMessage, decodeCaptured } from '@menshen/contracts/captured-message';
import { type DeadLetter, decodeDeadLetter } from '@menshen/contracts/dead-letter';
import { compareDecimals, type Decimal } from '@menshen/contracts/decimal';
import { decodeManifest, type PageManifest } from '@menshen/contracts/page-manifest';
import { captureEventKind, captureStream } from '@menshen/contracts/subjects';
import { makeStreams, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { readTail } from '@menshen/jetstream/read-tail';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import { CaptureLoop, type CaptureLoopOptions, type CaptureTiming, LONGEST_IDLE_MS } from './capture-loop.ts';
import { CoverageWatch } from './coverage/coverage-watch.ts';
import { recallGaps } from './coverage/recall-gaps.ts';
import { viewDirectory } from './coverage/view-directory.ts';
import { createDecryptPool, type DecryptPool } from './decrypt/decrypt-pool.ts';
import { sealEntry } from './decrypt/seal.testkit.ts';
import { Directory } from './directory/directory.ts';
import { FactAges } from './directory/fact-ages.ts';
import { createIngestMetrics } from './ingest-metrics.ts';
import { IngestStatus } from './ingest-status.ts';
import { PageCommitter, type PageCommitterOptions } from './page-committer.ts';
import { PullAhead } from './pull-ahead.ts';
import { Sleeper } from './sleeper.ts';
import type { SourceFault } from './wecom/classify-errcode.ts';
import { openPullQuota } from './wecom/pull-quota.ts';
import type { PulledEntry } from './wecom/read-page.ts';
import type { ChunkOutcome, MessageSource, PullOutcome } from './wecom/source.ts';

export const KEY_PAIR = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const PEM = KEY_PAIR.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** Entries `first`..`last` of text messages from lihua to wangwei. */
export function textEntries(
  first: number,
  last: number,
  of: { version?: number; publicKey?: KeyObject; from?: string } = {},
): PulledEntry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const seq = String(first + i);
    const msgid = `${seq}_1764000000001`;
    const message = {
      msgid,
      action: 'send',
      from: of.from ?? 'lihua',
      tolist: ['wangwei'],
      roomid: '',
      msgtime: 1764000000001,
      msgtype: 'text',
      text: { content: `第 ${seq} 条` },
    };
    const { version = 1, publicKey = KEY_PAIR.publicKey } = of;
    return sealEntry({ seq, msgid, plaintext: JSON.stringify(message), version, publicKey });
  });
}

/** A source that serves what it holds, like WeCom; `next` answers come first, once each. */
export class MemorySource implements MessageSource {
  readonly engine = 'Memory';
  readonly entries: PulledEntry[] = [];
  readonly next: PullOutcome[] = [];
  /** What was asked: `fromSeq`. */
  readonly asked: Decimal[] = [];

  pull(fromSeq: Decimal, limit: number): Promise<PullOutcome> {
    this.asked.push(fromSeq);
    const special = this.next.shift();
    if (special !== undefined) return Promise.resolve(special);
    const entries = this.entries.filter((entry) => compareDecimals(entry.seq, fromSeq) > 0).slice(0, limit);
    return Promise.resolve(pageOf(entries));
  }

  mediaChunk(): Promise<ChunkOutcome> {
    throw new Error('this source has no media');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export const pageOf = (entries: readonly PulledEntry[]): PullOutcome => ({
  ok: true,
  page: { entries, withoutSeq: 0, repeated: 0 },
});
export const faultOf = (fault: SourceFault): PullOutcome => ({ ok: false, fault });

export interface TestCapture {
  readonly loop: CaptureLoop;
  readonly status: IngestStatus;
  readonly directory: Directory;
  readonly coverage: CoverageWatch;
  readonly registry: Registry;
  /** Every pause asked for, ms; none is really waited for. */
  readonly pauses: number[];
  readonly pool: DecryptPool;
  stop(): void;
  close(): Promise<void>;
}

export interface TestCaptureOptions {
  readonly test: TestNats;
  readonly corpId: string;
  readonly source: MessageSource;
  readonly limit?: number;
  /** Default 600. */
  readonly pullsPerMinute?: number;
  readonly nowMs?: () => number;
  readonly timing?: Partial<CaptureTiming>;
  readonly committer?: Partial<PageCommitterOptions>;
  readonly loop?: Partial<CaptureLoopOptions>;
}

const TIMING: CaptureTiming = {
  pollIntervalMs: 1_000,
  restMs: 100,
  quotaPauseMs: 60_000,
  idleManifestMs: 1_800_000,
};

/** One capture. Sleeps return at once (and are noted), so a test drives it by `loop.step()`. */
export function startCapture(options: TestCaptureOptions): TestCapture {
  const { test, corpId, source } = options;
  const registry = new Registry();
  const metrics = createIngestMetrics(registry);
  const status = new IngestStatus(() => undefined);
  const directory = new Directory({ nowMs: options.nowMs ?? (() => Date.now()) });
  const pool = createDecryptPool({ workers: 1, keys: [{ version: 1, pem: PEM }] });
  const pauses: number[] = [];
  const sleeper = new (class extends Sleeper {
    override sleep(ms: number): Promise<void> {
      pauses.push(ms);
      return new Promise((resolve) => setImmediate(resolve));
    }
  })();
  let stopping = false;
  const clock = { nowMs: options.nowMs ?? (() => Date.now()) };
  const shared = {
    corpId,
    clock,
    metrics,
    status,
    logger: silentLogger,
    sleep: (ms: number) => sleeper.sleep(ms),
    isStopping: () => stopping,
  };
  const committer = new PageCommitter({
    ...shared,
    nats: test.nats,
    jsm: test.jsm,
    objects: { put: () => Promise.resolve('Stored') },
    ensureStreams: () => makeStreams(test.jsm, corpId),
    archivedPosition: () => Promise.resolve(undefined),
    standbyMs: 5_000,
    ...options.committer,
  });
  const limit = options.limit ?? 100;
  const ahead = new PullAhead({
    ...shared,
    source,
    pool,
    quota: openPullQuota(options.pullsPerMinute ?? 600, clock),
    limit,
  });
  const timing = { ...TIMING, ...options.timing };
  const coverage = new CoverageWatch({
    ...shared,
    idleMs: LONGEST_IDLE_MS,
    manifestMs: timing.idleManifestMs,
    view: viewDirectory(directory, new FactAges(clock)),
    participant: (id) => directory.participant(id),
    recall: () => recallGaps(test.js, corpId),
  });
  const loop = new CaptureLoop({
    ...shared,
    engine: source.engine,
    ahead,
    committer,
    directory,
    coverage,
    resolve: () => Promise.resolve(),
    takeReplay: () => Promise.resolve(undefined),
    mediaEnabled: true,
    timing,
    idle: sleeper,
    ...options.loop,
  });
  return {
    loop,
    status,
    directory,
    coverage,
    registry,
    pauses,
    pool,
    stop: () => {
      stopping = true;
    },
    close: () => pool.close(),
  };
}

export interface Captured {
  readonly manifests: readonly PageManifest[];
  readonly messages: readonly CapturedMessage[];
  readonly dead: readonly DeadLetter[];
}

/** Everything in the capture stream. */
export async function readCaptured(test: TestNats, corpId: string): Promise<Captured> {
  const manifests: PageManifest[] = [];
  const messages: CapturedMessage[] = [];
  const dead: DeadLetter[] = [];
  const tail = { stream: captureStream(corpId), subject: `wecom.${corpId}.>`, from: { sequence: 1 } };
  await readTail(test.js, tail, (message) => {
    const kind = captureEventKind(message.subject);
    if (kind === 'page') manifests.push(decodeManifest(message.data));
    else if (kind === 'message') messages.push(decodeCaptured(message.data));
    else if (kind === 'dead') dead.push(decodeDeadLetter(message.data));
  });
  return { manifests, messages, dead };
}
