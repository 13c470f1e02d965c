// After a run: every log, core file and other file it left, searched for every secret it had.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import type { LoggedMessage } from '@menshen/wecom-simulator/message-log';
import { coreFolders } from './core-files.ts';
import { coresSince, type Found, filesUnder, type Secrets, searchFile } from './find-secrets.ts';
import type { Company } from './start-company.ts';

export interface Searched {
  readonly logs: number;
  readonly coreFiles: number;
  readonly otherFiles: number;
}

export interface SearchRun {
  readonly dataDir: string;
  readonly company: Company;
  readonly beganAtMs: number;
}

/** Where the hostile library tries to leave something. */
const LOOT = [
  '/tmp/menshen-stub-loot',
  '/dev/shm/menshen-stub-loot',
  '/menshen-stub-loot',
  '/tmp/menshen-stub-ran',
];
/** A file's credential is a secret of a log, not of the record, where it belongs. */
const CREDENTIALS_SEARCHED = 200;

export async function removeLoot(): Promise<void> {
  for (const file of LOOT) await rm(file, { force: true });
}

export async function countLoot(): Promise<number> {
  const found = LOOT.filter((file) => existsSync(file));
  await removeLoot();
  return found.length;
}

export async function searchRun({
  dataDir,
  company,
  beganAtMs,
}: SearchRun): Promise<{ found: Found[]; searched: Searched }> {
  const secrets = company.secrets();
  const inFolder = (name: string): string => join(dataDir, name) + sep;
  const all = await filesUnder(dataDir, (path) => !path.startsWith(inFolder('secrets')));
  const logs = all.filter((path) => path.startsWith(inFolder('logs')) || path.endsWith('.log'));
  const others = all.filter((path) => !logs.includes(path));
  const folders = [
    ...coreFolders(),
    join(dataDir, 'work'),
    dataDir,
    dirname(await buildStub({ obeys: true })),
  ];
  const cores = await coresSince(folders, beganAtMs);
  const found: Found[] = [];
  for (const path of [...cores, ...others]) found.push(...(await searchFile(path, secrets)));
  const ofLogs = { ...secrets, ...fileCredentials(company.simulator.truth()) };
  for (const path of logs) found.push(...(await searchFile(path, ofLogs)));
  return { found, searched: { logs: logs.length, coreFiles: cores.length, otherFiles: others.length } };
}

function fileCredentials(truth: readonly LoggedMessage[]): Secrets {
  const ids = truth.flatMap(({ plaintext }) => /"sdkfileid":"([^"]+)"/.exec(plaintext)?.[1] ?? []);
  return Object.fromEntries(ids.slice(0, CREDENTIALS_SEARCHED).map((id, i) => [`sdkfileid ${i}`, id]));
}
