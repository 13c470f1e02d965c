// The operator as a process: what it answers on its port, how it ends, what it says about arguments it cannot use.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Condition } from '@menshen/operator/kube/conditions';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { LEASES } from '@menshen/operator/kube/lease';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { grantAsChart } from './grant-as-chart.ts';
import { installCrds } from './install-crds.ts';
import { lintMetrics, promtool } from './lint-metrics.testkit.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { CONFIG_MAPS, NAMESPACES } from './resources.ts';
import { tenantOf } from './run-menshen.testkit.ts';
import { until } from './wait-until.ts';

const MAIN = fileURLToPath(new URL('../../operator/main.ts', import.meta.url));
const NODE = ['--conditions=source', MAIN];
const plane = await openControlPlane({ users: ['operator', 'nobody'] });

describe('the operator’s command line', () => {
  it.each([
    ['--help', 0, /^usage: node main\.js/],
    ['--image=x', 2, /--kubeconfig is missing and this is no pod/],
    ['--image=x --kubeconfig=/nowhere', 2, /--kubeconfig is \/nowhere, which cannot be used: cannot read/],
    ['--port=1', 2, /--image is missing/],
  ])('%s', (args, code, says) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...NODE, ...args.split(' ')], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] },
    });
    expect(stdout + stderr).toMatch(says);
    expect(status).toBe(code);
  });
});

interface Line {
  readonly msg: string;
  readonly port?: number;
}

describe.skipIf(plane === undefined)('the operator’s process', async () => {
  if (plane === undefined) return;
  const { client } = await speakAs(plane.kubeconfigFile);
  const kubeconfig = await plane.userKubeconfig('operator');
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    await installCrds(client);
    await client.create(NAMESPACES, { metadata: { name: 'menshen-system' } });
    await grantAsChart(client, 'operator', 'menshen-system');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => plane.stop());

  const spawnOperator = async (podName: string, as = kubeconfig) => {
    const flags = [
      '--image=menshen:test',
      '--port=0',
      '--host=127.0.0.1',
      '--leader-election=true',
      '--lease-name=menshen',
      '--lease-duration=4500ms',
      '--renew-deadline=3s',
      '--retry-period=500ms',
      `--kubeconfig=${as}`,
    ];
    const child = spawn(process.execPath, [...NODE, ...flags], {
      env: { PATH: process.env['PATH'], POD_NAME: podName, POD_NAMESPACE: 'menshen-system' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines: Line[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
    const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    const says = (words: string): Line | undefined => lines.find(({ msg }) => msg.includes(words));
    const ask = async (path: string): Promise<Response> =>
      await fetch(`http://127.0.0.1:${says('has started')?.port}${path}`);
    return { child, ended, says, ask };
  };
  const start = async (podName: string) => {
    const started = await spawnOperator(podName);
    await until(`${podName} has started`, () => started.says('has started') !== undefined);
    await until(`${podName} is ready`, async () => (await started.ask('/ready')).ok);
    return started;
  };
  const holder = async (): Promise<string> => {
    const lease = await client.get<KubeObject & { spec: { holderIdentity?: string } }>(LEASES, {
      namespace: 'menshen-system',
      name: 'menshen',
    });
    return lease?.spec.holderIdentity ?? '';
  };

  it('is ready as a stand-by too, gives the Lease back on SIGTERM, and ends with 0', async () => {
    const first = await start('menshen-0');
    await until('it leads', () => first.says('this operator leads') !== undefined);
    expect(await holder()).toMatch(/^menshen-0_/);
    const second = await start('menshen-1');
    expect((await second.ask('/live')).status).toBe(200);
    expect((await second.ask('/started')).status).toBe(200);
    expect(await (await second.ask('/metrics')).text()).toContain(
      'leader_election_master_status{name="menshen"} 0',
    );
    const metrics = await (await first.ask('/metrics')).text();
    for (const name of [
      'leader_election_master_status{name="menshen"} 1',
      'controller_runtime_reconcile_total{controller="compliancepolicy",result="success"}',
      'controller_runtime_reconcile_errors_total{controller="wecomtenant"}',
      'workqueue_depth{name="compliancepolicy"',
      'workqueue_longest_running_processor_seconds{name="wecomtenant"',
      'rest_client_requests_total{method="GET",code="200"',
      'reflector_lists_total{name="wecomtenants"} 1',
      'menshen_policies{state="Refused"} 0',
      'menshen_tenant_links{state="Open"} 0',
      'process_resident_memory_bytes',
    ])
      expect(metrics).toContain(name);
    if (promtool.path !== undefined) expect(lintMetrics(metrics)).toEqual([]);
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    await until('the second leads', () => second.says('this operator leads') !== undefined);
    expect(await holder()).toMatch(/^menshen-1_/);
  });

  it('remembers a tenant, says what it cannot reach, and asks for nothing that the chart does not grant', async () => {
    const only = await start('menshen-3');
    await client.create(NAMESPACES, { metadata: { name: 'tenants' } });
    const at = { namespace: 'tenants', name: 'acme' };
    await client.create(
      TENANTS,
      tenantOf(at, { corpId: 'wwprocess000000000', natsUrl: 'nats://127.0.0.1:1' }),
    );
    const reasonOf = async (type: string): Promise<string | undefined> => {
      const found = await client.get<KubeObject & { status?: { conditions?: Condition[] } }>(TENANTS, at);
      return found?.status?.conditions?.find((condition) => condition.type === type)?.reason;
    };
    await until('it says so', async () => (await reasonOf('StreamReady')) === 'NatsUnreachable');
    const records = await client.listPage(CONFIG_MAPS, {
      namespace: 'menshen-system',
      labelSelector: 'menshen.dev/tenant-record=true',
    });
    expect(records.items).toHaveLength(1);
    expect(await (await only.ask('/metrics')).text()).not.toContain('code="403"');
    await client.delete(TENANTS, at);
  });

  it('ends on SIGTERM also while it cannot see what it needs to see, and leaves nothing behind', async () => {
    // It may ask for nothing.
    const child = await spawnOperator('menshen-4', await plane.userKubeconfig('nobody'));
    await until('it has started', () => child.says('has started') !== undefined);
    expect((await child.ask('/ready')).status).toBe(503);
    expect((await child.ask('/live')).status).toBe(200);
    child.child.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('ends with 1 when its Lease is taken away', async () => {
    const only = await start('menshen-2');
    await until('it leads', async () => (await holder()).startsWith('menshen-2_'));
    await client.patch(
      LEASES,
      { namespace: 'menshen-system', name: 'menshen' },
      {
        type: 'Merge',
        body: { spec: { holderIdentity: 'somebody-else' } },
        fieldManager: 'test',
      },
    );
    expect(await only.ended).toBe(1);
    expect(only.says('the Lease is lost')).toBeDefined();
  });
});
