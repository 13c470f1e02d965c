// Sends files of every size through capture, with trouble in one of twenty, kills ingest with -9, and counts what became of each file.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNats } from '@menshen/engines/start-nats';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { ensureStreams } from '@menshen/jetstream/ensure-streams';
import { type Acme, foundAcme } from '@menshen/wecom-simulator/acme';
import { placeMedia } from '@menshen/wecom-simulator/place-media';
import { seededRandom } from '@menshen/wecom-simulator/seeded-random';
import { type Simulator, startSimulator } from '@menshen/wecom-simulator/simulator';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { checkFiles, type FileCheck, type SentFile } from './check-files.ts';
import type { IngestProcessConfig } from './ingest-process.ts';
import { type KilledIngest, startIngestProcess } from './killed-ingest.ts';
import { type PlannedFile, planFiles } from './plan-files.ts';
import type { MediaChaosArguments } from './read-media-arguments.ts';

export interface MediaChaosResult {
  readonly files: number;
  readonly bytes: number;
  readonly largestBytes: number;
  /** Files that made trouble. */
  readonly faulty: number;
  readonly kills: number;
  /** Stored with other bytes, hash, size or flag than what was sent. */
  readonly wrong: number;
  /** Neither stored nor named in a gap. */
  readonly missing: number;
  /** Facts told more than once. */
  readonly doubled: number;
  /** Named in a gap, as WeCom did not have them. */
  readonly gaps: number;
  /** Named in a gap although WeCom had them. */
  readonly unexpectedGaps: number;
  /** Files that went on from parts stored by a killed process or an earlier try. */
  readonly resumed: number;
  /** Ciphertext served beyond once each: what kills and faults cost. */
  readonly servedAgainBytes: number;
  /** Objects of unfinished files left at the end. */
  readonly draftsLeft: number;
  readonly protocolErrors: number;
  readonly rssMaxBytes: number;
  readonly tookMs: number;
}

type Say = (line: string) => void;

const CORP_ID = 'wwmediachaos';
const SECRETS = { archive: 'archive-secret', directory: 'directory-secret' };
const CONCURRENCY = 4;
/** Files said while the run goes on, beside the backlog: fresh ones. */
const FRESH_SHARE = 0.05;
/** The backlog reaches so far back: the oldest are in danger. */
const BACKLOG_MS = 4.75 * 24 * 3_600_000;
const POLL_MS = 250;
/** Without any progress for so long the run has failed. */
const STUCK_MS = 180_000;

export async function runMediaChaos(
  args: MediaChaosArguments,
  dataDir: string,
  say: Say,
): Promise<MediaChaosResult> {
  const began = performance.now();
  const planned = planFiles(args);
  const acme = foundAcme(args.seed);
  const simulator = await startSimulator({
    port: 0,
    corpId: CORP_ID,
    secrets: SECRETS,
    corporation: acme,
    seed: args.seed,
    clock: { nowMs: () => Date.now() },
  });
  const nats = await startNats({ dataDir: join(dataDir, 'nats') });
  const objectsDir = join(dataDir, 'objects');
  const connection = await connectNats({ url: nats.url, clientName: 'media-chaos-check' });
  const jsm = await jetstreamManager(connection);
  const first = { capture: 1, outcome: 1 };
  await ensureStreams(jsm, {
    corpId: CORP_ID,
    replicas: 1,
    maxStreamBytes: 4 * 1024 ** 3,
    firstSequence: first,
  });
  const sender = new Sender(simulator, acme, planned);
  sender.backlog(Math.ceil(planned.length * (1 - FRESH_SHARE)));
  say(`${planned.length} files, ${megabytes(sum(planned))} MB, ${args.kills} kills; log under ${dataDir}`);
  const configFile = await writeConfig(dataDir, { natsUrl: nats.url, objectsDir, simulator });
  const ingest = startIngestProcess({ configFile, logFile: join(dataDir, 'ingest.log') });
  const check = await checkFiles({
    js: jetstream(connection),
    corpId: CORP_ID,
    objectsDir,
    sent: sender.sent,
  });
  try {
    await drive({ args, sender, check, ingest, say });
    return await conclude({ planned, simulator, check, ingest, args, objectsDir, began, say });
  } finally {
    await ingest.stop();
    await check.stop();
    await connection.close();
    await nats.stop('SIGKILL');
    await simulator.close();
  }
}

