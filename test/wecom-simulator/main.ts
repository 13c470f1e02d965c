// `npm run simulator`: WeCom on loopback as a program of its own.
import { createPublicKey } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { foundAcme } from './acme.ts';
import { truthLine } from './control-endpoints.ts';
import { createGenerator } from './generate-conversations.ts';
import { type Certificate, foundAuthority, issueCertificate } from './issue-certificates.ts';
import { makeVectors } from './make-vectors.ts';
import { readArguments, type SimulatorArguments, USAGE } from './read-arguments.ts';
import { createCallbackSender } from './send-callback.ts';
import { makeKey, type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';

const clock = { nowMs: (): number => Date.now() };
const SECRETS = { archive: 'simulated-archive-secret', directory: 'simulated-directory-secret' };
/** Without a rate the story lies in the past, and within the five days that can be pulled. */
const PAST_MS = 4 * 24 * 3_600_000;
const WECOM_HOST = 'qyapi.weixin.qq.com';
const ANNOUNCE_EVERY_MS = 1000;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const parsed = readArguments(argv);
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${USAGE}`);
    return 2;
  }
  const { vectors, seed } = parsed.value;
  if (vectors === undefined) await serve(parsed.value);
  else for (const vector of makeVectors(vectors, seed)) await print(JSON.stringify(vector));
  return 0;
}

/** Resolves when the line is out: the process must not end before. */
const print = (line: string): Promise<void> =>
  new Promise((resolve) => process.stdout.write(`${line}\n`, () => resolve()));

async function serve(args: SimulatorArguments): Promise<void> {
  const stateDir = args.stateDir ?? mkdtempSync(join(tmpdir(), 'wecom-simulator-'));
  if (args.stateDir === undefined) removeAtExit(stateDir);
  mkdirSync(stateDir, { recursive: true });
  const keys = loadKeys(stateDir);
  const acme = foundAcme(args.seed);
  const tls = args.tls ? makeTls(stateDir) : undefined;
  const simulator = await startSimulator({
    port: args.port,
    corpId: args.corpId,
    secrets: SECRETS,
    corporation: acme,
    seed: args.seed,
    clock,
    keys,
    ...(tls === undefined ? {} : { tls: tls.certificate }),
    ...(args.allowedAddresses === undefined ? {} : { allowedAddresses: args.allowedAddresses }),
  });
  const truthFile = tellStory(simulator, { args, acme, stateDir });
  if (args.preEncrypt) simulator.log.sealAll();
  const stopAnnouncing = announceTo(args, simulator);
  const privateKeyFiles = Object.fromEntries(
    keys.map(({ version }) => [version, keyFile(stateDir, version)]),
  );
  const line = {
    url: simulator.url,
    corpId: args.corpId,
    secret: SECRETS.archive,
    directorySecret: SECRETS.directory,
    privateKeyFiles,
    truthFile,
    messages: args.messages,
    ...(tls === undefined ? {} : { tlsUrl: simulator.tlsUrl, caFile: tls.caFile }),
  };
  console.log(JSON.stringify(line));
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  stopAnnouncing();
  await simulator.close();
}

const DAY_MS = 24 * 3_600_000;

/** A certificate for WeCom's name, and the file of the authority that a client must be told to trust. Made anew at every start. */
function makeTls(stateDir: string): { certificate: Certificate; caFile: string } {
  const valid = { fromMs: clock.nowMs() - DAY_MS, untilMs: clock.nowMs() + 365 * DAY_MS };
  const authority = foundAuthority('WeCom simulator', valid);
  const caFile = join(stateDir, 'authority.pem');
  writeFileSync(caFile, authority.certificatePem);
  return { certificate: issueCertificate({ names: [WECOM_HOST], ...valid }, authority), caFile };
}

/** Without --state nobody knows the folder, so nobody else would remove it. */
function removeAtExit(folder: string): void {
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
}

/** Appends the whole story and writes its truth; with a rate, message i exists from start + i ÷ rate on. */
function tellStory(
  simulator: Simulator,
  of: {
    args: SimulatorArguments;
    acme: SimulatorOptions['corporation'] & ReturnType<typeof foundAcme>;
    stateDir: string;
  },
): string {
  const { args } = of;
  const start = startOfStory(of.stateDir);
  const step =
    args.rate === undefined ? Math.min(1000, PAST_MS / Math.max(1, args.messages)) : 1000 / args.rate;
  const first = args.rate === undefined ? start - step * args.messages : start;
  const timeOf = (i: number): number => Math.floor(first + i * step);
  const generate = createGenerator({ seed: args.seed, acme: of.acme, shelf: simulator.shelf, timeOf });
  const truthFile = join(of.stateDir, 'truth.ndjson');
  const file = openSync(truthFile, 'w');
  for (let i = 0; i < args.messages; i++) {
    // The second key comes into force in the middle of the story, as keys do.
    if (i === args.messages >> 1) simulator.useKey(2);
    writeSync(file, truthLine(simulator.log.append(generate(i), { createdAtMs: timeOf(i) })));
  }
  closeSync(file);
  return truthFile;
}

/** The moment the story was first told: a restart with the same state tells the same story. */
function startOfStory(stateDir: string): number {
  const file = join(stateDir, 'started');
  if (!existsSync(file)) writeFileSync(file, String(clock.nowMs()));
  return Number(readFileSync(file, 'utf8'));
}

const keyFile = (stateDir: string, version: number): string => join(stateDir, `v${version}.pem`);

function loadKeys(
  stateDir: string,
): { version: number; publicKey: ReturnType<typeof createPublicKey>; privatePem: string }[] {
  const known = readdirSync(stateDir).flatMap((name) => /^v(\d+)\.pem$/.exec(name)?.[1] ?? []);
  const versions = known.length > 0 ? known.map(Number).sort((a, b) => a - b) : [1, 2];
  return versions.map((version) => {
    const file = keyFile(stateDir, version);
    if (!existsSync(file)) writeFileSync(file, makeKey(version).privatePem, { mode: 0o600 });
    const privatePem = readFileSync(file, 'utf8');
    return { version, privatePem, publicKey: createPublicKey(privatePem) };
  });
}

/** Announces new messages as they are released, once the receiver has shown that it holds the key, as the admin console asks it to. */
function announceTo(args: SimulatorArguments, simulator: Simulator): () => void {
  if (args.callback === undefined) return () => undefined;
  const { url } = args.callback;
  const sender = createCallbackSender({ ...args.callback, corpId: args.corpId, clock });
  let isVerified = false;
  let hasComplained = false;
  let announced = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const step = async (): Promise<void> => {
    if (!isVerified) {
      isVerified = await sender.verify();
      if (!isVerified && !hasComplained)
        console.error(`the callback ${url} did not echo what it was sent; asking again every second`);
      hasComplained ||= !isVerified;
    }
    const released = simulator.log.released(clock.nowMs());
    if (isVerified && released > announced && (await sender.announce()) === 'sent') announced = released;
  };
  const again = (): void => {
    void step().finally(() => {
      if (!stopped) timer = setTimeout(again, ANNOUNCE_EVERY_MS);
    });
  };
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

process.exitCode = await main(process.argv.slice(2));
process.exit();
