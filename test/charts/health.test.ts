// Health of objects as an API server has them after the operator wrote their status: Argo CD's in real Lua, Flux's in real CEL.
import { readFileSync } from 'node:fs';
import { installCrds } from '@menshen/control-plane/install-crds';
import { openControlPlane, speakAs } from '@menshen/control-plane/open-control-plane.testkit';
import { playKubelet } from '@menshen/control-plane/play-kubelet.testkit';
import { NAMESPACES } from '@menshen/control-plane/resources';
import { policyOf, runMenshen, tenantOf, termRule } from '@menshen/control-plane/run-menshen.testkit';
import { runTenantOperator } from '@menshen/control-plane/tenant-operator.testkit';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { POLICIES } from '@menshen/operator/resources';
import { SECRETS, TENANTS } from '@menshen/operator/tenants/child-resources';
import { healthy } from '@menshen/operator/tenants/healthy-reports.testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { askAsFlux, type Verdict, verdictOf } from './flux-health.testkit.ts';
import { ROOT } from './run-helm.testkit.ts';
import { findLua } from './run-lua.testkit.ts';

const lua = findLua();
const script = readFileSync(`${ROOT}deploy/gitops/argocd/health.lua`, 'utf8');
const plane = lua.run === undefined ? undefined : await openControlPlane();
/** What Flux makes of what Argo CD calls so. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  Healthy: 'Current',
  Suspended: 'Current',
  Progressing: 'InProgress',
  Degraded: 'Failed',
};
const NOT_LOOKED = {
  status: 'Progressing',
  message: 'the operator has not looked at this revision yet',
};

const IN_FORCE = { timeout: 30_000, interval: 500 };

describe.skipIf(plane === undefined)('health of what an operator has looked at', async () => {
  if (plane === undefined) return;
  const { client, transport, clock } = await speakAs(plane.kubeconfigFile);
  const flux = askAsFlux(plane.kubectl ?? 'kubectl', plane.kubeconfigFile);
  const untrue = (resource: Resource, name: string) => flux.untrue(resource.kind, 'compliance', name);
  beforeAll(async () => {
    await installCrds(client);
    flux.install();
    for (const name of ['menshen-system', 'compliance'])
      await client.create(NAMESPACES, { metadata: { name } });
  });
  // Also of a test that failed: its operator must not meet the next one's.
  const running: { stop(): Promise<void> }[] = [];
  const stopAll = async (): Promise<void> => {
    for (const one of running.splice(0).reverse()) await one.stop();
  };
  afterEach(stopAll);
  afterAll(() => plane.stop());

  const healthOf = async (resource: Resource, name: string) => {
    const found = await client.get(resource, { namespace: 'compliance', name });
    if (found === undefined) throw new Error(`${name} is not there`);
    return lua.run?.(script, found);
  };
  /** Health is what it is once the operator has come to rest. */
  const becomes = async (resource: Resource, name: string, status: string, words: RegExp): Promise<void> => {
    await expect
      .poll(() => healthOf(resource, name), { timeout: 30_000, interval: 200 })
      .toMatchObject({ status, message: expect.stringMatching(words) });
    expect(verdictOf(untrue(resource, name)), `${name} for Flux`).toBe(VERDICTS[status]);
  };
  const addTenant = async (name: string, corpId: string, spec = {}): Promise<void> =>
    void (await client.create(
      TENANTS,
      tenantOf({ namespace: 'compliance', name }, { corpId, natsUrl: 'nats://127.0.0.1:1', spec }),
    ));
  const edit = async (resource: Resource, name: string, spec: object): Promise<unknown> =>
    await client.patch(
      resource,
      { namespace: 'compliance', name },
      { type: 'Merge', body: { spec }, fieldManager: 'somebody' },
    );

  test('of a tenant: running, suspended, in need of a person, waiting, and edited behind the operator', {
    timeout: 120_000,
  }, async () => {
    await addTenant('acme', 'wwhealth0000000001');
    expect(await healthOf(TENANTS, 'acme')).toEqual(NOT_LOOKED);
    // Of an object without a status nothing is true, and all have an answer once the policies are in force.
    await expect.poll(() => untrue(TENANTS, 'acme'), IN_FORCE).toEqual(['inProgress', 'failed', 'current']);
    running.push(playKubelet(client));
    const operator = await runTenantOperator({
      ...{ transport, clock, image: 'menshen:1' },
      secretCheckMs: 200,
      reports: () => healthy(),
    });
    running.push(operator);
    await becomes(TENANTS, 'acme', 'Progressing', /^SecretMissing: ./);
    for (const [name, key] of [
      ['wecom', 'archive'],
      ['wecom-keys', 'v1.pem'],
    ] as const)
      await client.create<KubeObject & Record<string, unknown>>(SECRETS, {
        metadata: { namespace: 'compliance', name },
        stringData: { [key]: 'a secret' },
      });
    await becomes(TENANTS, 'acme', 'Healthy', /^Running: ./);
    // Ages have whole seconds, and the younger of one corporation gives way.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await addTenant('second', 'wwhealth0000000001');
    await becomes(TENANTS, 'second', 'Degraded', /^CorpIdInUse: .*compliance\/acme/);
    await edit(TENANTS, 'acme', { suspend: true });
    await becomes(TENANTS, 'acme', 'Suspended', /suspend/);
    await edit(TENANTS, 'acme', { suspend: false });
    await becomes(TENANTS, 'acme', 'Healthy', /^Running: ./);
    await stopAll();
    await edit(TENANTS, 'acme', { suspend: true });
    expect(await healthOf(TENANTS, 'acme')).toEqual(NOT_LOOKED);
    expect(verdictOf(untrue(TENANTS, 'acme'))).toBe('InProgress');
    for (const name of ['second', 'acme']) await client.delete(TENANTS, { namespace: 'compliance', name });
  });

  test('of a policy: judging nobody, on its way, refused, mended, and edited behind the operator', {
    timeout: 120_000,
  }, async () => {
    const rules = [termRule('保本')];
    await client.create(POLICIES, policyOf({ namespace: 'compliance', name: 'a' }, { rules }));
    expect(await healthOf(POLICIES, 'a')).toEqual(NOT_LOOKED);
    await expect.poll(() => untrue(POLICIES, 'a'), IN_FORCE).toEqual(['inProgress', 'failed', 'current']);
    running.push(await runMenshen({ transport, clock }, { namespace: 'menshen-system' }));
    await becomes(POLICIES, 'a', 'Healthy', /^NoTenants: ./);
    const tests = [{ name: 'finds it', message: { text: '无事' }, expect: { rule: 'r' } }];
    await edit(POLICIES, 'a', { tests });
    await becomes(POLICIES, 'a', 'Degraded', /^TestsFailed: .*spec\.tests\[0\]/);
    await edit(POLICIES, 'a', { tests: [] });
    await becomes(POLICIES, 'a', 'Healthy', /^NoTenants: ./);
    await addTenant('acme', 'wwhealth0000000002');
    await becomes(POLICIES, 'a', 'Progressing', /^NatsUnreachable: .*compliance\/acme/);
    await stopAll();
    await edit(POLICIES, 'a', { severity: 'High' });
    expect(await healthOf(POLICIES, 'a')).toEqual(NOT_LOOKED);
    expect(verdictOf(untrue(POLICIES, 'a'))).toBe('InProgress');
  });
});
