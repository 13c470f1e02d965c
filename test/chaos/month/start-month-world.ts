// The real engines around the month: nats-server, ClickHouse, an archiver, and what the run has to ask them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningArchiver, startArchiver } from '@menshen/archiver/archiver.testkit';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { databaseOf, ensureSchema } from '@menshen/clickhouse/ensure-schema';
import type { GapCause } from '@menshen/contracts/coverage-gap';
import { decodeManifest } from '@menshen/contracts/page-manifest';
import { captureStream } from '@menshen/contracts/subjects';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { startNats } from '@menshen/engines/start-nats';
import { readLastManifest } from '@menshen/jetstream/commit-page';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { makeStreams } from '@menshen/jetstream/jetstream.testkit';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { CORP_ID } from './start-month-company.ts';

export interface MonthWorld {
  readonly natsUrl: string;
  readonly clickhouseUrl: string;
  readonly objectsDir: string;
  readonly maxStreamBytes: number;
  readonly clickhouse: ClickHouse;
  readonly objects: ObjectStore;
  /** Number of the newest message that capture has passed, and the time of its newest page; 0 before the first page. */
  captured(): Promise<{ readonly cursor: number; readonly pageAtMs: number }>;
  /** Events of the stream that are still to be archived, or messages whose files are not settled. */
  waitingFor(consumer: 'archiver' | 'media'): Promise<number>;
  /** Dead letters without their key, as the archive knows it. */
  waitingForKey(isDamaged: (seq: number) => boolean): Promise<number>;
  /** The archive says that this goes on. */
  isOpen(cause: GapCause): Promise<boolean>;
  /** Takes what is archived out of the stream. */
  purge(): Promise<void>;
  close(): Promise<void>;
}

const MAX_STREAM_BYTES = 4 * 1024 ** 3;
const SEGMENT_BYTES = 8 * 1024 ** 2;
/** So many rows are looked at one by one. */
const FEW = 10_000;

/** The tables of the month's corporation, on a server that runs. */
export function openArchiveOfMonth(url: string): ClickHouse {
  return openClickHouse({ url, ...LOCAL_CLICKHOUSE_USER, database: databaseOf(CORP_ID) });
}

export async function startMonthWorld(dataDir: string): Promise<MonthWorld> {
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(dataDir, name), { recursive: true });
    return join(dataDir, name);
  };
  const objectsDir = await folder('objects');
  const [server, engine] = await Promise.all([
    startNats({ dataDir: await folder('nats') }),
    startClickHouse({ dataDir: await folder('clickhouse') }),
  ]);
  const nats = await connectNats({ url: server.url, clientName: 'month' });
  const jsm = await jetstreamManager(nats);
  const js = jetstream(nats, { timeout: 10_000 });
  await makeStreams(jsm, CORP_ID, { maxStreamBytes: MAX_STREAM_BYTES });
  const clickhouse = openArchiveOfMonth(engine.url);
  await ensureSchema(clickhouse, 'single');
  const objects = await openObjectStore({ kind: 'Folder', path: objectsDir });
  // How the archiver's own tests start it: it asks for their whole nats.
  const test = { server, nats, js, jsm, killAndRestart: unused, close: unused };
  const archiver: RunningArchiver = await startArchiver({
    nats: test,
    corpId: CORP_ID,
    clickhouse,
    objects,
    segmentBytes: SEGMENT_BYTES,
  });
  const count = async (from: string, params = {}): Promise<number> => {
    const [row] = await clickhouse.query<{ n: string }>(`SELECT count() AS n FROM ${from}`, params);
    return Number(row?.n ?? 0);
  };
  return {
    natsUrl: server.url,
    clickhouseUrl: engine.url,
    objectsDir,
    maxStreamBytes: MAX_STREAM_BYTES,
    clickhouse,
    objects,
    async captured() {
      const last = await readLastManifest(jsm, CORP_ID);
      if (last === undefined) return { cursor: 0, pageAtMs: 0 };
      const { cursor, pulledAtMs } = decodeManifest(last.payload);
      return { cursor: Number(cursor), pageAtMs: pulledAtMs };
    },
    async waitingFor(consumer) {
      const info = await jsm.consumers.info(captureStream(CORP_ID), consumer);
      return info.num_pending + info.num_ack_pending;
    },
    waitingForKey: async (isDamaged) => {
      // With its key one may still turn out to be damaged: a dead letter once more for another reason; or, where it is its key that is damaged,
      // the same as before, because another key might open it.
      const waiting = `dead_letters WHERE reason = 'unknown-key-version' AND seq NOT IN (SELECT seq FROM messages)
AND seq NOT IN (SELECT seq FROM dead_letters WHERE reason != 'unknown-key-version')`;
      const many = await count(waiting);
      if (many > FEW) return many;
      const rows = await clickhouse.query<{ seq: string }>(`SELECT DISTINCT seq FROM ${waiting}`);
      return rows.filter(({ seq }) => !isDamaged(Number(seq))).length;
    },
    isOpen: async (cause) =>
      (await count("current_gaps WHERE cause = {cause: String} AND state = 'Open'", { cause })) > 0,
    purge: () => archiver.archiver.purge(),
    async close() {
      await archiver.stop();
      await clickhouse.close();
      await nats.close();
      await Promise.all([server.stop('SIGKILL'), engine.stop('SIGKILL')]);
    },
  };
}

const unused = (): Promise<void> => Promise.reject(new Error('the month does not use it'));
