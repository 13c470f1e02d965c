// The outside of a run: a simulated company that goes on talking, its WeCom with faults in front, and the secrets that nobody may find.
import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { foundAcme } from '@menshen/wecom-simulator/acme';
import { createGenerator } from '@menshen/wecom-simulator/generate-conversations';
import { foundAuthority, issueCertificate } from '@menshen/wecom-simulator/issue-certificates';
import { seededRandom } from '@menshen/wecom-simulator/seeded-random';
import { type Simulator, startSimulator } from '@menshen/wecom-simulator/simulator';
import type { Secrets } from './find-secrets.ts';
import { type HostileWeCom, startHostileWeCom } from './hostile-wecom.ts';

export const CORP_ID = 'wwsdkfaults';
export const PAGE_LIMIT = 5;
/** Messages that wait at WeCom while faults last. */
const BACKLOG = 40;
const WECOM_HOST = 'qyapi.weixin.qq.com';
const DAY_MS = 24 * 3_600_000;

/** Files as mounted into ingest. */
export interface SecretFiles {
  readonly archive: string;
  readonly directory: string;
  readonly key: string;
  readonly ca: string;
}

export interface Company {
  readonly simulator: Simulator;
  readonly wecom: HostileWeCom;
  readonly files: SecretFiles;
  /** By name; access tokens come while the run lasts. */
  secrets(): Secrets;
  /** Connections to the port that nobody may call. */
  calledOut(): number;
  close(): Promise<void>;
}

export async function startCompany(
  args: { readonly faults: number; readonly seed: number },
  folder: string,
): Promise<Company> {
  const secrets = { archive: makeSecret(), directory: makeSecret() };
  const acme = foundAcme(args.seed);
  const clock = { nowMs: () => Date.now() };
  const simulator = await startSimulator({
    port: 0,
    corpId: CORP_ID,
    secrets,
    corporation: acme,
    seed: args.seed,
    clock,
    pullsPerMinute: Number.MAX_SAFE_INTEGER,
  });
  const generate = createGenerator({ seed: args.seed, acme, shelf: simulator.shelf, timeOf: clock.nowMs });
  const talk = (count: number): void => {
    for (let i = 0; i < count; i++)
      simulator.log.append(generate(simulator.log.size()), { createdAtMs: clock.nowMs() });
  };
  talk(BACKLOG);
  const forbidden = await listenInVain();
  const validity = { fromMs: Date.now() - DAY_MS, untilMs: Date.now() + DAY_MS };
  const authority = foundAuthority('Chaos Authority', validity);
  const tokens = new Set<string>();
  const wecom = await startHostileWeCom({
    certificate: issueCertificate({ names: [WECOM_HOST], ...validity }, authority),
    simulatorUrl: simulator.url,
    random: seededRandom(args.seed, 0x5dfa17),
    faults: args.faults,
    forbiddenPort: forbidden.port,
    onPage: () => {
      if (wecom.total() < args.faults) talk(PAGE_LIMIT);
    },
    onToken: (token) => tokens.add(token),
  });
  const privatePem = simulator.privateKeys().get(1) ?? '';
  const texts = { ...secrets, key: privatePem, ca: authority.certificatePem };
  return {
    simulator,
    wecom,
    files: await writeFiles(folder, texts),
    secrets: () => ({
      'archive secret': secrets.archive,
      'directory secret': secrets.directory,
      'private key': privatePem.split('\n')[2] ?? '',
      ...Object.fromEntries([...tokens].map((token) => [`access token ${nameOf(token)}`, token])),
    }),
    calledOut: forbidden.count,
    async close() {
      await wecom.close();
      await simulator.close();
      forbidden.close();
    },
  };
}

/** As long as WeCom's, and nothing that stands anywhere by chance. */
const makeSecret = (): string => randomBytes(33).toString('base64url').slice(0, 43);
const nameOf = (secret: string): string => createHash('sha256').update(secret).digest('hex').slice(0, 8);

async function writeFiles(
  folder: string,
  texts: Readonly<Record<keyof SecretFiles, string>>,
): Promise<SecretFiles> {
  const write = async (name: keyof SecretFiles): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, texts[name], { mode: 0o600 });
    return path;
  };
  return {
    archive: await write('archive'),
    directory: await write('directory'),
    key: await write('key'),
    ca: await write('ca'),
  };
}

async function listenInVain(): Promise<{ port: number; count: () => number; close: () => void }> {
  let count = 0;
  const server = createServer((socket) => {
    count++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, count: () => count, close: () => void server.close() };
}
