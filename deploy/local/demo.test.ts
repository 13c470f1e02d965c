// The demo as a newcomer runs it, on real engines: to the end, on a file of one's own, and while policies are edited.
// Runs the compiled services; `npm test` compiles them first.
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { countRun } from './results/count-run.ts';
import { readFindings } from './results/read-findings.ts';
import type { AppliedEvent } from './run/apply-manifests.ts';
import { adviceOf } from './run/follow-status.ts';
import { appendPlainMessages } from './run/simulator-truth.ts';
import { type Local, startLocal } from './run/start-local.ts';
import type { Simulator } from './run/start-simulator.ts';
import { until } from './supervisor/until.testkit.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const demo = join(repository, 'deploy/local/dist/demo.js');

let folder: string;
beforeAll(() => {
  if (!existsSync(demo)) throw new Error('the demo is not compiled: run `npm run build` first');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-demo-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function runDemo(...args: string[]): Promise<Ended> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo, ...args]);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}
function simulatorOf({ simulator }: Local): Simulator {
  if (simulator === undefined) throw new Error('this run has no simulator');
  return simulator;
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

describe('npm run demo', () => {
  test('to the end: everything is captured, archived, judged and told, and one JSON object says so', async () => {
    const ended = await runDemo(
      '--messages',
      '600',
      '--seed',
      '11',
      '--exit',
      '--data',
      join(folder, 'data'),
    );
    const report = JSON.parse(lastLine(ended.stdout)) as Record<string, number>;
    expect(report).toMatchObject({
      generated: 600,
      captured: 600,
      archived: 600,
      judged: 600,
      missedFindings: 0,
      unexpectedFindings: 0,
      deadLettered: 0,
      lost: 0,
      doubled: 0,
      findingLatencyMs: { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) },
    });
    expect(report['expectedFindings']).toBeGreaterThan(5);
    expect(report['findings']).toBe(report['expectedFindings']);
    expect(report['complianceAlerts']).toBe(report['findings']);
    expect(ended.code).toBe(0);
    // The receiver was told of exactly those, signed, and with the text, because its channel may carry it.
    const notices = (await readFile(join(folder, 'data/alerts.ndjson'), 'utf8')).trim().split('\n');
    const told = notices.flatMap(
      (line) => (JSON.parse(line) as { findings: { findingId: string; excerpt?: string }[] }).findings,
    );
    expect(new Set(told.map((finding) => finding.findingId)).size).toBe(report['findings']);
    expect(told.some((finding) => (finding.excerpt ?? '') !== '')).toBe(true);
  });

  test('on a file: good lines are judged, bad lines are named', async () => {
    const file = join(folder, 'mine.ndjson');
    const line = (id: string, text: string): string =>
      JSON.stringify({ id, from: 'lihua', to: 'wmA', text, time: '2026-11-24T09:00:00+08:00' });
    await writeFile(
      file,
      [line('a1', '这款产品保本'), 'not json', line('a2', '本产品不保本'), line('a1', '又来')].join('\n'),
    );
    const ended = await runDemo('--from', file);
    expect(ended.stderr).toContain(`${file}:2: not JSON`);
    expect(ended.stderr).toContain(`${file}:4: the id "a1" is that of line 1`);
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('a1: High no-guaranteed-return promised-principal lihua: 这款产品【保本】');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      generated: 2,
      judged: 2,
      findings: 1,
      lost: 0,
      doubled: 0,
    });
    expect(ended.code).toBe(0);
  });

  test.each([
    [['--from', '/nowhere.ndjson'], /cannot read \/nowhere\.ndjson/],
    [['--colour'], /Unknown option '--colour'[\s\S]*usage:/],
    [['--data', repository], /is not empty/],
  ])('%j is refused with code 2', async (args, words) => {
    const ended = await runDemo(...args);
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(words);
  });
});

