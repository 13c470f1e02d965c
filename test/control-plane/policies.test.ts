// CompliancePolicies at a real API server, a real NATS and real scanners: what becomes of them, and what their status says.

import { execFileSync } from 'node:child_process';
import { contentDigest } from '@menshen/contracts/digest';
import { lexiconObjectKey } from '@menshen/contracts/policy-bundle';
import { openBodyBucket, openPolicyBucket } from '@menshen/jetstream/ensure-streams';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { putBody } from '@menshen/jetstream/policy-bodies';
import type { Condition } from '@menshen/operator/kube/conditions';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { EVENTS } from '@menshen/operator/kube/recorder';
import { POLICIES } from '@menshen/operator/resources';
import type { RunningOperator } from '@menshen/operator/start-operator';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { grantAsChart } from './grant-as-chart.ts';
import { installCrds } from './install-crds.ts';
import { openControlPlane, speakAs } from './open-control-plane.testkit.ts';
import { NAMESPACES } from './resources.ts';
import {
  noticeRefusals,
  policyOf,
  runMenshen,
  startTestScanner,
  type TestScanner,
  tenantOf,
  termRule,
} from './run-menshen.testkit.ts';
import { until } from './wait-until.ts';

type Status = {
  readonly observedGeneration?: number;
  readonly lastGoodGeneration?: number;
  readonly digest?: string;
  readonly scanners?: string;
  readonly tenants?: { readonly matched: number; readonly propagated: number };
  readonly byTenant?: readonly Record<string, unknown>[];
  readonly conditions?: readonly Condition[];
};
type Policy = KubeObject & { readonly spec: Record<string, unknown>; readonly status?: Status };
type Event = KubeObject & { readonly reason: string; readonly note: string; readonly type: string };

const plane = await openControlPlane({ users: ['operator'] });

