// A tenant's life at a real API server: what is made of it, what its status says, and what becomes of it when people and clusters interfere.
// Pods are played; what processes report is told by the tests. operands.test.ts runs them for real.
import { readFile } from 'node:fs/promises';
import type { StatusReport } from '@menshen/contracts/status-report';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { EVENTS } from '@menshen/operator/kube/recorder';
import type { Resource } from '@menshen/operator/kube/resource';
import {
  CHILD_RESOURCES,
  OPTIONAL_RESOURCES,
  SECRETS,
  TENANTS,
} from '@menshen/operator/tenants/child-resources';
import { healthy } from '@menshen/operator/tenants/healthy-reports.testkit';
import { PAUSED, RECONCILE_AT } from '@menshen/operator/tenants/read-annotations';
import type { LiveDeployment } from '@menshen/operator/tenants/rolling-tenants';
import type { StepResult } from '@menshen/operator/tenants/step';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { installCrd, installCrds } from './install-crds.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { HTTP_ROUTE_CRD, SCALED_OBJECT_CRD } from './optional-kinds.testkit.ts';
import { type Kubelet, playKubelet } from './play-kubelet.testkit.ts';
import { NAMESPACES } from './resources.ts';
import {
  runTenantOperator,
  type TenantOperator,
  type TenantOperatorOptions,
} from './tenant-operator.testkit.ts';
import { until } from './wait-until.ts';

const plane = await openControlPlane({
  withControllerManager: true,
  // Deployments and their pods are played here.
  controllerManagerArguments: ['--controllers=*,-deployment-controller,-replicaset-controller'],
});
const MINIMAL = new URL('../../crds/examples/wecomtenant-minimal.yaml', import.meta.url);
const { Deployment, ConfigMap, Service, NetworkPolicy, Ingress } = CHILD_RESOURCES;