/** Puts the planned files into messages, one after the other. */
class Sender {
  readonly sent = new Map<string, SentFile>();
  readonly #simulator: Simulator;
  readonly #staff: readonly string[];
  readonly #planned: readonly PlannedFile[];
  #next = 0;

  constructor(simulator: Simulator, acme: Acme, planned: readonly PlannedFile[]) {
    this.#simulator = simulator;
    this.#staff = acme.staff.map(({ userid }) => userid);
    this.#planned = planned;
  }

  /** The first `count`, in any order of size, said over the last days. */
  backlog(count: number): void {
    const now = Date.now();
    while (this.#next < count) this.#send(Math.floor(now - BACKLOG_MS * (1 - this.#next / count)));
  }

  /** Up to `count` more, said now. */
  fresh(count: number): void {
    for (let i = 0; i < count && this.#next < this.#planned.length; i++) this.#send(Date.now());
  }

  isDone(): boolean {
    return this.#next >= this.#planned.length;
  }

  #send(atMs: number): void {
    const index = this.#next++;
    const file = this.#planned[index];
    if (file === undefined) return;
    const { shelf, log } = this.#simulator;
    const body = { msgtype: 'file', file: { filename: `${index}.bin`, fileext: 'bin' } };
    const { message, hashes } = placeMedia(body, [file.medium], { shelf, number: index });
    const msgid = `${1_000_000 + index}_${atMs}`;
    const [from, to] = [
      this.#staff[index % this.#staff.length],
      this.#staff[(index + 1) % this.#staff.length],
    ];
    const head = { msgid, action: 'send', from, tolist: [to], roomid: '', msgtime: atMs };
    const source = {
      msgid,
      msgtype: 'file',
      plaintext: JSON.stringify({ ...head, ...message }),
      media: hashes,
      planted: [],
    };
    const { seq } = log.append(source, { createdAtMs: atMs });
    const { sizeBytes, expected } = file;
    this.sent.set(String(seq), { seq: String(seq), sha256: hashes['file'] ?? '', sizeBytes, expected });
  }
}

async function writeConfig(
  dataDir: string,
  of: { natsUrl: string; objectsDir: string; simulator: Simulator },
): Promise<string> {
  const folder = join(dataDir, 'config');
  await mkdir(folder, { recursive: true });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const privateKeys = await Promise.all(
    [...of.simulator.privateKeys()].map(async ([version, pem]) => ({
      version,
      file: await file(`key-${version}`, pem),
    })),
  );
  const config: IngestProcessConfig = {
    corpId: CORP_ID,
    natsUrl: of.natsUrl,
    objectsDir: of.objectsDir,
    ingest: {
      engine: 'Simulator',
      apiUrl: of.simulator.url,
      archiveSecretFile: await file('archive-secret', SECRETS.archive),
      directorySecretFile: await file('directory-secret', SECRETS.directory),
      privateKeys,
      decryptWorkers: 1,
      pageLimit: 990,
      pullsPerMinute: 600,
      pollIntervalMs: 500,
      directoryRefreshMs: 3_600_000,
      media: { enabled: true, concurrency: CONCURRENCY, maxBytes: 1024 ** 3 },
    },
  };
  return await file('ingest.json', JSON.stringify(config));
}

interface Drive {
  readonly args: MediaChaosArguments;
  readonly sender: Sender;
  readonly check: FileCheck;
  readonly ingest: KilledIngest;
  readonly say: Say;
}

/** Sends fresh files and kills, both by how far the run has come, until the last word of every file has been said. */
async function drive({ args, sender, check, ingest, say }: Drive): Promise<void> {
  const random = seededRandom(args.seed, 0x4b111);
  const killAt = Array.from(
    { length: args.kills },
    (_, kill) => ((kill + random.next()) / (args.kills + 1)) * args.files,
  );
  let progressAtMs = performance.now();
  let before = -1;
  let said = 0;
  while (check.done() < args.files || !sender.isDone()) {
    await sleep(POLL_MS);
    const done = check.done();
    const freshDue = Math.ceil((args.files * FRESH_SHARE * (done + 1)) / Math.max(1, args.files * 0.8));
    sender.fresh(Math.max(0, freshDue - (sender.sent.size - Math.ceil(args.files * (1 - FRESH_SHARE)))));
    if (done >= (killAt[0] ?? Number.POSITIVE_INFINITY)) {
      killAt.shift();
      await ingest.killAndRestart();
      say(`killed at ${done} files`);
    }
    if (done !== before) progressAtMs = performance.now();
    before = done;
    if (performance.now() - said > 10_000) {
      said = performance.now();
      say(
        `${done} of ${args.files} files, ${megabytes(check.doneBytes())} MB, ${megabytes(ingest.rssMaxBytes())} MB resident`,
      );
    }
    if (performance.now() - progressAtMs > STUCK_MS)
      return say(`nothing for ${STUCK_MS / 1000} s, giving up`);
  }
}

async function conclude(of: {
  readonly planned: readonly PlannedFile[];
  readonly simulator: Simulator;
  readonly check: FileCheck;
  readonly ingest: KilledIngest;
  readonly args: MediaChaosArguments;
  readonly objectsDir: string;
  readonly began: number;
  readonly say: Say;
}): Promise<MediaChaosResult> {
  const { planned, simulator, check, ingest, args, say } = of;
  const exitCode = await ingest.stop();
  if (exitCode !== 0) say(`ingest ended with ${exitCode}`);
  await check.stop();
  const problems = check.problems();
  for (const { kind, what } of problems.slice(0, 20)) say(`${kind}: ${what}`);
  for (const { path, problem } of simulator.protocolErrors().slice(0, 5))
    say(`protocol error: ${path}: ${problem}`);
  const count = (kind: (typeof problems)[number]['kind']): number =>
    problems.filter((problem) => problem.kind === kind).length;
  const drafts = await readdir(join(of.objectsDir, CORP_ID, 'media-drafts')).catch(() => []);
  const once = planned.reduce(
    (total, { sizeBytes, expected }) =>
      total + (expected.state === 'Stored' ? sizeBytes + 16 - (sizeBytes % 16) : 0),
    0,
  );
  return {
    files: planned.length,
    bytes: sum(planned),
    largestBytes: Math.max(...planned.map(({ sizeBytes }) => sizeBytes)),
    faulty: planned.filter(({ trouble }) => trouble !== undefined).length,
    kills: args.kills,
    wrong: count('wrong'),
    missing: planned.length - check.done(),
    doubled: count('doubled'),
    gaps: check.gaps(),
    unexpectedGaps: count('unexpected-gap'),
    resumed: ingest.resumed(),
    servedAgainBytes: simulator.served().mediaBytes - once,
    draftsLeft: drafts.length,
    protocolErrors: simulator.protocolErrors().length,
    rssMaxBytes: ingest.rssMaxBytes(),
    tookMs: Math.round(performance.now() - of.began),
  };
}

/** True when nothing that must be 0 is anything else. */
export function isMediaClean(result: MediaChaosResult): boolean {
  const { wrong, missing, doubled, unexpectedGaps, draftsLeft, protocolErrors } = result;
  return wrong + missing + doubled + unexpectedGaps + draftsLeft + protocolErrors === 0;
}

const sum = (planned: readonly PlannedFile[]): number =>
  planned.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
const megabytes = (bytes: number): number => Math.round(bytes / 1024 / 1024);
