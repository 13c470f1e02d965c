// From nothing to an alert: a real node, the image, both charts as people install them, WeCom played by the simulator, a message, and away again.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findGoTool } from '@menshen/engines/find-go-tool';
import { startWebhookReceiver } from '@menshen/pipeline-tests/webhook-receiver';
import { foundAcme } from '@menshen/wecom-simulator/acme';
import { startSimulator } from '@menshen/wecom-simulator/simulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Missing } from './node/find-node-programs.ts';
import { forwardPort } from './node/forward-port.ts';
import { applyManifests } from './node/install-add-ons.ts';
import { type Cluster, openCluster } from './open-cluster.testkit.ts';
import { newTraces, processesOfNode, tracesOnMachine } from './traces.testkit.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CORP = 'ww1234567890abcdef';
const SECRETS = { archive: 'archive-secret', directory: 'directory-secret' };
const SIGNING_KEY = 'key-of-the-webhook-of-the-cluster';
const SYSTEM = ['--namespace', 'menshen-system'];
const TENANT = ['--namespace', 'compliance'];
/** A busy machine starts slowly; what fails to happen must not be taken for slow. */
const PATIENCE = 120_000;

const helm = await findGoTool('helm');
const before = process.platform === 'linux' ? tracesOnMachine() : {};
const cluster: Cluster | Missing = helm.path === undefined ? { missing: helm.why } : await openCluster();
const why = 'missing' in cluster ? ` (skipped: this machine lacks ${cluster.missing})` : '';