describe.skipIf(plane === undefined)('a tenant', { timeout: 120_000 }, async () => {
  if (plane === undefined) return;
  const { client, transport, clock } = await speakAs(plane.kubeconfigFile);
  const minimal = parse(await readFile(MINIMAL, 'utf8')) as TenantObject;
  const reports = new Map<string, readonly StatusReport[]>();
  let kubelet: Kubelet;
  let operator: TenantOperator | undefined;
  let count = 0;

  beforeAll(async () => {
    await installCrds(client);
    kubelet = playKubelet(client);
  });
  afterAll(async () => {
    await kubelet.stop();
    await plane.stop();
  });
  afterEach(async () => {
    await operator?.stop();
    operator = undefined;
    kubelet.likes = () => true;
    reports.clear();
    // One test's tenants must not take the turn of another's.
    for (const { metadata } of (await client.listPage(TENANTS)).items) await client.delete(TENANTS, metadata);
    await until(
      'they have gone with theirs',
      async () => (await client.listPage(Deployment)).items.length === 0,
    );
  });

  const start = async (more: Partial<TenantOperatorOptions> = {}): Promise<TenantOperator> => {
    operator = await runTenantOperator({
      transport,
      clock,
      image: 'menshen:1',
      reports: (corpId) => reports.get(corpId) ?? healthy(),
      ...more,
    });
    return operator;
  };
  const newNamespace = async (): Promise<string> => {
    count += 1;
    const name = `tenants-${count}`;
    await client.create(NAMESPACES, { metadata: { name } });
    return name;
  };
  const corpIdOf = (namespace: string): string => `ww${namespace.replace(/-/g, '')}x`;
  const createSecrets = async (namespace: string): Promise<void> => {
    for (const [name, key] of [
      ['acme-wecom', 'archive'],
      ['acme-wecom-keys', 'v1.pem'],
    ] as const)
      await client.create(SECRETS, {
        metadata: { namespace, name },
        ...{ stringData: { [key]: 'a secret' } },
      });
  };
  const createTenant = async (namespace: string, spec: object = {}, name = 'acme'): Promise<TenantObject> =>
    await client.create<TenantObject>(TENANTS, {
      ...minimal,
      metadata: { namespace, name },
      spec: { ...minimal.spec, corpId: corpIdOf(namespace), ...spec },
    });
  /** A tenant that is up. */
  const settled = async (spec: object = {}): Promise<{ namespace: string; name: string }> => {
    const namespace = await newNamespace();
    await createSecrets(namespace);
    await createTenant(namespace, spec);
    await ready({ namespace, name: 'acme' });
    return { namespace, name: 'acme' };
  };
  const read = async (at: { namespace: string; name: string }): Promise<TenantObject> => {
    const found = await client.get<TenantObject>(TENANTS, at);
    if (found === undefined) throw new Error('the tenant has gone');
    return found;
  };
  const conditionOf = ({ status }: TenantObject, type: string): string | undefined => {
    const found = status?.conditions?.find((each) => each.type === type);
    return found === undefined ? undefined : `${found.status}/${found.reason}`;
  };
  const says = async (
    at: { namespace: string; name: string },
    type: string,
    what: string,
  ): Promise<TenantObject> => {
    let last: string | undefined;
    await until(`${type} is ${what}`, async () => {
      const tenant = await read(at);
      last = conditionOf(tenant, type);
      return last === what && tenant.status?.observedGeneration === tenant.metadata.generation;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it is ${last}; errors: ${operator?.errors.join('; ')}`);
    });
    return await read(at);
  };
  const ready = (at: { namespace: string; name: string }): Promise<TenantObject> =>
    says(at, 'Ready', 'True/Running');
  const change = async (at: { namespace: string; name: string }, body: object): Promise<unknown> =>
    await client.patch(TENANTS, at, { type: 'Merge', body, fieldManager: 'somebody' });
  const names = async (api: ApiClient, resource: Resource, namespace: string) =>
    (await api.listPage(resource, { namespace })).items.map(({ metadata }) => metadata.name).sort();
  const deployment = async (
    namespace: string,
    name = 'acme-compact',
  ): Promise<Required<LiveDeployment> & Live> =>
    (await client.get(Deployment, { namespace, name })) as Required<LiveDeployment> & Live;
  const eventsOf = async (namespace: string, reason: string): Promise<readonly { note: string }[]> =>
    (
      await client.listPage<KubeObject & { reason: string; note: string }>(EVENTS, { namespace })
    ).items.filter((event) => event.reason === reason);

  it('has a status that nobody takes for done before anything else is known', async () => {
    kubelet.likes = () => false;
    const namespace = await newNamespace();
    const seen: string[] = [];
    const watching = new AbortController();
    const watched = (async () => {
      const { resourceVersion } = await client.listPage(TENANTS, { namespace });
      const changes = client.watch<TenantObject>(TENANTS, {
        namespace,
        resourceVersion,
        timeoutSeconds: 60,
        signal: watching.signal,
      });
      for await (const event of changes)
        if (event.type === 'Modified')
          seen.push(`${conditionOf(event.object, 'Ready')} ${conditionOf(event.object, 'Reconciling')}`);
    })().catch(() => undefined);
    await start();
    await createTenant(namespace);
    await until('it is looked at', () => seen.length >= 2);
    watching.abort();
    await watched;
    expect(seen[0]).toBe('Unknown/Starting True/Starting');
    expect(seen.at(-1)).toMatch(/^False\/SecretMissing True\//);
  });

  it('becomes its objects, owned by it, and ready', async () => {
    await start();
    const { namespace } = await settled();
    const tenant = await read({ namespace, name: 'acme' });
    for (const resource of [Deployment, ConfigMap, Service, NetworkPolicy]) {
      const made = (
        await client.listPage(resource, {
          namespace,
          labelSelector: 'app.kubernetes.io/managed-by=menshen-operator',
        })
      ).items;
      expect(
        made.map(({ metadata }) => metadata.name),
        resource.kind,
      ).toEqual(['acme-compact']);
      expect(made[0]?.metadata.ownerReferences?.[0]).toMatchObject({
        uid: tenant.metadata.uid,
        controller: true,
      });
    }
    expect(conditionOf(tenant, 'Reconciling')).toBe('False/UpToDate');
    expect(conditionOf(tenant, 'Stalled')).toBe('False/NotStalled');
    expect(conditionOf(tenant, 'CredentialsValid')).toBe('True/Verified');
    expect(tenant.status).toMatchObject({
      observedGeneration: 1,
      ingest: { cursor: '42', lastMessageTime: '2026-01-02T03:04:00Z' },
      scanner: { pending: 0, oldestPendingSeconds: 0 },
      policies: { matched: 3, rejected: 0 },
      workloads: [{ name: 'acme-compact', replicas: 1, ready: 1 }],
    });
  });

  it('that is settled causes no write, however often it is looked at', async () => {
    const running = await start();
    const { namespace, name } = await settled();
    // What comes back of our own writes is over when a pass writes nothing.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const writes = running.writes();
    const passes = running.passes();
    for (const round of ['1', '2', '3']) {
      await change({ namespace, name }, { metadata: { labels: { round } } });
      await until('it is looked at', () => running.passes() > passes);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(running.passes()).toBeGreaterThan(passes + 2);
    expect(running.writes() - writes).toBe(0);
    expect(running.errors).toEqual([]);
    // A new operator remembers nothing, and sees that everything is as it should be.
    await running.stop();
    const next = await start();
    await change({ namespace, name }, { metadata: { labels: { round: '4' } } });
    await until('it is looked at', () => next.passes() > 1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(next.writes()).toBe(0);
  });

  it('is put right when somebody changes what belongs to it, and says so once', async () => {
    await start();
    const { namespace } = await settled();
    const before = await deployment(namespace);
    await client.patch(Deployment, before.metadata, {
      type: 'Merge',
      body: { spec: { replicas: 3, template: { spec: { terminationGracePeriodSeconds: 1 } } } },
      fieldManager: 'kubectl-edit',
    });
    await until('it is put right', async () => {
      const { spec } = await deployment(namespace);
      return spec.replicas === 1 && spec.template.spec.terminationGracePeriodSeconds === 60;
    });
    await client.delete(Service, { namespace, name: 'acme-compact' });
    await until(
      'the Service is back',
      async () => (await client.get(Service, { namespace, name: 'acme-compact' })) !== undefined,
    );
    await until('it is told', async () => (await eventsOf(namespace, 'DriftCorrected')).length > 0);
    const told = await eventsOf(namespace, 'DriftCorrected');
    expect(told).toHaveLength(1);
    expect(told[0]?.note).toContain('Deployment acme-compact');
    expect(told[0]?.note).toContain('kubectl-edit');
  });

  it('that is suspended runs nothing, keeps everything, and goes on', async () => {
    await start();
    const at = await settled();
    await change(at, { spec: { suspend: true } });
    await says(at, 'Ready', 'True/Suspended');
    expect((await deployment(at.namespace)).spec.replicas).toBe(0);
    expect(conditionOf(await read(at), 'Suspended')).toBe('True/SpecSuspend');
    await change(at, { spec: { suspend: false } });
    await ready(at);
    expect((await deployment(at.namespace)).spec.replicas).toBe(1);
  });

  it('that is paused is left alone until the annotation goes', async () => {
    const running = await start();
    const at = await settled();
    await change(at, { metadata: { annotations: { [PAUSED]: 'true' } } });
    await says(at, 'Reconciling', 'False/Paused');
    const passes = running.passes();
    await client.patch(
      Deployment,
      { ...at, name: 'acme-compact' },
      { type: 'Merge', body: { spec: { replicas: 0 } }, fieldManager: 'break-glass' },
    );
    await until('it is looked at', () => running.passes() > passes);
    expect((await deployment(at.namespace)).spec.replicas).toBe(0);
    await change(at, { metadata: { annotations: { [PAUSED]: null } } });
    await until('it is put right', async () => (await deployment(at.namespace)).spec.replicas === 1);
    await ready(at);
  });

  it('that is born paused is not ready, and has nothing until the annotation goes', async () => {
    await start();
    const namespace = await newNamespace();
    const at = { namespace, name: 'acme' };
    await createSecrets(namespace);
    await client.create<TenantObject>(TENANTS, {
      ...minimal,
      metadata: { ...at, annotations: { [PAUSED]: 'true' } },
      spec: { ...minimal.spec, corpId: corpIdOf(namespace) },
    });
    await until('it says so', async () => conditionOf(await read(at), 'Ready') === 'Unknown/Paused');
    expect((await read(at)).status).toMatchObject({ observedGeneration: 0 });
    expect(await names(client, Deployment, namespace)).toEqual([]);
    await change(at, { metadata: { annotations: { [PAUSED]: null } } });
    expect((await ready(at)).status).toMatchObject({ observedGeneration: 1, appliedGeneration: 1 });
  });

  it('that is edited while paused speaks of what was applied, and does the edit afterwards', async () => {
    await start();
    const at = await settled();
    await change(at, { metadata: { annotations: { [PAUSED]: 'true' } } });
    await says(at, 'Reconciling', 'False/Paused');
    await change(at, { spec: { suspend: true } });
    await until('it says so', async () => conditionOf(await read(at), 'Ready') === 'Unknown/Paused');
    const tenant = await read(at);
    expect(tenant.status).toMatchObject({ observedGeneration: 1, appliedGeneration: 1 });
    expect(conditionOf(tenant, 'IngestAvailable')).toBe('True/Available');
    expect((await deployment(at.namespace)).spec.replicas).toBe(1);
    await change(at, { metadata: { annotations: { [PAUSED]: null } } });
    await says(at, 'Ready', 'True/Suspended');
    expect((await deployment(at.namespace)).spec.replicas).toBe(0);
  });

  it('names the Secret and the key that are missing, and starts when they come', async () => {
    await start({ secretCheckMs: 200 });
    const namespace = await newNamespace();
    const at = { namespace, name: 'acme' };
    await createTenant(namespace);
    const missing = await says(at, 'CredentialsValid', 'False/SecretMissing');
    expect(missing.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toContain(
      `Secret ${namespace}/acme-wecom with the key archive does not exist (spec.archive.secretRef): create it`,
    );
    expect(await names(client, Deployment, namespace)).toEqual([]);
    await createSecrets(namespace);
    await client.patch(
      SECRETS,
      { namespace, name: 'acme-wecom-keys' },
      { type: 'Merge', body: { data: { 'v1.pem': null } }, fieldManager: 'x' },
    );
    await says(at, 'CredentialsValid', 'False/KeyMissing');
    await client.patch(
      SECRETS,
      { namespace, name: 'acme-wecom-keys' },
      { type: 'Merge', body: { stringData: { 'v1.pem': 'x' } }, fieldManager: 'x' },
    );
    await ready(at);
  });

  it('rolls its pods when a Secret changes, and not when one is deleted', async () => {
    await start({ secretCheckMs: 3_600_000 });
    const at = await settled();
    const template = async () => JSON.stringify((await deployment(at.namespace)).spec.template);
    const before = await template();
    const secret = { namespace: at.namespace, name: 'acme-wecom' };
    await client.patch(SECRETS, secret, {
      type: 'Merge',
      body: { stringData: { archive: 'another' } },
      fieldManager: 'x',
    });
    await change(at, { metadata: { annotations: { [RECONCILE_AT]: 'now' } } });
    await until('pods are replaced', async () => (await template()) !== before);
    await until('it is said', async () => (await read(at)).status?.lastHandledReconcileAt === 'now');
    await ready(at);
    const rolled = await template();
    await client.delete(SECRETS, secret);
    await change(at, { metadata: { annotations: { [RECONCILE_AT]: 'later' } } });
    await says(at, 'CredentialsValid', 'False/SecretMissing');
    expect(await template()).toBe(rolled);
  });

  it('of the same corporation as an older one is stalled, and takes over when that is deleted', async () => {
    await start();
    const at = await settled();
    const second = { namespace: at.namespace, name: 'second' };
    // Ages have whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await createTenant(at.namespace, {}, 'second');
    const stalled = await says(second, 'Stalled', 'True/CorpIdInUse');
    expect(conditionOf(stalled, 'Ready')).toBe('False/CorpIdInUse');
    expect(stalled.status?.conditions?.find(({ type }) => type === 'Stalled')?.message).toContain(
      `${at.namespace}/acme`,
    );
    expect(await names(client, Deployment, at.namespace)).toEqual(['acme-compact']);
    await client.delete(TENANTS, at);
    await ready(second);
    await until(
      'the first has gone with all that was its',
      async () => JSON.stringify(await names(client, Deployment, at.namespace)) === '["second-compact"]',
    );
  });

  it('changes its profile without two captures at a time, both ways', async () => {
    await start();
    const at = await settled();
    const seen: string[][] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        seen.push(await names(client, Deployment, at.namespace));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await change(at, { spec: { deployment: { profile: 'Scaled' }, scanner: { maxReplicas: 3 } } });
    await ready(at);
    const scaled = ['acme-archiver', 'acme-ingest', 'acme-notifier', 'acme-scanner'];
    expect(await names(client, Deployment, at.namespace)).toEqual(scaled);
    await until(
      'nothing of the former profile is left',
      async () => !(await names(client, ConfigMap, at.namespace)).includes('acme-compact'),
    );
    expect(await names(client, CHILD_RESOURCES.PodDisruptionBudget, at.namespace)).toEqual(['acme-scanner']);
    await change(at, { spec: { deployment: { profile: 'Compact' }, scanner: { maxReplicas: 1 } } });
    await ready(at);
    expect(await names(client, Deployment, at.namespace)).toEqual(['acme-compact']);
    await until(
      'the budget has gone',
      async () => (await names(client, CHILD_RESOURCES.PodDisruptionBudget, at.namespace)).length === 0,
    );
    isOver = true;
    await watching;
    for (const at of seen) expect(at.includes('acme-compact') && at.includes('acme-ingest')).toBe(false);
  });

  it('gets more scanners while messages wait', async () => {
    await start();
    const at = await settled({ deployment: { profile: 'Scaled' }, scanner: { maxReplicas: 3 } });
    const corpId = corpIdOf(at.namespace);
    const scanners = async () => (await deployment(at.namespace, 'acme-scanner')).spec.replicas;
    expect(await scanners()).toBe(1);
    reports.set(corpId, healthy({ oldestPendingSeconds: 100, pendingMessages: 12_345 }));
    await change(at, { metadata: { annotations: { look: '1' } } });
    await until('there are two', async () => (await scanners()) === 2);
    await says(at, 'Scaling', 'True/WithinBounds');
  });

  it('makes the way in for callbacks, changes it, and takes it away', async () => {
    const callback = {
      tokenSecretRef: { name: 'acme-wecom', key: 'archive' },
      aesKeySecretRef: { name: 'acme-wecom', key: 'archive' },
    };
    await start();
    const at = await settled({
      callback: { ...callback, host: 'events.acme.example', ingress: { className: 'nginx' } },
    });
    expect(conditionOf(await read(at), 'CallbackReady')).toBe('True/Routed');
    expect(await names(client, Ingress, at.namespace)).toEqual(['acme-compact']);
    await change(at, { spec: { callback: { ingress: null, gateway: { name: 'public' } } } });
    await says(at, 'CallbackReady', 'False/GatewayApiMissing');
    await until(
      'the Ingress has gone',
      async () => (await names(client, Ingress, at.namespace)).length === 0,
    );
    await change(at, { spec: { callback: null } });
    await says(at, 'CallbackReady', 'False/PollingOnly');
    await ready(at);
  });

  it('in a strict network reaches WeCom wherever it says it is, also when nobody says it any more', async () => {
    const strict = {
      source: { engine: 'FinanceSDK', apiUrl: 'https://qyapi.weixin.qq.com' },
      networkPolicy: { mode: 'Strict' },
    };
    await start();
    const at = await settled(strict);
    const blocks = async (): Promise<string> =>
      JSON.stringify((await client.get(NetworkPolicy, { ...at, name: 'acme-compact' })) ?? {});
    expect(conditionOf(await read(at), 'NetworkRestricted')).toBe('True/AddressesPending');
    expect(await blocks()).toContain('"cidr":"0.0.0.0/0"');
    reports.set(
      corpIdOf(at.namespace),
      healthy().map((each) => ({
        ...each,
        facts: { ...each.facts, wecomBlocks: '192.0.2.0/24,198.51.100.7/32' },
      })),
    );
    await change(at, { metadata: { annotations: { look: '1' } } });
    await says(at, 'NetworkRestricted', 'True/Strict');
    await until('WeCom is all that is reached', async () =>
      (await blocks()).includes('"cidr":"192.0.2.0/24"'),
    );
    expect(await blocks()).not.toContain('"cidr":"0.0.0.0/0"');
    reports.set(corpIdOf(at.namespace), healthy());
    await change(at, { metadata: { annotations: { look: '2' } } });
    await until('it is remembered', async () => (await read(at)).metadata.annotations?.['look'] === '2');
    await says(at, 'NetworkRestricted', 'True/Strict');
    expect(await blocks()).not.toContain('"cidr":"0.0.0.0/0"');
  });

  it('leaves scaling to KEDA, and callbacks to a Gateway, once those are there, and takes both back', async () => {
    const callback = {
      tokenSecretRef: { name: 'acme-wecom', key: 'archive' },
      aesKeySecretRef: { name: 'acme-wecom', key: 'archive' },
    };
    const keda = {
      maxReplicas: 4,
      autoscaler: 'KEDA',
      kedaPrometheusUrl: 'http://prometheus.monitoring.svc:9090',
    };
    await start();
    const at = await settled({ deployment: { profile: 'Scaled' }, scanner: keda });
    await says(at, 'Scaling', 'False/KedaMissing');
    expect(await names(client, Deployment, at.namespace)).toContain('acme-scanner');
    await installCrd(client, SCALED_OBJECT_CRD);
    await installCrd(client, HTTP_ROUTE_CRD);
    await change(at, {
      spec: { callback: { ...callback, host: 'events.acme.example', gateway: { name: 'public' } } },
    });
    await change(at, { metadata: { annotations: { [RECONCILE_AT]: 'KEDA is there' } } });
    await says(at, 'Scaling', 'True/ByKeda');
    await says(at, 'CallbackReady', 'True/Routed');
    expect(await names(client, OPTIONAL_RESOURCES.ScaledObject, at.namespace)).toEqual(['acme-scanner']);
    expect(await names(client, OPTIONAL_RESOURCES.HTTPRoute, at.namespace)).toEqual(['acme-ingest']);
    // Whoever scales is not overruled.
    await client.patch(
      Deployment,
      { ...at, name: 'acme-scanner' },
      { type: 'Merge', body: { spec: { replicas: 3 } }, fieldManager: 'keda' },
    );
    await change(at, { metadata: { annotations: { [RECONCILE_AT]: 'now' } } });
    await until('it was looked at', async () => (await read(at)).status?.lastHandledReconcileAt === 'now');
    expect((await deployment(at.namespace, 'acme-scanner')).spec.replicas).toBe(3);
    // A new operator knows what there is as well.
    await operator?.stop();
    await start();
    await change(at, {
      spec: { callback: null, scanner: { autoscaler: 'Operator', kedaPrometheusUrl: null } },
    });
    await says(at, 'Scaling', 'True/WithinBounds');
    await until('both have gone', async () => {
      const left = await Promise.all(
        Object.values(OPTIONAL_RESOURCES).map((each) => names(client, each, at.namespace)),
      );
      return left.flat().length === 0;
    });
  });

  it.each([
    ['IpNotAllowed', 'False/IpNotAllowed', 'True/IpNotAllowed'],
    ['QuotaExhausted', 'False/QuotaExhausted', 'False/NotStalled'],
    ['SdkUnusable', 'True/Verified', 'False/NotStalled'],
  ])('whose ingest reports %s says so', async (reason, credentials, stalled) => {
    await start();
    const at = await settled();
    const corpId = corpIdOf(at.namespace);
    const message = `remedy for ${reason}`;
    reports.set(
      corpId,
      healthy().map((report) => (report.role === 'ingest' ? { ...report, reason, message } : report)),
    );
    await change(at, { metadata: { annotations: { look: reason } } });
    const tenant = await says(at, 'Ready', `False/${reason}`);
    expect(conditionOf(tenant, 'CredentialsValid')).toBe(credentials);
    expect(conditionOf(tenant, 'Stalled')).toBe(stalled);
    expect(tenant.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(message);
  });

  it('waits for its turn when a new operator replaces everybody’s pods', async () => {
    await start();
    const all: { namespace: string; name: string }[] = [];
    for (let each = 0; each < 3; each += 1) all.push(await settled());
    await operator?.stop();
    kubelet.likes = (each) => imageOf(each) !== 'menshen:2';
    await start({ image: 'menshen:2', maxRollingTenants: 1 });
    const rolled = async () => {
      const images = await Promise.all(
        all.map(
          async ({ namespace }) => (await deployment(namespace)).spec.template.spec.containers[0]?.image,
        ),
      );
      return images.filter((image) => image === 'menshen:2').length;
    };
    await until('one is replaced', async () => (await rolled()) === 1);
    await until('the others wait', async () => {
      const tenants = await Promise.all(all.map(read));
      return (
        tenants.filter((tenant) => conditionOf(tenant, 'Reconciling') === 'True/WaitingForTurn').length === 2
      );
    });
    expect(await rolled()).toBe(1);
    kubelet.likes = () => true;
    for (const at of all) await says(at, 'Reconciling', 'False/UpToDate');
    expect(await rolled()).toBe(3);
  });

  it('a step of which fails keeps what was known, says that it is tried again, and goes on', async () => {
    let isBroken = false;
    const running = await start({
      provision: [
        async () => {
          if (isBroken) throw new Error('out of order');
          return {
            conditions: [{ type: 'StreamReady', status: 'True', reason: 'Created', message: 'there' }],
          };
        },
      ],
    });
    const at = await settled();
    expect(conditionOf(await read(at), 'StreamReady')).toBe('True/Created');
    isBroken = true;
    await change(at, { metadata: { annotations: { [RECONCILE_AT]: '1' } } });
    const tenant = await says(at, 'Reconciling', 'True/Retrying');
    expect(conditionOf(tenant, 'StreamReady')).toBe('True/Created');
    expect(conditionOf(tenant, 'Scaling')).toBe('False/Fixed');
    expect(tenant.status?.lastHandledReconcileAt).toBeUndefined();
    expect(String(running.errors[0])).toContain('out of order');
    isBroken = false;
    await ready(at);
    await until('it is said', async () => (await read(at)).status?.lastHandledReconcileAt === '1');
  });

  it('a step of which only a person can mend is stalled, and runs on', async () => {
    let isStalled = false;
    const said = (): StepResult =>
      isStalled
        ? {
            isStalled,
            conditions: [
              { type: 'StreamReady', status: 'False', reason: 'ConfigConflict', message: 'discard is old' },
            ],
          }
        : { conditions: [{ type: 'StreamReady', status: 'True', reason: 'Adopted', message: 'there' }] };
    await start({ provision: [async () => said()] });
    const at = await settled();
    isStalled = true;
    await change(at, { metadata: { annotations: { [RECONCILE_AT]: '1' } } });
    const tenant = await says(at, 'Stalled', 'True/ConfigConflict');
    expect(tenant.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe('discard is old');
    expect(await names(client, Deployment, at.namespace)).toEqual(['acme-compact']);
    await until('it is told', async () => (await eventsOf(at.namespace, 'ConfigConflict')).length > 0);
  });

  it('goes with its namespace, also without an operator', async () => {
    await start();
    const at = await settled();
    await operator?.stop();
    operator = undefined;
    await client.delete(NAMESPACES, { name: at.namespace });
    await until(
      'the namespace is gone',
      async () => (await client.get(NAMESPACES, { name: at.namespace })) === undefined,
    );
  });
});

interface Live {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly { readonly image: string }[];
      };
    };
  };
}

function imageOf(deployment: unknown): string | undefined {
  return (deployment as Live).spec.template.spec.containers[0]?.image;
}
