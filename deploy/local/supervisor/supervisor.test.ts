// The renderers' Deployments as real processes: what runs, what restarts, what ends, what is left behind.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Deployment, RenderedObject } from '@menshen/operator/tenants/render/manifest-types';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LocalSecret } from './local-cluster.ts';
import type { PodStatus } from './pod.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { tenantExample } from './tenant-example.testkit.ts';
import { until } from './until.testkit.ts';

const image = 'menshen:local';
const fakeRole = fileURLToPath(new URL('fake-role.testkit.ts', import.meta.url));
const namespace = 'menshen-demo';
const secret = (name: string, data: Record<string, string>): LocalSecret => ({
  name,
  namespace,
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text)])),
});
const secrets = [secret('acme-wecom', { archive: 's3cret' }), secret('acme-wecom-keys', { 'v1.pem': 'PEM' })];

let folder: string;
let supervisor: Supervisor;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-supervisor-'));
  supervisor = await createSupervisor({
    clock: { nowMs: () => Date.now() },
    cluster: {
      services: new Map([
        ['wecom-simulator.menshen-demo.svc:8080', '127.0.0.1:1'],
        ['nats.menshen-demo.svc:4222', '127.0.0.1:2'],
        ['clickhouse.menshen-demo.svc:8123', '127.0.0.1:3'],
      ]),
      images: new Map([[image, [process.execPath, fakeRole]]]),
      baseEnvironment: { PATH: process.env['PATH'] ?? '' },
      podsFolder: join(folder, 'pods'),
      volumesFolder: join(folder, 'volumes'),
      logsFolder: join(folder, 'logs'),
    },
  });
});
afterEach(async () => {
  await supervisor.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Wanted {
  readonly replicas?: number;
  readonly behaviour?: object;
  readonly graceSeconds?: number;
  readonly memoryLimit?: string;
  readonly strategy?: Deployment['spec']['strategy'];
}

/** The minimal tenant as rendered, with what a test wants to see changed. */
function manifests(wanted: Wanted = {}): RenderedObject[] {
  return renderTenant(tenantExample('minimal'), { image }).map((object) =>
    object.kind === 'Deployment' ? withWanted(object, wanted) : object,
  );
}

function withWanted(deployment: Deployment, wanted: Wanted): Deployment {
  const { spec } = deployment;
  const pod = spec.template.spec;
  const containers = pod.containers.map((container) => ({
    ...container,
    env: [...container.env, { name: 'BEHAVIOUR', value: JSON.stringify(wanted.behaviour ?? {}) }],
    startupProbe: { ...container.startupProbe, periodSeconds: 1 },
    livenessProbe: { ...container.livenessProbe, periodSeconds: 1, failureThreshold: 1 },
    readinessProbe: { ...container.readinessProbe, periodSeconds: 1, failureThreshold: 1 },
    resources: { ...container.resources, limits: { memory: wanted.memoryLimit ?? '1Gi' } },
  }));
  const podSpec = { ...pod, containers, terminationGracePeriodSeconds: wanted.graceSeconds ?? 10 };
  return {
    ...deployment,
    spec: {
      ...spec,
      replicas: wanted.replicas ?? 1,
      strategy: wanted.strategy ?? spec.strategy,
      template: { ...spec.template, spec: podSpec },
    },
  };
}

const podsNow = (): readonly PodStatus[] => supervisor.status().flatMap((deployment) => deployment.pods);
const readyPods = (count: number): Promise<readonly PodStatus[]> =>
  until(podsNow, (pods) => pods.length === count && pods.every((pod) => pod.phase === 'Ready'));
const isAlive = (pid: number | undefined): boolean => {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
};
async function ask(path: string): Promise<string> {
  const address = await until(
    () => supervisor.serviceAddress('acme-compact', 'http'),
    (found) => found !== undefined,
  );
  return await (await fetch(`http://${address}${path}`)).text();
}

describe('a Deployment', () => {
  test('runs as a process that reads its configuration and secrets where they lie here', async () => {
    expect(await supervisor.apply(manifests(), secrets)).toMatchObject({ ok: true });
    const [pod] = await readyPods(1);
    expect(isAlive(pod?.pid)).toBe(true);
    expect(JSON.parse(await ask('/config'))).toMatchObject({
      corpId: 'ww1234567890abcdef',
      nats: { url: 'nats://127.0.0.1:2' },
      ingest: { apiUrl: 'http://127.0.0.1:1' },
      objects: { path: join(folder, 'volumes', namespace, 'acme-record') },
    });
    expect(await ask('/secret')).toBe('s3cret');
    const environment = JSON.parse(await ask('/environment')) as Record<string, string>;
    expect(environment['TMPDIR']).toBe(join(folder, 'pods', pod?.name ?? '', 'tmp'));
    expect(environment['VITEST']).toBeUndefined();
    const seen = await until(podsNow, ([one]) => (one?.residentBytes ?? 0) > 0);
    expect(seen[0]?.residentBytes).toBeGreaterThan(10 * 2 ** 20);
  });

  test('has as many processes as replicas, each with ports of its own', async () => {
    await supervisor.apply(manifests({ replicas: 3 }), secrets);
    const pods = await readyPods(3);
    expect(new Set(pods.map((pod) => pod.pid)).size).toBe(3);
    await supervisor.apply(manifests({ replicas: 1 }), secrets);
    const [left] = await readyPods(1);
    for (const pod of pods) expect(isAlive(pod.pid)).toBe(pod.pid === left?.pid);
  });

  test('of zero replicas has none', async () => {
    await supervisor.apply(manifests(), secrets);
    const [pod] = await readyPods(1);
    await supervisor.apply(manifests({ replicas: 0 }), secrets);
    await readyPods(0);
    expect(isAlive(pod?.pid)).toBe(false);
  });

  test('that did not change is left alone', async () => {
    await supervisor.apply(manifests(), secrets);
    const [before] = await readyPods(1);
    await supervisor.apply(manifests(), secrets);
    expect((await readyPods(1))[0]?.pid).toBe(before?.pid);
  });

  test('that changed is replaced; with Recreate the old process has ended before the new one starts', async () => {
    await supervisor.apply(manifests(), secrets);
    const [before] = await readyPods(1);
    await supervisor.apply(manifests({ behaviour: { changed: true } }), secrets);
    const [after] = await until(podsNow, ([pod]) => pod?.phase === 'Ready' && pod.pid !== before?.pid);
    const ended = lastTime(await readFile(join(folder, 'logs', `${before?.name}.log`), 'utf8'));
    const started = firstTime(await readFile(join(folder, 'logs', `${after?.name}.log`), 'utf8'));
    expect(started >= ended).toBe(true);
  });

  test('that rolls over has a ready process all the time', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } as const;
    await supervisor.apply(manifests({ strategy }), secrets);
    const [before] = await readyPods(1);
    await supervisor.apply(manifests({ strategy, behaviour: { changed: true } }), secrets);
    await until(podsNow, (pods) => {
      expect(pods.some((pod) => pod.phase === 'Ready')).toBe(true);
      return pods.length === 1 && pods[0]?.pid !== before?.pid;
    });
  });

  test('that is gone from the manifests ends', async () => {
    await supervisor.apply(manifests(), secrets);
    const [pod] = await readyPods(1);
    await supervisor.apply([], secrets);
    expect(supervisor.status()).toEqual([]);
    expect(isAlive(pod?.pid)).toBe(false);
  });
});

