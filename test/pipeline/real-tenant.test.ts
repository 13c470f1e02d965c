// `npm run demo -- --tenant FILE` as a company runs it with its own corporation: engine FinanceSDK, TLS all the way, nothing of the simulator's in the demo.
// WeCom is played by the simulator behind its certificate, Tencent's library by our stub of the same interface. Runs the compiled services.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openClickHouse } from '@menshen/clickhouse/client';
import { installSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const demo = join(repository, 'deploy/local/dist/demo.js');
const MESSAGES = 120;

let folder: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  if (!existsSync(demo)) throw new Error('the demo is not compiled: run `npm run build` first');
  await installSdkHost();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-real-tenant-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface WeCom {
  readonly tlsUrl: string;
  readonly caFile: string;
  readonly corpId: string;
  readonly secret: string;
  readonly directorySecret: string;
  readonly privateKeyFiles: Readonly<Record<string, string>>;
}

/** Resolves with what the first matching line says; rejects when the program ends before. */
function lineOf(child: ChildProcess, stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const input = child[stream];
    if (input === null) return reject(new Error('no such stream'));
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      const found = pattern.exec(line);
      if (found !== null) resolve(found);
    });
    child.once('close', (code) =>
      reject(new Error(`ended with ${code} before: ${lines.slice(-20).join('\n')}`)),
    );
  });
}

async function playWeCom(): Promise<WeCom> {
  const entry = join(repository, 'test/wecom-simulator/main.ts');
  const args = [
    '--conditions=source',
    entry,
    '--port=0',
    '--tls',
    `--messages=${MESSAGES}`,
    '--seed=5',
    `--state=${folder}/wecom`,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = await lineOf(child, 'stdout', /^\{.*\}$/);
  return JSON.parse(line) as WeCom;
}

/** The file that the README shows, with the addresses of this test. */
async function writeTenant(wecom: WeCom, libraryPath: string): Promise<string> {
  const keys = Object.entries(wecom.privateKeyFiles);
  const pems = await Promise.all(
    keys.map(async ([version, file]) => [`v${version}.pem`, await readFile(file, 'utf8')]),
  );
  const apiVersion = 'menshen.dev/v1alpha1';
  const tenant = {
    apiVersion,
    kind: 'WeComTenant',
    metadata: { name: 'mine' },
    spec: {
      corpId: wecom.corpId,
      archive: {
        secretRef: { name: 'wecom', key: 'archive' },
        privateKeys: keys.map(([version]) => ({
          version: Number(version),
          secretRef: { name: 'wecom', key: `v${version}.pem` },
        })),
      },
      directory: { secretRef: { name: 'wecom', key: 'contacts' } },
      source: {
        apiUrl: wecom.tlsUrl,
        sdk: { libraryPath },
        trust: { caSecretRef: { name: 'wecom', key: 'ca.pem' } },
      },
    },
  };
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'wecom' },
    stringData: {
      archive: wecom.secret,
      contacts: wecom.directorySecret,
      'ca.pem': await readFile(wecom.caFile, 'utf8'),
      ...Object.fromEntries(pems),
    },
  };
  const file = join(folder, 'tenant.yaml');
  await writeFile(file, `${stringify(tenant)}---\n${stringify(secret)}`);
  return file;
}

function startDemo(file: string): ChildProcess {
  const args = [demo, '--tenant', file, '--data', join(folder, 'data')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  return child;
}

test('a corporation is captured through the Finance SDK, archived and judged', async () => {
  const wecom = await playWeCom();
  const child = startDemo(await writeTenant(wecom, await buildStub()));
  const ask = await lineOf(
    child,
    'stderr',
    /MENSHEN_CLICKHOUSE_URL=(\S+) MENSHEN_CLICKHOUSE_USER=(\S+) MENSHEN_CLICKHOUSE_PASSWORD=(\S+)/,
  );
  const [, url = '', username = '', password = ''] = ask;
  const clickhouse = openClickHouse({ url, username, password, database: `wecom_${wecom.corpId}` });
  await expect
    .poll(
      async () => {
        const [row] = await clickhouse.query<{
          captured: string;
          judged: string;
          doubled: string;
          engine: string;
        }>(
          'SELECT (SELECT count() FROM messages) AS captured, (SELECT uniqExact(seq) FROM judgements) AS judged, (SELECT count() - uniqExact(seq) FROM messages) AS doubled, (SELECT any(engine) FROM pages) AS engine',
        );
        return row;
      },
      { timeout: 90_000, interval: 500 },
    )
    .toEqual({ captured: String(MESSAGES), judged: String(MESSAGES), doubled: '0', engine: 'FinanceSDK' });
  await clickhouse.close();
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  expect(await ended).toBe(0);
});

test('a library that is not there is told with what to do about it', async () => {
  const wecom = await playWeCom();
  const child = startDemo(await writeTenant(wecom, join(folder, 'nothing.so')));
  const [line] = await lineOf(child, 'stderr', /nothing\.so.*/);
  expect(line).toMatch(/download|Tencent|developer/i);
});
