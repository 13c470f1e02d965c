// What a pass over a policy writes, and when: a beginning at once, and nothing where nothing changed.
import { beforeEach, expect, test } from 'vitest';
import { fakeClock } from '../kube/clock.testkit.ts';
import { createStore } from '../kube/store.ts';
import type { PolicyResource } from '../watch-cluster.ts';
import { createPolicyReconcile, type PolicyTools } from './reconcile-policy.ts';
import type { PolicyStatus } from './summarise-policy.ts';

const KEY = 'demo/a';
const rule = { name: 'r', any: [{ keywords: { terms: ['保本'] } }] };

/** An API server with one policy; it answers a write with another version of the object, which the store has when it is told. */
class World {
  readonly policies = createStore<PolicyResource>();
  readonly written: PolicyStatus[] = [];
  readonly #reconcile;
  mayAct = true;

  constructor() {
    const tools = {
      client: {
        patch: async (_resource: unknown, _name: unknown, { body }: { body: { status: PolicyStatus } }) => {
          this.written.push(body.status);
        },
      },
      stores: { tenants: createStore(), policies: this.policies, namespaces: createStore() },
      links: { of: () => undefined, all: () => [] },
      lexicons: { read: async () => undefined },
      recorder: { record: () => undefined },
      clock: fakeClock(),
      wallClock: { nowMs: () => Date.parse('2026-11-24T00:00:00Z') },
      mayAct: () => this.mayAct,
    };
    this.#reconcile = createPolicyReconcile(tools as unknown as PolicyTools);
  }

  add(status?: PolicyStatus): void {
    this.policies.set({
      apiVersion: 'menshen.dev/v1alpha1',
      kind: 'CompliancePolicy',
      metadata: { namespace: 'demo', name: 'a', uid: 'u', generation: 1, resourceVersion: '1' },
      spec: { rules: [rule] },
      ...(status === undefined ? {} : { status }),
    } as unknown as PolicyResource);
  }

  pass() {
    return this.#reconcile(KEY, { signal: new AbortController().signal });
  }

  /** The store hears of what was last written. */
  hear(): void {
    const before = this.policies.get(KEY)?.status ?? {};
    this.add({ ...before, ...this.written.at(-1) });
  }
}

const brief = ({ conditions = [] }: PolicyStatus): string[] =>
  conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`);
const BEGINNING = ['Ready=Unknown/Starting', 'Reconciling=True/Starting', 'Stalled=False/Settled'];

let world: World;
beforeEach(() => {
  world = new World();
});

test.each([
  ['no status', undefined],
  ['a status without conditions', {}],
])('a policy with %s is begun, and nothing else is said in that pass', async (_what, status) => {
  world.add(status);
  expect(await world.pass()).toEqual({ requeueAfterMs: 300 });
  expect(world.written.map(brief)).toEqual([BEGINNING]);
  expect(world.written[0]?.observedGeneration).toBe(1);
});

test('what has begun is then judged, and nothing is written once nothing changes', async () => {
  world.add();
  await world.pass();
  world.hear();
  await world.pass();
  expect(world.written).toHaveLength(2);
  expect(brief(world.written[1] ?? {})).toContain('Ready=True/NoTenants');
  world.hear();
  await world.pass();
  expect(world.written).toHaveLength(2);
});

test('a policy of which something was said is not begun again, also not by a new operator', async () => {
  world.add();
  await world.pass();
  world.hear();
  await world.pass();
  world.hear();
  const said = world.policies.get(KEY)?.status;
  world = new World();
  world.add(said);
  await world.pass();
  expect(world.written).toEqual([]);
});

test('what an operator that does not lead any more would begin is left alone', async () => {
  world.add();
  world.mayAct = false;
  await expect(world.pass()).rejects.toThrow('does not lead');
  expect(world.written).toEqual([]);
});