const lastTime = (log: string): string => log.trim().split('\n').at(-1)?.split(' ')[0] ?? '';
const firstTime = (log: string): string => log.split(' ')[0] ?? '';

describe('a process', () => {
  test('that crashes is started again, and says what it said last', async () => {
    await supervisor.apply(manifests({ behaviour: { crash: 3 } }), secrets);
    const [pod] = await until(podsNow, ([one]) => (one?.restarts ?? 0) >= 2);
    expect(pod?.lastExit?.reason).toBe('exit code 3');
    expect(pod?.lastExit?.lastLines).toContain('cannot open the vault');
  });

  test('that is killed is started again', async () => {
    await supervisor.apply(manifests(), secrets);
    const [before] = await readyPods(1);
    process.kill(before?.pid ?? 0, 'SIGKILL');
    const [after] = await until(podsNow, ([pod]) => pod?.phase === 'Ready' && pod.restarts === 1);
    expect(after?.pid).not.toBe(before?.pid);
    expect(after?.lastExit?.reason).toBe('SIGKILL');
  });

  test('that does not end on SIGTERM is killed after the grace period', async () => {
    await supervisor.apply(manifests({ behaviour: { ignoreSigterm: true }, graceSeconds: 1 }), secrets);
    const [pod] = await readyPods(1);
    await supervisor.apply([], secrets);
    expect(isAlive(pod?.pid)).toBe(false);
    expect(await readFile(join(folder, 'logs', `${pod?.name}.log`), 'utf8')).toMatch(
      /draining[\s\S]*ended: SIGKILL/,
    );
  });

  test('over its memory limit is killed and started again', async () => {
    await supervisor.apply(
      manifests({ behaviour: { eatBytes: 300 * 2 ** 20 }, memoryLimit: '256Mi' }),
      secrets,
    );
    // On a busy machine it may end for another reason first.
    const [pod] = await until(podsNow, ([one]) => one?.lastExit?.reason === 'OOMKilled');
    expect(pod?.restarts).toBeGreaterThanOrEqual(1);
  });

  test('that is not ready says why and is not restarted', async () => {
    await supervisor.apply(manifests({ behaviour: { ready: 503 } }), secrets);
    const [pod] = await until(podsNow, ([one]) => one?.phase === 'NotReady' && one.problem !== undefined);
    expect(pod).toMatchObject({ problem: '503: out of sorts', restarts: 0 });
    expect(supervisor.serviceAddress('acme-compact', 'http')).toBeUndefined();
  });

  test('that is not alive is restarted', async () => {
    await supervisor.apply(manifests({ behaviour: { live: 500 } }), secrets);
    const [pod] = await until(podsNow, ([one]) => (one?.restarts ?? 0) >= 1);
    expect(pod?.lastExit?.reason).toBe('not alive: 500: out of sorts');
  });
});

