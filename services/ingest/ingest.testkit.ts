// A whole ingest against the simulated WeCom and a real nats-server, in this process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CapturedMessage } from '@menshen/contracts/captured-message';
import { decodeCaptured } from '@menshen/contracts/captured-message';
import type { IngestConfig } from '@menshen/contracts/role-config';
import type { StatusReport } from '@menshen/contracts/status-report';
import { captureStream } from '@menshen/contracts/subjects';
import { makeStreams, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { readTail } from '@menshen/jetstream/read-tail';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import { type Acme, foundAcme } from '@menshen/wecom-simulator/acme';
import { createGenerator, type Generator } from '@menshen/wecom-simulator/generate-conversations';
import type { EntryDamage, LoggedMessage } from '@menshen/wecom-simulator/message-log';
import { type Simulator, type SimulatorOptions, startSimulator } from '@menshen/wecom-simulator/simulator';
import { Registry } from 'prom-client';
import { type Captured, readCaptured } from './capture.testkit.ts';
import { Ingest, type IngestDependencies } from './ingest.ts';

export const SECRETS = { archive: 'archive-secret', directory: 'directory-secret' } as const;

export interface TestWeCom {
  readonly simulator: Simulator;
  readonly acme: Acme;
  /** Lets the company talk on: `count` more messages. */
  talk(count: number): void;
  /** One message of a test's own; fields that are not given are made. Returns its seq. */
  say(message: Readonly<Record<string, unknown>>, damage?: EntryDamage): LoggedMessage;
  close(): Promise<void>;
}

export async function startWeCom(
  corpId: string,
  options: Partial<SimulatorOptions> = {},
): Promise<TestWeCom> {
  const acme = foundAcme(7);
  const clock = options.clock ?? { nowMs: () => Date.now() };
  const simulator = await startSimulator({
    port: 0,
    corpId,
    secrets: SECRETS,
    corporation: acme,
    seed: 7,
    clock,
    ...options,
  });
  const generate: Generator = createGenerator({
    seed: 7,
    acme,
    shelf: simulator.shelf,
    timeOf: () => clock.nowMs(),
  });
  let said = 0;
  return {
    simulator,
    acme,
    talk(count) {
      for (let i = 0; i < count; i++) simulator.log.append(generate(said++), { createdAtMs: clock.nowMs() });
    },
    say(message, damage) {
      const nowMs = clock.nowMs();
      const whole = {
        msgid: `${9_000_000 + simulator.log.size()}_${nowMs}`,
        action: 'send',
        from: acme.staff[0]?.userid,
        tolist: [acme.staff[1]?.userid],
        roomid: '',
        msgtime: nowMs,
        msgtype: 'text',
        ...message,
      };
      const source = {
        msgid: String(whole.msgid),
        msgtype: whole.msgtype,
        plaintext: JSON.stringify(whole),
        media: {},
        planted: [],
      };
      return simulator.log.append(source, {
        createdAtMs: nowMs,
        ...(damage === undefined ? {} : { damage }),
      });
    },
    close: () => simulator.close(),
  };
}

export interface TestIngest {
  readonly ingest: Ingest;
  readonly objects: ObjectStore;
  readonly registry: Registry;
  readonly config: IngestConfig;
  /** Files by name, as if mounted. */
  readonly files: Map<string, string>;
  /** The last status report. */
  report(): StatusReport | undefined;
  reasons(): readonly string[];
  stop(): Promise<void>;
}

export interface TestIngestOptions {
  readonly test: TestNats;
  readonly wecom: TestWeCom;
  readonly config?: Partial<IngestConfig>;
  readonly dependencies?: Partial<IngestDependencies>;
  /** Key versions that have a file at start; default all. */
  readonly keyVersions?: readonly number[];
}

/** Starts ingest with fast timing. Stop it before the test ends. */
export async function startIngest(options: TestIngestOptions): Promise<TestIngest> {
  const { test, wecom } = options;
  const { simulator } = wecom;
  const corpId = simulator.corpId;
  const folder = mkdtempSync(join(tmpdir(), 'menshen-ingest-'));
  const objects = await openObjectStore({ kind: 'Folder', path: join(folder, 'objects') });
  const files = new Map<string, string>([
    ['archive', SECRETS.archive],
    ['directory', SECRETS.directory],
  ]);
  const versions = options.keyVersions ?? [...simulator.privateKeys().keys()];
  for (const [version, pem] of simulator.privateKeys())
    if (versions.includes(version)) files.set(`key-${version}`, pem);
  const config: IngestConfig = {
    engine: 'Simulator',
    apiUrl: simulator.url,
    archiveSecretFile: 'archive',
    directorySecretFile: 'directory',
    privateKeys: [1, 2, 3]
      .map((version) => ({ version, file: `key-${version}` }))
      .slice(0, Math.max(...versions, 1)),
    decryptWorkers: 2,
    pageLimit: 100,
    pullsPerMinute: 600,
    pollIntervalMs: 200,
    directoryRefreshMs: 3_600_000,
    media: { enabled: true, concurrency: 4, maxBytes: 64 * 1024 * 1024 },
    ...options.config,
  };
  const registry = new Registry();
  const reports: StatusReport[] = [];
  const ingest = new Ingest({
    corpId,
    config,
    instance: 'test',
    nats: test.nats,
    js: test.js,
    jsm: test.jsm,
    status: {
      put: (_key, value) => {
        reports.push(JSON.parse(String(value)) as StatusReport);
        return Promise.resolve(1);
      },
    },
    objects,
    ensureStreams: () => makeStreams(test.jsm, corpId),
    archivedPosition: () => Promise.resolve(undefined),
    archivedDirectory: () => Promise.resolve([]),
    archivedGaps: () => Promise.resolve([]),
    archivedLetters: () => Promise.resolve([]),
    readSecret: (file) => {
      const text = files.get(file);
      return text === undefined
        ? Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
        : Promise.resolve(text);
    },
    listFolder: () => Promise.resolve([]),
    watchFiles: () => ({ close: () => undefined }),
    clock: { nowMs: () => Date.now() },
    logger: silentLogger,
    registry,
    health: new Health(),
    ...options.dependencies,
    timing: {
      restMs: 20,
      quotaPauseMs: 300,
      standbyMs: 300,
      keyRefreshMs: 100,
      statusMs: 100,
      mediaRetryMs: 100,
      ...options.dependencies?.timing,
    },
  });
  await ingest.start();
  return {
    ingest,
    objects,
    registry,
    config,
    files,
    report: () => reports.at(-1),
    reasons: () => reports.map(({ reason }) => reason),
    async stop() {
      await ingest.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Polls until `check` gives something truthy; fails with what it last gave. */
export async function eventually<T>(
  check: () => Promise<T> | T,
  timeoutMs = 30_000,
): Promise<NonNullable<T>> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== null && value !== false && value !== 0)
      return value as NonNullable<T>;
    if (Date.now() > endMs) throw new Error(`still not so after ${timeoutMs} ms: ${check}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Waits until the stream holds `count` messages and dead letters. */
export async function capturedAll(test: TestNats, corpId: string, count: number): Promise<Captured> {
  return await eventually(async () => {
    const captured = await readCaptured(test, corpId).catch(() => undefined);
    return captured !== undefined && captured.messages.length + captured.dead.length >= count
      ? captured
      : undefined;
  });
}

/** Enriched events by seq, in order of publication. */
export async function readEnriched(test: TestNats, corpId: string): Promise<Map<string, CapturedMessage[]>> {
  const bySeq = new Map<string, CapturedMessage[]>();
  const tail = {
    stream: captureStream(corpId),
    subject: `wecom.${corpId}.enriched.>`,
    from: { sequence: 1 },
  };
  await readTail(test.js, tail, (message) => {
    const event = decodeCaptured(message.data);
    bySeq.set(event.stamp.seq, [...(bySeq.get(event.stamp.seq) ?? []), event]);
  });
  return bySeq;
}
