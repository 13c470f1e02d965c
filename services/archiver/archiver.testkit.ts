// A tenant's events for the archiver's tests, and an archiver whose outside world can be made to break at any step.
import { createHash } from 'node:crypto';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { type CapturedMessage, type CaptureStamp, encodeCaptured } from '@menshen/contracts/captured-message';
import { type DeadLetter, encodeDeadLetter } from '@menshen/contracts/dead-letter';
import { contentDigest, saltedDigest } from '@menshen/contracts/digest';
import { encodeManifest, type PageManifest } from '@menshen/contracts/page-manifest';
import { deadSubject, messageSubject, partitionOf } from '@menshen/contracts/subjects';
import { commitPage } from '@menshen/jetstream/commit-page';
import { realClock, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { type PullLoop, pullBatches } from '@menshen/jetstream/pull-batches';
import type { ObjectStore } from '@menshen/objects/object-store';
import { Health } from '@menshen/telemetry/health';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import { Archiver } from './archiver.ts';
import { CAPTURE_PATTERN } from './archiver-plan.ts';

export const T0 = 1_764_000_000_000;

export interface Draft {
  readonly seq: number;
  readonly msgid?: string;
  readonly text?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly stamp?: Partial<CaptureStamp>;
}

export function makeMessage(corpId: string, draft: Draft): CapturedMessage {
  const msgid = draft.msgid ?? `m${draft.seq}`;
  const msgtype = (draft.fields?.['msgtype'] as string | undefined) ?? 'text';
  const raw = Buffer.from(
    JSON.stringify({
      msgid,
      action: 'send',
      from: 'lihua',
      tolist: ['wmAbC'],
      roomid: '',
      msgtime: T0,
      msgtype,
      text: { content: draft.text ?? `第 ${msgid} 条` },
      ...draft.fields,
    }),
  );
  const salt = createHash('sha256').update(`salt ${draft.seq}`).digest();
  const conversationId = 'direct:lihua:wmAbC';
  const stamp: CaptureStamp = {
    corpId,
    seq: String(draft.seq),
    msgid,
    msgtype,
    publickeyVer: 1,
    capturedAtMs: T0 + draft.seq,
    eventTimeMs: T0 + draft.seq,
    conversationId,
    conversationKind: 'Direct',
    partition: partitionOf(conversationId),
    direction: 'Outbound',
    sender: { id: 'lihua', kind: 'Staff', name: '李华', departments: ['Acme/Sales'] },
    recipients: { staff: 0, external: 1, robot: 0, unknown: 0, departments: [] },
    directoryVersion: 1,
    consent: 'Agreed',
    quarantined: false,
    salt: salt.toString('base64'),
    digest: saltedDigest(salt, raw),
    facts: { version: 0, media: [], pending: [] },
    ...draft.stamp,
  };
  const envelope = Buffer.from(JSON.stringify({ seq: draft.seq, msgid, publickey_ver: 1 }));
  return { stamp, raw, envelope };
}

export function makeDeadLetter(corpId: string, seq: number, raw = Buffer.from([0xff, 0xfe, 1])): DeadLetter {
  const salt = createHash('sha256').update(`salt ${seq}`).digest();
  const envelope = Buffer.from(JSON.stringify({ seq }));
  return {
    head: {
      corpId,
      seq: String(seq),
      msgid: `m${seq}`,
      publickeyVer: 1,
      reason: 'not-json',
      detail: 'the plaintext is not JSON',
      capturedAtMs: T0 + seq,
      salt: salt.toString('base64'),
      digest: saltedDigest(salt, envelope),
    },
    raw,
    envelope,
  };
}

/** Commits pages in order, as ingest does. */
export class PageWriter {
  readonly #nats: TestNats;
  readonly #corpId: string;
  #page = 0;
  #cursor = 0;
  #previous = 0;

  constructor(nats: TestNats, corpId: string) {
    this.#nats = nats;
    this.#corpId = corpId;
  }

  async commit(
    messages: readonly CapturedMessage[],
    letters: readonly DeadLetter[] = [],
    more: Partial<PageManifest> = {},
  ): Promise<void> {
    const corpId = this.#corpId;
    const seqs = [...messages.map(({ stamp }) => stamp.seq), ...letters.map(({ head }) => head.seq)];
    const fromSeq = String(this.#cursor);
    this.#cursor = Math.max(this.#cursor, ...seqs.map(Number));
    const manifest: PageManifest = {
      corpId,
      kind: seqs.length === 0 ? 'Idle' : 'Pull',
      page: String(++this.#page),
      fromSeq,
      cursor: String(this.#cursor),
      messageSeqs: messages.map(({ stamp }) => stamp.seq),
      deadSeqs: letters.map(({ head }) => head.seq),
      pulledAtMs: T0,
      previousSequence: this.#previous,
      engine: 'Simulator',
      directoryVersion: 1,
      pageDigest: contentDigest(seqs.join('\n')),
      gaps: [],
      directory: [],
      ...more,
    };
    const outcome = await commitPage(this.#nats.nats, {
      corpId,
      manifest: encodeManifest(manifest),
      previousSequence: this.#previous,
      messages: [
        ...messages.map((message) => ({
          subject: messageSubject(corpId, message.stamp.partition, message.stamp.msgtype),
          payload: encodeCaptured(message),
        })),
        ...letters.map((letter) => ({
          subject: deadSubject(corpId, letter.head.reason),
          payload: encodeDeadLetter(letter),
        })),
      ],
    });
    if (!outcome.ok) throw new Error(`cannot commit a page: ${outcome.detail}`);
    this.#previous = outcome.manifestSequence;
  }
}

export interface RunningArchiver {
  readonly archiver: Archiver;
  readonly health: Health;
  readonly registry: Registry;
  /** Ends as SIGTERM does: a batch that cannot be archived goes back to the stream. */
  stop(): Promise<void>;
}

export interface ArchiverWorld {
  readonly nats: TestNats;
  readonly corpId: string;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  readonly segmentBytes?: number;
}

export async function startArchiver(world: ArchiverWorld): Promise<RunningArchiver> {
  const { nats, corpId } = world;
  const health = new Health();
  const registry = new Registry();
  const archiver = new Archiver({
    corpId,
    config: { segmentBytes: world.segmentBytes ?? 1024 * 1024, segmentMaxAgeMs: 20, purgeAfterMs: 0 },
    layout: 'single',
    instance: 'test',
    clickhouse: world.clickhouse,
    objects: world.objects,
    js: nats.js,
    jsm: nats.jsm,
    status: { put: async () => 0 },
    clock: realClock,
    logger: silentLogger,
    registry,
    health,
  });
  await archiver.start();
  const loops: PullLoop[] = archiver
    .subscriptions()
    .map((subscription) =>
      pullBatches(nats.js, subscription, (batch) =>
        subscription.pattern === CAPTURE_PATTERN
          ? archiver.handleCapture(batch)
          : archiver.handleOutcomes(batch),
      ),
    );
  return {
    archiver,
    health,
    registry,
    async stop() {
      await Promise.all(loops.map((loop) => loop.drain()));
      await archiver.stop();
    },
  };
}

export interface Breakage {
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  /** Writes so far. */
  readonly writes: () => number;
  /** Resolves when it broke. */
  readonly broke: Promise<void>;
}

/**
 * The same stores until the n-th write (from 1): that one fails, before it happened or after (as when only its answer is lost),
 * and nothing works any more.
 */
export function breakAtWrite(
  stores: Pick<ArchiverWorld, 'clickhouse' | 'objects'>,
  at: { readonly write: number; readonly when: 'before' | 'after' },
): Breakage {
  const { clickhouse, objects } = stores;
  let writes = 0;
  let reportBroken: () => void = () => undefined;
  const broke = new Promise<void>((resolve) => (reportBroken = resolve));
  const guard = async <T>(isWrite: boolean, work: () => Promise<T>): Promise<T> => {
    if (isWrite) writes++;
    const isHere = isWrite && writes === at.write;
    if (isHere && at.when === 'after') await work();
    if (writes >= at.write) {
      reportBroken();
      throw new Error('the outside broke');
    }
    return await work();
  };
  return {
    clickhouse: {
      database: clickhouse.database,
      query: (sql, params) => guard(false, () => clickhouse.query(sql, params)),
      run: (sql, options) => guard(false, () => clickhouse.run(sql, options)),
      insert: (insert) => guard(true, () => clickhouse.insert(insert)),
      close: () => clickhouse.close(),
    },
    objects: {
      put: (key, bytes, options) => guard(true, () => objects.put(key, bytes, options)),
      putStream: (key, chunks, options) => guard(true, () => objects.putStream(key, chunks, options)),
      compose: (key, sources, options) => guard(true, () => objects.compose(key, sources, options)),
      get: (key) => guard(false, () => objects.get(key)),
      getRange: (key, from, length) => guard(false, () => objects.getRange(key, from, length)),
      head: (key) => guard(false, () => objects.head(key)),
      list: (prefix) => objects.list(prefix),
      delete: (key) => guard(true, () => objects.delete(key)),
    },
    writes: () => writes,
    broke,
  };
}

/** Waits until `check` holds; looks again and again, because what it waits for happens in other processes. */
export async function eventually(what: string, check: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 30_000;
  while (!(await check())) {
    if (Date.now() > until) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** True when the archiver's consumer of a stream has nothing left. */
export async function isArchived(nats: TestNats, stream: string): Promise<boolean> {
  const info = await nats.jsm.consumers.info(stream, 'archiver');
  return info.num_pending === 0 && info.num_ack_pending === 0;
}
