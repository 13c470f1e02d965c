// How many rows a second the archiver stores: segments into a folder, rows of all tables into a real ClickHouse, from events as the stream
// gives them. Against plain JSONEachRow inserts of the very same rows, ready made, 10,000 at a time: no segment, no parsing, no search for doubles.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@clickhouse/client';
import { createArchiverMetrics } from '@menshen/archiver/archiver-metrics';
import { CaptureArchive } from '@menshen/archiver/capture/archive-capture';
import type { Follower } from '@menshen/archiver/follow-stream';
import { OutcomeArchive } from '@menshen/archiver/outcomes/archive-outcomes';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { ensureSchema } from '@menshen/clickhouse/ensure-schema';
import { countRows } from '@menshen/clickhouse/table-keys';
import { LOCAL_CLICKHOUSE_USER, startClickHouse } from '@menshen/engines/start-clickhouse';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { silentLogger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { Registry } from 'prom-client';
import { buildCapture, buildOutcomes, CORP, type EventLog } from './archive-corpus.ts';
import type { BenchResult } from './main.ts';
import { cpuSecondsOf } from './read-cpu.ts';

const MESSAGES = 120_000;
const EVENTS_PER_BATCH = 20_000;
const OUTCOMES_PER_BATCH = 80;
const ROWS_PER_PLAIN_INSERT = 10_000;

/** Prints progress to stderr. Option: number of messages. */
export async function run(args: readonly string[] = []): Promise<BenchResult> {
  const messages = Number(args[0] ?? MESSAGES);
  const folder = await mkdtemp(join(tmpdir(), 'menshen-bench-archive-'));
  const server = await startClickHouse({ dataDir: join(folder, 'clickhouse') });
  const open = (database: string): ClickHouse =>
    openClickHouse({ url: server.url, ...LOCAL_CLICKHOUSE_USER, database });
  const [ours, plain] = [open('bench_archiver'), open('bench_plain')];
  try {
    await Promise.all([ensureSchema(ours, 'single'), ensureSchema(plain, 'single')]);
    const capture = buildCapture(messages);
    const outcomes = buildOutcomes(messages);
    const before = { own: process.cpuUsage(), server: cpuSecondsOf(server.pid()) };
    const seconds = await archive({ clickhouse: ours, folder, capture, outcomes });
    const own = process.cpuUsage(before.own);
    const cpu = `${((own.user + own.system) / 1e6).toFixed(2)} s CPU here, ${(cpuSecondsOf(server.pid()) - before.server).toFixed(2)} s in ClickHouse`;
    const rows = await countSingle(ours);
    process.stderr.write(
      `archiver: ${rows} rows of ${messages} messages in ${seconds.toFixed(2)} s, ${cpu}\n`,
    );
    const reference = await insertPlainly(server.url, ours);
    process.stderr.write(`plain inserts: ${reference.rows} rows in ${reference.seconds.toFixed(2)} s\n`);
    const value = Math.round(rows / seconds);
    const peer = Math.round(reference.rows / reference.seconds);
    return {
      bench: 'archive',
      value,
      unit: 'rows/s',
      reference: { name: 'plain JSONEachRow inserts of the same rows, 10,000 at a time', value: peer },
      ratio: Number((value / peer).toFixed(2)),
      rssBytes: process.memoryUsage.rss(),
    };
  } finally {
    await Promise.all([ours.close(), plain.close()]);
    await server.stop('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

interface Work {
  readonly clickhouse: ClickHouse;
  readonly folder: string;
  readonly capture: EventLog;
  readonly outcomes: EventLog;
}

/** Both streams at once, as the archiver has them. Seconds. */
async function archive({ clickhouse, folder, capture, outcomes }: Work): Promise<number> {
  const shared = {
    corpId: CORP,
    clickhouse,
    objects: await openObjectStore({ kind: 'Folder', path: join(folder, 'objects') }),
    js: undefined as unknown as JetStreamClient,
    clock: { nowMs: () => Date.now() },
    metrics: createArchiverMetrics(new Registry()),
    logger: silentLogger,
  };
  const captureArchive = new CaptureArchive({ ...shared, follower: followNothing() });
  const outcomeArchive = new OutcomeArchive({ ...shared, follower: followNothing() });
  const start = process.hrtime.bigint();
  await Promise.all([
    inBatches(capture, EVENTS_PER_BATCH, (batch) => captureArchive.handle(batch)),
    inBatches(outcomes, OUTCOMES_PER_BATCH, (batch) => outcomeArchive.handle(batch)),
  ]);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

async function inBatches(
  events: EventLog,
  size: number,
  handle: (batch: readonly JsMsg[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < events.length; from += size) await handle(events.slice(from, from + size));
}

/** The events are in memory already; no other archiver is there. */
function followNothing(): Follower {
  let isFirst = true;
  return {
    pin: 'bench',
    takeNews: async () => isFirst,
    settleNews: () => {
      isFirst = false;
    },
    doubt: () => undefined,
    complete: async (batch) => batch.map(({ seq, subject, data }) => ({ sequence: seq, subject, data })),
    isOurs: async () => true,
    advance: () => undefined,
  };
}

/** Rows of all tables; throws when any of them is doubled: a fast wrong archive is worth nothing. */
async function countSingle(clickhouse: ClickHouse): Promise<number> {
  const counts = await countRows(clickhouse);
  const doubled = counts.filter((one) => one.doubled > 0);
  if (doubled.length > 0) throw new Error(`rows are doubled: ${JSON.stringify(doubled)}`);
  return counts.reduce((sum, { rows }) => sum + rows, 0);
}

/** The rows of the big tables, read back first, then inserted by ClickHouse's own client as its documentation shows. */
async function insertPlainly(url: string, from: ClickHouse): Promise<{ rows: number; seconds: number }> {
  const client = createClient({ url, ...LOCAL_CLICKHOUSE_USER, database: 'bench_plain' });
  let [rows, seconds] = [0, 0];
  for (const table of ['messages', 'judgements', 'verdicts']) {
    const all = await from.query<Record<string, unknown>>(`SELECT * FROM ${table}`);
    const start = process.hrtime.bigint();
    for (let at = 0; at < all.length; at += ROWS_PER_PLAIN_INSERT)
      await client.insert({
        table,
        values: all.slice(at, at + ROWS_PER_PLAIN_INSERT),
        format: 'JSONEachRow',
      });
    seconds += Number(process.hrtime.bigint() - start) / 1e9;
    rows += all.length;
  }
  await client.close();
  return { rows, seconds };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(JSON.stringify(await run(process.argv.slice(2))));
