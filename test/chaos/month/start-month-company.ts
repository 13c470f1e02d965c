// The company of the month and its WeCom: an hour of talk at a time, and no more in memory than WeCom would still give out.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orderOf } from '@menshen/sdk-stub/behaviours';
import { type Acme, foundAcme } from '@menshen/wecom-simulator/acme';
import { foundAuthority, issueCertificate } from '@menshen/wecom-simulator/issue-certificates';
import { type Simulator, startSimulator } from '@menshen/wecom-simulator/simulator';
import { type PlannedFile, planFiles } from '../media/plan-files.ts';
import type { MonthTruth } from './month-truth.ts';
import { type Crash, DAY_MS, HOUR_MS, HOURS_PER_DAY } from './plan-month.ts';
import type { MonthArguments } from './read-month-arguments.ts';
import type { SteppedClock } from './stepped-clock.ts';
import { damageOf, MESSAGES_PER_FILE, writeMessageOfMonth } from './write-message-of-month.ts';

export const CORP_ID = 'wwmonth';
/** The simulated month begins here: any first of a month that is over. */
export const BEGIN_MS = Date.UTC(2026, 2, 1);
/** WeCom keeps content for five days. */
export const WINDOW_MS = 5 * DAY_MS;

/** Files as mounted into ingest. */
export interface MonthSecrets {
  readonly archive: string;
  readonly directory: string;
  readonly ca: string;
  readonly keyFolder: string;
}

export interface MonthCompany {
  readonly simulator: Simulator;
  /** What ingest is told as WeCom's address. */
  readonly apiUrl: string;
  readonly secrets: MonthSecrets;
  /** Says everything of one hour, which must be over by the clock. */
  talk(hour: number): void;
  /** Gives ingest every key that the simulator has. */
  giveKeys(): Promise<void>;
  crash(crash: Crash): void;
  /** Forgets what has left the window. */
  forget(): void;
  close(): Promise<void>;
}

const WECOM_HOST = 'qyapi.weixin.qq.com';
const SECRETS = { archive: 'archive-secret', directory: 'directory-secret' };
/** The media run is about size; here files are small. */
const LARGEST_FILE_BYTES = 64 * 1024;
const MEAN_FILE_BYTES = 6 * 1024;

export async function startMonthCompany(of: {
  readonly args: MonthArguments;
  readonly folder: string;
  readonly clock: SteppedClock;
  readonly truth: MonthTruth;
}): Promise<MonthCompany> {
  const { args, folder, clock, truth } = of;
  const acme = foundAcme(args.seed);
  // TLS is checked by the real clock.
  const validity = { fromMs: Date.now() - DAY_MS, untilMs: Date.now() + 7 * DAY_MS };
  const authority = foundAuthority('Month Authority', validity);
  const simulator = await startSimulator({
    port: 0,
    corpId: CORP_ID,
    secrets: SECRETS,
    corporation: acme,
    seed: args.seed,
    clock,
    tls: issueCertificate({ names: [WECOM_HOST], ...validity }, authority),
  });
  const keyFolder = join(folder, 'keys');
  await mkdir(keyFolder, { recursive: true });
  const write = async (path: string, text: string): Promise<string> => {
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
    return path;
  };
  const giveKeys = async (): Promise<void> => {
    for (const [version, pem] of simulator.privateKeys()) await write(join(keyFolder, `${version}.pem`), pem);
  };
  await giveKeys();
  const talker = new Talker(args, acme, { simulator, truth });
  return {
    simulator,
    apiUrl: simulator.tlsUrl ?? '',
    secrets: {
      archive: await write(join(folder, 'archive'), SECRETS.archive),
      directory: await write(join(folder, 'directory'), SECRETS.directory),
      ca: await write(join(folder, 'ca'), authority.certificatePem),
      keyFolder,
    },
    talk: (hour) => talker.talk(hour),
    giveKeys,
    crash: ({ behaviour, api }) =>
      simulator.faults.inject({ kind: 'errmsg', errmsg: orderOf(behaviour), api }),
    forget() {
      const beforeMs = clock.nowMs() - WINDOW_MS;
      simulator.log.forget(beforeMs);
      simulator.shelf.forget(8 * Math.floor(((beforeMs - BEGIN_MS) / DAY_MS) * args.perDay));
    },
    close: () => simulator.close(),
  };
}

class Talker {
  readonly #args: MonthArguments;
  readonly #acme: Acme;
  readonly #to: { readonly simulator: Simulator; readonly truth: MonthTruth };
  #files: readonly PlannedFile[] = [];
  #nextFile = 0;
  #day = -1;

  constructor(args: MonthArguments, acme: Acme, to: { simulator: Simulator; truth: MonthTruth }) {
    this.#args = args;
    this.#acme = acme;
    this.#to = to;
  }

  talk(hour: number): void {
    const first = this.#saidBy(hour - 1);
    const count = this.#saidBy(hour) - first;
    const beganMs = BEGIN_MS + (hour - 1) * HOUR_MS;
    for (let k = 0; k < count; k++) this.#say(first + k, beganMs + Math.floor((k * HOUR_MS) / count));
  }

  #saidBy(hour: number): number {
    return Math.floor((hour * this.#args.perDay) / HOURS_PER_DAY);
  }

  #say(i: number, ms: number): void {
    const { simulator, truth } = this.#to;
    const { seed } = this.#args;
    const company = { seed, acme: this.#acme, shelf: simulator.shelf };
    const damage = damageOf(i);
    const file = damage === undefined && i % MESSAGES_PER_FILE === 0 ? this.#nextOfPlan(ms) : undefined;
    const message = writeMessageOfMonth(company, { i, ms, medium: file?.medium });
    const at = { createdAtMs: ms, ...(damage === undefined ? {} : { damage }) };
    const { seq, createdAtMs } = simulator.log.append(message, at);
    truth.note(createdAtMs, message.plaintext);
    if (damage !== undefined) truth.damaged.add(seq);
    for (const [path, sha256] of Object.entries(message.media))
      truth.noteFile({
        seq,
        path,
        sha256,
        isFaulty: file?.trouble !== undefined,
        expected: file?.expected.state ?? 'Stored',
      });
  }

  /** Files are planned for a day at a time. */
  #nextOfPlan(ms: number): PlannedFile | undefined {
    const day = Math.floor((ms - BEGIN_MS) / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#nextFile = 0;
      const files = Math.ceil(this.#args.perDay / MESSAGES_PER_FILE) + 1;
      this.#files = planFiles({
        files,
        maxBytes: LARGEST_FILE_BYTES,
        totalBytes: files * MEAN_FILE_BYTES,
        seed: this.#args.seed * 1_000 + day,
      });
    }
    return this.#files[this.#nextFile++];
  }
}