describe('while it runs', () => {
  let local: Local | undefined;
  let events: AppliedEvent[] = [];
  const edited = (): string => join(folder, 'edited');
  afterEach(async () => {
    await local?.stop();
    local = undefined;
    events = [];
  });

  /** The demo's tenant with one policy, and a folder of manifests to edit. */
  async function start(messages = 0): Promise<Local> {
    await mkdir(edited(), { recursive: true });
    await cp(join(repository, 'deploy/policies/off-channel.yaml'), join(edited(), 'off-channel.yaml'));
    local = await startLocal({
      repository,
      dataFolder: join(folder, 'data'),
      manifests: [join(repository, 'deploy/local/demo'), edited()],
      namespace: 'menshen-demo',
      simulatorArguments: ['--port=0', `--messages=${messages}`, `--state=${join(folder, 'simulator')}`],
      path: process.env['PATH'] ?? '',
      clock: { nowMs: () => Date.now() },
      onEvents: (happened) => events.push(...happened),
    });
    return local;
  }
  const openStore = ({ clickhouseUrl, tenant }: Local): ClickHouse =>
    openClickHouse({
      url: clickhouseUrl,
      ...LOCAL_CLICKHOUSE_USER,
      database: `wecom_${tenant.spec.corpId}`,
    });

  const policy = (term: string, more = ''): string =>
    'apiVersion: menshen.dev/v1alpha1\nkind: CompliancePolicy\nmetadata: {name: live, namespace: menshen-demo}\n' +
    `spec:\n  rules:\n    - name: r\n      any: [{keywords: {terms: [${term}]}}]\n${more}`;
  const edit = (text: string): Promise<void> => writeFile(join(edited(), 'live.yaml'), text);
  const happened = (words: RegExp): Promise<unknown> =>
    until(
      () => events.map((event) => event.text),
      (texts) => texts.some((text) => words.test(text)),
    );

  test('an edit is live for the messages that come after it; a bad one is named and changes nothing', async () => {
    const running = await start();
    const clickhouse = openStore(running);
    let sent = 0;
    /** Sends the text until somebody finds something in it, and gives the rules that did. */
    const say = async (text: string): Promise<string[]> => {
      const ids: string[] = [];
      const found = await until(
        async () => {
          ids.push(`m${++sent}`);
          const message = { id: `m${sent}`, from: 'lihua', to: ['wmA'], text, timeMs: Date.now() };
          await appendPlainMessages(simulatorOf(running), [message]);
          const all = await readFindings(clickhouse, {
            most: 1000,
            order: 'newest first',
            namespace: 'menshen-demo',
          });
          return all.filter((finding) => ids.includes(finding.msgid));
        },
        (findings) => findings.length > 0,
      );
      return [...new Set(found.map((finding) => `${finding.policy}/${finding.rule}`))];
    };

    expect(await say('加我微信')).toEqual(['off-channel/move-to-private-chat']);
    await edit(policy('月饼'));
    await happened(/live: revision 1 is in force/);
    expect(await say('月饼')).toEqual(['live/r']);

    await edit(policy('粽子', '  sevrity: High\n'));
    await happened(/live\.yaml:8: .*spec\.sevrity: is an unknown field\. Did you mean severity\?$/);
    expect(await say('月饼和粽子')).toEqual(['live/r']);

    const failing = '  tests: [{name: finds it, message: {text: 无}, expect: {rule: r}}]\n';
    await edit(policy('粽子', failing));
    await happened(/spec\.tests\[0\]: the test "finds it" fails.*revision 1 stays in force/);
    expect(await say('月饼')).toEqual(['live/r']);

    await edit(policy('粽子'));
    await happened(/live: revision 2 is in force/);
    expect(await say('粽子')).toEqual(['live/r']);
    await clickhouse.close();
  });

  const secret = (name: string, data: Readonly<Record<string, string>>): Promise<void> =>
    writeFile(
      join(edited(), 'secret.yaml'),
      stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: 'menshen-demo' },
        stringData: data,
      }),
    );
  const complaints = (running: Local): string[] =>
    running.status.reports().flatMap((report) => adviceOf(report) ?? []);

  test('a wrong secret is told in words, and capture begins once it is right', async () => {
    await mkdir(edited(), { recursive: true });
    await secret('demo-wecom', { archive: 'wrong', contacts: 'wrong' });
    const running = await start(20);
    const clickhouse = openStore(running);
    await until(
      () => complaints(running),
      (texts) => texts.some((text) => text.startsWith('RejectedByWeCom: ')),
    );
    const { secret: archive, directorySecret: contacts } = simulatorOf(running);
    await secret('demo-wecom', { archive, contacts });
    await until(
      () => countRun(clickhouse),
      ({ captured, unjudged, archived }) => captured === 20 && archived === 20 && unjudged === 0,
    );
    await clickhouse.close();
  });

  test('an unreadable key costs only its own messages, and they are judged once it is readable', async () => {
    await mkdir(edited(), { recursive: true });
    const good = { 'v1.pem': '', 'v2.pem': '' };
    // Every second half of a story is sealed with the second key.
    const running = await startWithBrokenKey(good);
    const clickhouse = openStore(running);
    await until(
      () => countRun(clickhouse),
      ({ captured, deadLettered }) => captured === 10 && deadLettered === 10,
    );
    expect(complaints(running).join()).toMatch(/KeyMalformed: .*version 2/);
    await secret('demo-wecom-keys', good);
    await until(
      () => countRun(clickhouse),
      ({ captured, archived, unjudged }) => captured === 20 && archived === 20 && unjudged === 0,
    );
    await clickhouse.close();
  });

  /** Fills `good` with the simulator's keys, which exist only once it has made them. */
  async function startWithBrokenKey(good: Record<string, string>): Promise<Local> {
    const state = join(folder, 'simulator');
    await mkdir(state);
    for (const version of [1, 2]) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
      await writeFile(join(state, `v${version}.pem`), pem);
      good[`v${version}.pem`] = pem;
    }
    await secret('demo-wecom-keys', { ...good, 'v2.pem': 'not a key' });
    return await start(20);
  }
});
