// What the soak's numbers are made of: a figure is worth no more than how it is counted.
import { describe, expect, it, test } from 'vitest';
import { isMeantFor, planFleet } from './plan-fleet.ts';
import { planTroubles } from './plan-troubles.ts';
import { countCalls } from './read-audit.ts';
import { isLeading, readPasses, readSamples } from './read-metrics.ts';
import { timeReactions } from './time-reactions.ts';

const leases = { resource: 'leases' };

describe('calls of the audit log', () => {
  it('count once, a watch when its answer begins', () => {
    const { calls, total } = countCalls([
      { stage: 'ResponseStarted', verb: 'watch', objectRef: { resource: 'services' } },
      { stage: 'ResponseComplete', verb: 'watch', objectRef: { resource: 'services' } },
      { stage: 'ResponseComplete', verb: 'update', objectRef: leases },
      { stage: 'ResponseComplete', verb: 'update', objectRef: leases },
      {
        stage: 'ResponseComplete',
        verb: 'patch',
        objectRef: { resource: 'wecomtenants', subresource: 'status' },
      },
    ]);
    expect(calls).toEqual({ 'watch services': 1, 'update leases': 2, 'patch wecomtenants/status': 1 });
    expect(total).toBe(4);
  });

  it('that were not allowed are named, without what was asked for', () => {
    const requestReceivedTimestamp = '2026-01-01T00:00:00.000000Z';
    const event = { stage: 'ResponseComplete', verb: 'get', requestURI: '/api/v1/secrets?limit=1' };
    const { refused } = countCalls([
      { ...event, requestReceivedTimestamp, responseStatus: { code: 403 } },
      { ...event, responseStatus: { code: 404 } },
    ]);
    expect(refused).toEqual([{ call: 'get /api/v1/secrets', atMs: Date.UTC(2026, 0, 1) }]);
  });
});

test('passes are read by controller and result', () => {
  const samples = readSamples(
    [
      '# HELP x y',
      'controller_runtime_reconcile_total{controller="wecomtenant",result="success"} 3',
      'leader_election_master_status{name="menshen"} 1',
    ].join('\n'),
  );
  expect([...readPasses(samples)]).toEqual([['wecomtenant success', 3]]);
  expect(isLeading(samples)).toBe(true);
});

describe('troubles', () => {
  it('kill the API server every minute, and everything else now and then', () => {
    const plan = planTroubles(30 * 60_000);
    const count = (kind: string): number => plan.filter((trouble) => trouble.kind === kind).length;
    expect(count('KillApiServer')).toBe(30);
    expect(count('CutWatches') + count('ForgetHistory')).toBe(30);
    expect([count('KillLeader'), count('KillNats')]).toEqual([8, 2]);
    expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
  });
});

describe('the wait for a policy', () => {
  it('ends when the last tenant that it means is pointed to it, and not at all when one of them moves', () => {
    let nowMs = 0;
    const fleet = planFleet({ tenants: 10, policies: 10 });
    const policy = fleet.policies[2];
    if (policy === undefined) throw new Error('no policy');
    policy.isThere = true;
    for (const tenant of fleet.tenants) tenant.isThere = true;
    const meant = fleet.tenants.filter((tenant) => isMeantFor(policy, tenant));
    expect(meant.length).toBe(10);
    const reactions = timeReactions({
      nowMs: () => nowMs,
      fleetTenants: fleet.tenants,
      pointerOf: () => undefined,
    });
    const key = `${policy.namespace}/${policy.name}`;
    const arrive = (): void => {
      for (const { corpId } of meant)
        reactions.pointerChanged(corpId, key, { generation: 2 } as Parameters<
          typeof reactions.pointerChanged
        >[2]);
    };
    reactions.policyEdited(policy, { generation: 2, sentMs: 0 });
    nowMs = 70;
    arrive();
    expect(reactions.edits.calm).toEqual([70]);
    reactions.policyEdited(policy, { generation: 2, sentMs: 100 });
    const [moved] = meant;
    if (moved !== undefined) reactions.tenantMoved(moved);
    arrive();
    expect(reactions.edits.calm).toEqual([70]);
  });
});