describe.skipIf('missing' in cluster)(`Menshen on a node${why}`, async () => {
  if ('missing' in cluster) return;
  const { kubectl, node } = cluster;
  const simulator = await startSimulator({
    port: 0,
    corpId: CORP,
    secrets: SECRETS,
    corporation: foundAcme(1),
    seed: 1,
    clock: { nowMs: () => Date.now() },
  });
  const webhook = await startWebhookReceiver(SIGNING_KEY);
  const forwarded = [await forwardPort(8080, simulator.url), await forwardPort(8081, webhook.url)];
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    for (const port of forwarded) await port.close();
    await webhook.close();
    await simulator.close();
    await cluster.stop();
  };
  afterAll(stop);

  const helmDo = async (...args: string[]): Promise<string> => {
    const { stdout } = await run(helm.path ?? 'helm', args, {
      cwd: ROOT,
      env: { ...process.env, KUBECONFIG: node.kubeconfigFile },
    });
    return stdout;
  };
  const ask = async (sql: string): Promise<string> => {
    const answer = await kubectl([
      'get',
      '--raw',
      `/api/v1/namespaces/menshen-system/pods/menshen-clickhouse-0:8123/proxy/?query=${encodeURIComponent(sql)}`,
    ]);
    return answer.trim();
  };
  let customers = 0;
  /** Each to another customer: findings of one conversation are told together. */
  const say = async (content: string): Promise<string> => {
    const message = {
      action: 'send',
      from: 'zhang001',
      tolist: [`wmCustomer${customers++}`],
      roomid: '',
      msgtype: 'text',
      text: { content },
    };
    const answer = await fetch(`${simulator.url}/_simulator/append`, {
      method: 'POST',
      body: JSON.stringify({ message }),
    });
    const [appended] = (await answer.json()) as { msgid: string }[];
    return appended?.msgid ?? '';
  };
  const isArchived = async (msgid: string): Promise<string> =>
    await ask(`SELECT count() FROM wecom_${CORP}.messages FINAL WHERE msgid = '${msgid}'`);
  const namesOf = async (kind: string, ...args: string[]): Promise<string[]> => {
    const text = await kubectl(['get', kind, ...args, '--output', 'name']);
    return text.split('\n').filter((line) => line !== '');
  };
  /** Fails with the object, the pods and their last words beside it. */
  const untilReady = async (object: string): Promise<void> => {
    try {
      await kubectl(['wait', '--for=condition=Ready', object, ...TENANT, '--timeout', '90s']);
    } catch {
      const pods = await namesOf('pods', ...TENANT);
      const seen = await Promise.all([
        kubectl(['get', object, ...TENANT, '--output', 'yaml']),
        kubectl(['get', 'pods,pvc', ...TENANT]),
        kubectl(['logs', 'deployment/menshen', ...SYSTEM, '--tail', '40']),
        ...pods.map((pod) => kubectl(['logs', pod, ...TENANT, '--tail', '20'])),
      ]);
      throw new Error(seen.join('\n'));
    }
  };

  beforeAll(async () => {
    const scene = await readFile(new URL('manifests/scene.yaml', import.meta.url), 'utf8');
    await applyManifests(node, scene);
    const secret = (name: string, data: Readonly<Record<string, string>>): string =>
      stringify({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: 'compliance' },
        stringData: data,
      });
    const secrets = [
      secret('acme-wecom', { archive: SECRETS.archive, contacts: SECRETS.directory }),
      secret('acme-wecom-keys', { 'v1.pem': simulator.privateKeys().get(1) ?? '' }),
      secret('acme-alerting', { 'webhook-signing-key': SIGNING_KEY }),
    ];
    await applyManifests(node, secrets.join('---\n'));
  });

  test('the node is Ready, and names resolve', async () => {
    console.log(
      `node Ready after ${(node.readyAfterMs / 1000).toFixed(1)} s, images and all after ${(cluster.readyAfterMs / 1000).toFixed(1)} s, image ${Math.round(cluster.imageBytes / 1e6)} MB`,
    );
    await kubectl([
      'rollout',
      'status',
      'deployment/coredns',
      '--namespace',
      'kube-system',
      '--timeout',
      '60s',
    ]);
  });

  test.each([
    ['the roles', 'services/roles/dist/main.js', '--roles'],
    ['the operator', 'operator/dist/main.js', '--image'],
    ['the command line', 'services/cli/dist/main.js', 'menshen COMMAND'],
  ])('the image runs %s', async (program, path, words) => {
    const started = performance.now();
    expect(await node.runImage(cluster.image, ['node', `/app/${path}`, '--help'])).toContain(words);
    console.log(`${program} after ${Math.round(performance.now() - started)} ms, container and all`);
  });

  test(
    'charts/menshen installs with the image: operator, NATS and ClickHouse start under the restricted standard',
    async () => {
      await kubectl(['create', 'namespace', 'menshen-system']);
      await kubectl([
        'label',
        'namespace',
        'menshen-system',
        'pod-security.kubernetes.io/enforce=restricted',
      ]);
      await helmDo(
        'install',
        'menshen',
        'charts/menshen',
        ...SYSTEM,
        '--values',
        'test/cluster/manifests/menshen-values.yaml',
        '--wait',
        '--timeout',
        '90s',
      );
      expect(await namesOf('pods', ...SYSTEM)).toHaveLength(3);
      await helmDo('test', 'menshen', ...SYSTEM, '--timeout', '60s');
    },
    PATIENCE,
  );

  test(
    'charts/wecom-tenant gives a tenant that becomes Ready',
    async () => {
      const started = performance.now();
      await helmDo(
        'install',
        'acme',
        'charts/wecom-tenant',
        ...TENANT,
        '--values',
        'test/cluster/manifests/tenant-values.yaml',
      );
      await untilReady('wecomtenant/acme');
      console.log(`tenant Ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
      await untilReady('compliancepolicy/acme-no-guaranteed-return');
    },
    PATIENCE,
  );

  test(
    'a message travels to ClickHouse, and its alert to the webhook',
    async () => {
      const harmless = await say('明天上午十点开会');
      const promise = await say('这款产品保本，稳赚不赔');
      await expect.poll(() => isArchived(promise), { timeout: 60_000, interval: 250 }).toBe('1');
      await expect.poll(() => isArchived(harmless), { timeout: 60_000, interval: 250 }).toBe('1');
      await expect.poll(() => webhook.notices().length, { timeout: 60_000, interval: 100 }).toBe(1);
      // The notifier does not wait for the archiver.
      await expect
        .poll(() => ask(`SELECT DISTINCT msgid FROM wecom_${CORP}.findings`), {
          timeout: 60_000,
          interval: 250,
        })
        .toBe(promise);
      expect(webhook.badSignatures()).toBe(0);
      expect(simulator.protocolErrors()).toEqual([]);
    },
    PATIENCE,
  );

  test(
    'a pod that is killed is replaced, and what was said meanwhile arrives',
    async () => {
      const [pod = ''] = await namesOf('pods', ...TENANT);
      await kubectl(['delete', pod, ...TENANT, '--grace-period', '0', '--force']);
      const said = await say('那款基金收益保证，锁定回报');
      await expect.poll(() => isArchived(said), { timeout: 90_000, interval: 250 }).toBe('1');
      await expect.poll(() => webhook.notices().length, { timeout: 60_000, interval: 100 }).toBe(2);
    },
    PATIENCE,
  );

  test(
    'with a Deployment per role nothing is lost or twice',
    async () => {
      const patch = JSON.stringify({ spec: { deployment: { profile: 'Scaled' } } });
      await kubectl(['patch', 'wecomtenant/acme', ...TENANT, '--type', 'merge', '--patch', patch]);
      const said = await say('保本保息，放心');
      await kubectl([
        'wait',
        '--for=jsonpath={.status.observedGeneration}=2',
        'wecomtenant/acme',
        ...TENANT,
        '--timeout',
        '60s',
      ]);
      await untilReady('wecomtenant/acme');
      expect((await namesOf('deployments', ...TENANT)).sort()).toEqual(
        ['archiver', 'ingest', 'notifier', 'scanner'].map((role) => `deployment.apps/acme-${role}`),
      );
      await expect.poll(() => isArchived(said), { timeout: 60_000, interval: 250 }).toBe('1');
      await expect.poll(() => webhook.notices().length, { timeout: 60_000, interval: 100 }).toBe(3);
      expect(await ask(`SELECT count(), uniqExact(msgid) FROM wecom_${CORP}.messages FINAL`)).toBe('4\t4');
    },
    PATIENCE,
  );

  test(
    'a tenant that is uninstalled leaves no object behind, and its namespace goes',
    async () => {
      await helmDo('uninstall', 'acme', ...TENANT, '--wait', '--timeout', '60s');
      const left = (): Promise<string[]> =>
        namesOf(
          'deployments,services,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets,pods',
          ...TENANT,
          '--selector',
          'app.kubernetes.io/part-of=menshen',
        );
      await expect.poll(left, { timeout: 90_000, interval: 500 }).toEqual([]);
      await kubectl(['delete', 'namespace', 'compliance', '--timeout', '60s']);
    },
    PATIENCE,
  );

  test(
    'the operator is uninstalled; its kinds stay',
    async () => {
      await helmDo('uninstall', 'menshen', ...SYSTEM, '--wait', '--timeout', '60s');
      await expect
        .poll(() => namesOf('deployments,statefulsets', ...SYSTEM), { timeout: 60_000, interval: 250 })
        .toEqual([]);
      expect(await namesOf('crds')).toContain(
        'customresourcedefinition.apiextensions.k8s.io/wecomtenants.menshen.dev',
      );
    },
    PATIENCE,
  );

  test('tear-down leaves the machine as it was', async () => {
    const started = performance.now();
    await stop();
    console.log(`torn down in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    expect(newTraces(before)).toEqual({});
    expect(processesOfNode()).toEqual([]);
  });
});