describe('secrets', () => {
  test('lie in files that only their owner can read, and go with the process', async () => {
    await supervisor.apply(manifests(), secrets);
    const [pod] = await readyPods(1);
    const place = join(folder, 'pods', pod?.name ?? '', 'config', 'secrets');
    expect((await stat(join(place, 'archive-secret'))).mode & 0o777).toBe(0o600);
    expect((await stat(place)).mode & 0o777).toBe(0o700);
    await supervisor.stop();
    expect(await readdir(join(folder, 'pods'))).toEqual([]);
  });

  test('that are missing are named, and the process starts once they are there', async () => {
    await supervisor.apply(manifests(), secrets.slice(0, 1));
    const problem = (): string | undefined => supervisor.status()[0]?.problem;
    expect(await until(problem, (found) => found !== undefined)).toMatch(
      /Secret menshen-demo\/acme-wecom-keys does not exist/,
    );
    await supervisor.apply(manifests(), [...secrets.slice(0, 1), secret('acme-wecom-keys', { other: 'x' })]);
    await until(problem, (found) => found?.includes('has no key v1.pem') === true);
    await supervisor.apply(manifests(), secrets);
    await readyPods(1);
    expect(problem()).toBeUndefined();
  });
});

test('a field that is not understood changes nothing and is named', async () => {
  await supervisor.apply(manifests(), secrets);
  const [before] = await readyPods(1);
  const strange = manifests({ behaviour: { changed: true } }).map((object) =>
    object.kind === 'Deployment' ? { ...object, spec: { ...object.spec, paused: true } } : object,
  );
  expect(await supervisor.apply(strange as RenderedObject[], secrets)).toEqual({
    ok: false,
    unsupported: [
      { object: 'Deployment acme-compact', field: 'spec.paused', message: 'is not understood by local mode' },
    ],
  });
  expect(podsNow()[0]?.pid).toBe(before?.pid);
});

test('an image that is not known here is named', async () => {
  const other = renderTenant(tenantExample('minimal'), { image: 'nginx:latest' });
  await supervisor.apply(other, secrets);
  const problem = await until(
    () => supervisor.status()[0]?.problem,
    (found) => found !== undefined,
  );
  expect(problem).toMatch(/image nginx:latest is not known on this machine/);
});