describe.skipIf(plane === undefined)('a CompliancePolicy', async () => {
  if (plane === undefined) return;
  const { client } = await speakAs(plane.kubeconfigFile);
  const restricted = await speakAs(await plane.userKubeconfig('operator'));
  const refused: string[] = [];
  const speaker = { ...restricted, transport: noticeRefusals(restricted.transport, refused) };
  let nats: TestNats;
  let running: RunningOperator | undefined;
  let file = 0;
  let namespace = '';
  const scanners: TestScanner[] = [];
  const objects: [typeof POLICIES, { namespace: string; name: string }][] = [];

  beforeAll(async () => {
    await installCrds(client);
    await client.create(NAMESPACES, { metadata: { name: 'menshen-system' } });
    await grantAsChart(client, 'operator', 'menshen-system');
    nats = await startTestNats();
  });
  beforeEach(async () => {
    namespace = `policies-${file++}`;
    await client.create(NAMESPACES, { metadata: { name: namespace, labels: { team: namespace } } });
    running = await runMenshen(speaker, { namespace: 'menshen-system' });
  });
  afterEach(async () => {
    for (const [resource, name] of objects.splice(0)) await client.delete(resource, name);
    await running?.stop();
    for (const scanner of scanners.splice(0)) await scanner.stop();
    expect(refused).toEqual([]);
  });
  afterAll(async () => {
    await nats?.close();
    await plane.stop();
  });

  const addTenant = async (name: string, more: Partial<Parameters<typeof tenantOf>[1]> = {}, labels = {}) => {
    const corpId = more.corpId ?? `ww${namespace.replaceAll('-', '')}${name}000000000`.slice(0, 18);
    const object = tenantOf({ namespace, name, labels }, { corpId, natsUrl: nats.server.url, ...more });
    objects.push([TENANTS, { namespace, name }]);
    await client.create(TENANTS, object);
    return corpId;
  };
  const addScanner = async (corpId: string, instance = 's-0') => {
    const scanner = await startTestScanner(nats, corpId, instance);
    scanners.push(scanner);
    return scanner.scanner;
  };
  const addPolicy = async (name: string, spec: Record<string, unknown>, within = namespace) => {
    objects.push([POLICIES, { namespace: within, name }]);
    await client.create(POLICIES, policyOf({ namespace: within, name }, spec));
  };
  const edit = async (name: string, spec: Record<string, unknown>) =>
    await client.patch<Policy>(
      POLICIES,
      { namespace, name },
      {
        type: 'Merge',
        body: { spec },
        fieldManager: 'test',
      },
    );
  const get = async (name: string, within = namespace): Promise<Policy | undefined> =>
    await client.get<Policy>(POLICIES, { namespace: within, name });
  const conditionOf = (policy: Policy | undefined, type: string): string => {
    const found = policy?.status?.conditions?.find((condition) => condition.type === type);
    return found === undefined ? 'absent' : `${found.status}/${found.reason}`;
  };
  const becomes = async (name: string, type: string, wanted: string, within = namespace): Promise<Policy> => {
    let seen = '';
    await until(`${name} has ${type}=${wanted}`, async () => {
      const policy = await get(name, within);
      if (policy?.status?.observedGeneration !== policy?.metadata.generation) return false;
      seen = conditionOf(policy, type);
      return seen === wanted;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}; it has ${seen}`);
    });
    return (await get(name, within)) as Policy;
  };
  /** What the scanners of a tenant judge by, as they say themselves. */
  const judgedBy = async (corpId: string): Promise<string[]> => {
    const { readTail } = await import('@menshen/jetstream/read-tail');
    const reports = new Map<string, string>();
    await readTail(
      nats.js,
      { stream: 'KV_STATUS', subject: `$KV.STATUS.${corpId}.>`, from: { sequence: 1 } },
      (message) => reports.set(message.subject, message.json<{ facts: { inForce: string } }>().facts.inForce),
    );
    return [...reports.values()];
  };
  const eventsOf = async (reason: string): Promise<readonly Event[]> =>
    (await client.listPage<Event>(EVENTS, { namespace, fieldSelector: `reason=${reason}` })).items;

  it('that is sound is published, and Ready once every scanner judges by it', async () => {
    const corpId = await addTenant('acme');
    await addPolicy('a', { rules: [termRule('保本')] });
    const early = await becomes('a', 'Ready', 'False/NoScanner');
    expect(conditionOf(early, 'Reconciling')).toBe('True/NoScanner');
    await addScanner(corpId);
    const policy = await becomes('a', 'Ready', 'True/Propagated');
    expect(policy.status).toMatchObject({
      lastGoodGeneration: 1,
      scanners: '1/1',
      tenants: { matched: 1, propagated: 1 },
      byTenant: [{ namespace, name: 'acme', state: 'Propagated', scanners: 1, running: 1 }],
    });
    expect(
      ['Reconciling', 'Stalled', 'Compiled', 'TestsPassed', 'Propagated', 'ExceptionsCurrent'].map((type) =>
        conditionOf(policy, type),
      ),
    ).toEqual([
      'False/Settled',
      'False/Settled',
      'True/Compiled',
      'Unknown/NoTests',
      'True/Propagated',
      'True/Current',
    ]);
    expect(await judgedBy(corpId)).toEqual([JSON.stringify({ [`${namespace}/a`]: 1 })]);
    if (plane.kubectl === undefined) return;
    const table = execFileSync(
      plane.kubectl,
      ['--kubeconfig', plane.kubeconfigFile, '--namespace', namespace, 'get', 'wcp', 'a'],
      { encoding: 'utf8' },
    );
    expect(
      table.split('\n').map((line) =>
        line
          .trim()
          .split(/\s{2,}/)
          .slice(0, 5),
      ),
    ).toEqual([
      ['NAME', 'MODE', 'SEVERITY', 'READY', 'SCANNERS'],
      ['a', 'Enforce', 'Medium', 'True', '1/1'],
      [''],
    ]);
  });

  it('that is new is in progress before anything is published, and says so for this generation', async () => {
    await addTenant('acme');
    const statuses: string[] = [];
    const watching = new AbortController();
    const seen = (async () => {
      while (!watching.signal.aborted) {
        const policy = await get('a');
        const [ready, reconciling] = ['Ready', 'Reconciling'].map((type) => conditionOf(policy, type));
        const now = `${ready} ${reconciling} ${policy?.status?.observedGeneration}`;
        if (policy?.status !== undefined && statuses.at(-1) !== now) statuses.push(now);
      }
    })();
    try {
      await addPolicy('a', { rules: [termRule('保本')] });
      await becomes('a', 'Ready', 'False/NoScanner');
    } finally {
      watching.abort();
      await seen;
    }
    expect(statuses[0]).toBe('Unknown/Starting True/Starting 1');
  });

  it('that is refused leaves the last good revision in force, says so once, and goes on when it is mended', async () => {
    const corpId = await addTenant('acme');
    await addScanner(corpId);
    await addPolicy('a', { rules: [termRule('保本')] });
    await addPolicy('other', { rules: [termRule('稳赚')] });
    const good = await becomes('a', 'Ready', 'True/Propagated');
    const tests = [{ name: 'finds it', message: { text: '无事' }, expect: { rule: 'r' } }];
    await edit('a', { tests });
    const bad = await becomes('a', 'Stalled', 'True/TestsFailed');
    expect(bad.status).toMatchObject({ lastGoodGeneration: 1, digest: good.status?.digest, scanners: '1/1' });
    expect(
      ['Ready', 'Reconciling', 'Compiled', 'TestsPassed', 'Propagated'].map((type) => conditionOf(bad, type)),
    ).toEqual([
      'False/TestsFailed',
      'False/Settled',
      'True/Compiled',
      'False/TestsFailed',
      'False/PreviousRevision',
    ]);
    const message = bad.status?.conditions?.find(({ type }) => type === 'Stalled')?.message ?? '';
    expect(message).toMatch(
      /spec\.tests\[0\]: .*"finds it" fails.*mend the rule.*generation 1 stays in force/,
    );
    await edit('other', { severity: 'High' });
    await becomes('other', 'Ready', 'True/Propagated');
    expect(await judgedBy(corpId)).toEqual([
      JSON.stringify({ [`${namespace}/a`]: 1, [`${namespace}/other`]: 2 }),
    ]);

    // A new process knows nothing of what was said before, and says nothing again.
    await running?.stop();
    running = await runMenshen(speaker, { namespace: 'menshen-system' });
    await until('it leads', () => running?.isLeading() === true);
    await addPolicy('marker', { rules: [termRule('x')] });
    await becomes('marker', 'Ready', 'True/Propagated');
    expect((await get('a'))?.metadata.resourceVersion).toBe(bad.metadata.resourceVersion);
    const events = await eventsOf('TestsFailed');
    expect(events.map(({ type, note }) => [type, note.startsWith('spec.tests[0]')])).toEqual([
      ['Warning', true],
    ]);

    await edit('a', { tests: [] });
    expect((await becomes('a', 'Ready', 'True/Propagated')).status).toMatchObject({ lastGoodGeneration: 3 });
  });

  it('that was never good judges nothing', async () => {
    const corpId = await addTenant('acme');
    await addScanner(corpId);
    const digest = contentDigest('nobody has this');
    await addPolicy('a', { rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest } } }] }] });
    const policy = await becomes('a', 'Stalled', 'True/LexiconMissing');
    expect(conditionOf(policy, 'Propagated')).toBe('False/NothingInForce');
    expect(policy.status?.lastGoodGeneration).toBeUndefined();
  });

  it('takes its lexicon from a tenant that it judges, and brings it to the others', async () => {
    const list = Buffer.from('# secret words\n稳赚\n');
    const digest = contentDigest(list);
    const [first, second] = [await addTenant('acme'), await addTenant('globex')];
    await putBody(
      await openBodyBucket(nats.nats, 1),
      { corpId: first, objectKey: lexiconObjectKey(digest) },
      list,
    );
    await addScanner(first);
    await addScanner(second);
    await addPolicy('a', {
      rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest } } }] }],
      tests: [{ name: 'finds it', message: { text: '这个稳赚' }, expect: { rule: 'r', text: '稳赚' } }],
    });
    const policy = await becomes('a', 'Ready', 'True/Propagated');
    expect(policy.status).toMatchObject({ scanners: '2/2', tenants: { matched: 2, propagated: 2 } });
    expect(conditionOf(policy, 'TestsPassed')).toBe('True/Passed');
  });

  it('whose exception ends says so then, though nobody touches it', async () => {
    await addTenant('acme');
    const expires = new Date(Date.now() + 4000).toISOString();
    await addPolicy('a', {
      rules: [termRule('保本')],
      exceptions: [{ name: 'audit', reason: 'agreed', expires, conversationIds: ['c'] }],
    });
    const before = await becomes('a', 'ExceptionsCurrent', 'True/ExpiringSoon');
    const after = await becomes('a', 'ExceptionsCurrent', 'False/Expired');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expires));
    expect(after.metadata.generation).toBe(before.metadata.generation);
    await until('an event', async () => (await eventsOf('Expired')).length === 1);
  });

  it('is withdrawn where it is no longer meant, and comes back where it is', async () => {
    const corpId = await addTenant('acme', {}, { region: 'north' });
    await addScanner(corpId);
    await addPolicy('a', { tenants: { matchLabels: { region: 'north' } }, rules: [termRule('保本')] });
    await becomes('a', 'Ready', 'True/Propagated');
    const label = async (region: string) =>
      await client.patch(
        TENANTS,
        { namespace, name: 'acme' },
        {
          type: 'Merge',
          body: { metadata: { labels: { region } } },
          fieldManager: 'test',
        },
      );
    await label('south');
    expect((await becomes('a', 'Ready', 'True/NoTenants')).status).toMatchObject({ scanners: '0/0' });
    await until('nobody judges by it', async () => (await judgedBy(corpId))[0] === '{}');
    await label('north');
    await becomes('a', 'Ready', 'True/Propagated');
  });

  it('that is deleted while no operator runs is withdrawn by the next one', async () => {
    const corpId = await addTenant('acme');
    await addScanner(corpId);
    await addPolicy('a', { rules: [termRule('保本')] });
    await addPolicy('b', { rules: [termRule('稳赚')] });
    await becomes('a', 'Ready', 'True/Propagated');
    await becomes('b', 'Ready', 'True/Propagated');
    await running?.stop();
    await client.delete(POLICIES, { namespace, name: 'a' });
    expect(await get('a')).toBeUndefined();
    running = await runMenshen(speaker, { namespace: 'menshen-system' });
    await until(
      'only b is in force',
      async () => (await judgedBy(corpId))[0] === JSON.stringify({ [`${namespace}/b`]: 1 }),
    );
  });

  it('that somebody takes out of JetStream comes back', async () => {
    const corpId = await addTenant('acme');
    await addScanner(corpId);
    await addPolicy('a', { rules: [termRule('保本')] });
    await becomes('a', 'Ready', 'True/Propagated');
    const bucket = await openPolicyBucket(nats.nats, 1);
    const key = `${corpId}.${namespace}.a`;
    const before = (await bucket.get(key))?.string();
    await bucket.delete(key);
    await until('it is back', async () => (await bucket.get(key))?.operation === 'PUT');
    expect((await bucket.get(key))?.string()).toBe(before);
  });

  it('reaches tenants of other namespaces only where they admit it', async () => {
    const home = `${namespace}-rules`;
    await client.create(NAMESPACES, { metadata: { name: home, labels: { 'menshen.dev/policies': 'no' } } });
    const policies = {
      from: 'Selector',
      namespaceSelector: { matchLabels: { 'menshen.dev/policies': 'group-wide' } },
    };
    const admitting = await addTenant('acme', { spec: { policies } });
    await addScanner(admitting);
    await addScanner(await addTenant('closed'), 's-1');
    await addPolicy('a', { rules: [termRule('保本')] }, home);
    await becomes('a', 'Ready', 'True/NoTenants', home);
    await client.patch(
      NAMESPACES,
      { name: home },
      {
        type: 'Merge',
        body: { metadata: { labels: { 'menshen.dev/policies': 'group-wide' } } },
        fieldManager: 'test',
      },
    );
    const policy = await becomes('a', 'Ready', 'True/Propagated', home);
    expect(policy.status?.byTenant).toMatchObject([{ namespace, name: 'acme' }]);
  });

  it('goes on for other tenants when the NATS of one does not answer', async () => {
    const corpId = await addTenant('acme');
    await addTenant('dark', { natsUrl: 'nats://127.0.0.1:1' });
    await addScanner(corpId);
    await addPolicy('a', { rules: [termRule('保本')] });
    const policy = await becomes('a', 'Propagated', 'Unknown/NatsUnreachable');
    expect(conditionOf(policy, 'Ready')).toBe('Unknown/NatsUnreachable');
    expect(conditionOf(policy, 'Reconciling')).toBe('True/NatsUnreachable');
    await until(
      'acme judges by it',
      async () => (await judgedBy(corpId))[0]?.includes(`${namespace}/a`) === true,
    );
  });

  it('is taken over by the operator that stood by', async () => {
    const second = await runMenshen(speaker, { namespace: 'menshen-system', podName: 'menshen-1' });
    try {
      const corpId = await addTenant('acme');
      await addScanner(corpId);
      await addPolicy('a', { rules: [termRule('保本')] });
      await becomes('a', 'Ready', 'True/Propagated');
      const [leader, other] = running?.isLeading() === true ? [running, second] : [second, running];
      expect((await fetch(`http://127.0.0.1:${other?.port}/ready`)).status).toBe(200);
      expect(other?.isLeading()).toBe(false);
      await leader.stop();
      if (leader === running) running = undefined;
      await edit('a', { severity: 'High' });
      expect((await becomes('a', 'Ready', 'True/Propagated')).status).toMatchObject({
        lastGoodGeneration: 2,
      });
      if (running === undefined) expect(second.isLeading()).toBe(true);
    } finally {
      await second.stop();
    }
  });
});
