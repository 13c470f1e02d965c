// A soak of the whole operator: real etcd, kube-apiserver, garbage collector and nats-server, two real operators with exactly the chart's
// rights; tenants and policies edited without pause while all of it is killed; then everything must be as it was meant. The page to read first.
//   open → make the fleet → edit amid troubles → mend → judge → ail on purpose → judge → quiet → time fresh tenants
import { POLICIES } from '@menshen/operator/resources';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import type { Binaries } from '../find-binaries.ts';
import { seededRandom } from '../seeded-random.ts';
import { countEvents } from './count-events.ts';
import { editAtRandom } from './edit-at-random.ts';
import { judgeChildren } from './judge-children.ts';
import { judgeEnd, type Wrong } from './judge-end.ts';
import { makeNamespaces, makeSecrets } from './make-surroundings.ts';
import { makeTroubles } from './make-troubles.ts';
import { measureSpan, type Span } from './measure-span.ts';
import { openScene, type Scene } from './open-scene.ts';
import { FRESH_NUMBER, planTenant, refusedCorp, refusedPattern } from './plan-fleet.ts';
import { planTroubles } from './plan-troubles.ts';
import { composeResult, type SoakResult } from './soak-result.ts';

export interface SoakOptions {
  readonly binaries: Binaries;
  /** The program: run-operators.ts has two. */
  readonly operator: readonly string[];
  readonly tenants: number;
  readonly policies: number;
  /** Of editing. */
  readonly durationMs: number;
  /** How long nothing is done at the end; 0: nothing is measured then. */
  readonly quietMs: number;
  readonly editsPerSecond: number;
  /** Tenants made one after another at the very end. */
  readonly freshTenants: number;
  readonly seed: number;
  /** What is not as meant by then is missed. */
  readonly patienceMs: number;
  readonly say: (line: string) => void;
}

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { durationMs, say, patienceMs } = options;
  const scene = await openScene(options);
  try {
    say('making the fleet');
    await makeFleet(scene);
    const madeMs = await settle(scene, patienceMs);
    say(`the fleet is as meant after ${Math.round(madeMs.tookMs / 1000)} s, ${madeMs.wrong.length} are not`);

    // Everything at once is no wait that anybody has again.
    scene.reactions.forget();
    const editing = await measureSpan(scene);
    const { troubles, byKind } = await editAmidTroubles(scene, options);
    const edited = await editing.end();
    say(`${durationMs / 1000} s of editing are over: ${scene.editor.counts.accepted} edits`);

    await mendAll(scene);
    const settled = await settle(scene, patienceMs);
    const children = await settleChildren(scene, patienceMs);
    say(`settled after ${Math.round(settled.tookMs / 1000)} s; children: ${children.length} wrong`);
    await ailOnPurpose(scene);
    const ailing = await settle(scene, patienceMs);

    const quiet = await beQuiet(scene, options);
    await timeFreshTenants(scene, options);
    const wrong = [...madeMs.wrong, ...settled.wrong, ...children, ...ailing.wrong];
    for (const one of wrong.slice(0, 40)) say(`wrong: ${one}`);
    const events = await countEvents(scene.client);
    return composeResult({
      options,
      scene,
      wrong,
      troubles,
      byKind,
      edited,
      quiet,
      events,
      madeMs: madeMs.tookMs,
      settledMs: settled.tookMs,
    });
  } finally {
    await scene.stop();
  }
}

async function makeFleet({ client, fleet, editor }: Scene): Promise<void> {
  await makeNamespaces(client, fleet);
  for (const tenant of fleet.tenants) await makeSecrets(client, tenant);
  for (const tenant of fleet.tenants) await editor.makeTenant(tenant);
  for (const policy of fleet.policies) await editor.makePolicy(policy);
}

const LOOK_MS = 2000;
const SAY_MS = 15_000;

/** Until everything is as meant, or patience has run out: then what is not. */
async function settle(scene: Scene, patienceMs: number): Promise<{ tookMs: number; wrong: Wrong[] }> {
  const startedMs = scene.clock.nowMs();
  let saidMs = 0;
  for (;;) {
    const wrong = await judgeEnd(scene);
    const tookMs = scene.clock.nowMs() - startedMs;
    if (wrong.length === 0 || tookMs > patienceMs) return { tookMs, wrong };
    if (tookMs > saidMs + SAY_MS) {
      saidMs = tookMs;
      scene.say(`${wrong.length} are not as meant yet, such as ${wrong[0]}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The parts of a tenant that was just deleted are the garbage collector's, which takes a while after an API server came back. */
async function settleChildren(scene: Scene, patienceMs: number): Promise<Wrong[]> {
  const endMs = scene.clock.nowMs() + patienceMs;
  for (;;) {
    const wrong = await judgeChildren(scene);
    if (wrong.length === 0 || scene.clock.nowMs() > endMs) return wrong;
    scene.say(`${wrong.length} parts are not as rendered yet, such as ${wrong[0]}`);
    await new Promise((resolve) => setTimeout(resolve, 5 * LOOK_MS));
  }
}

async function editAmidTroubles(scene: Scene, { durationMs, editsPerSecond, seed, say }: SoakOptions) {
  const edits = editAtRandom({ ...scene, random: seededRandom(seed) });
  const endMs = scene.clock.nowMs() + durationMs;
  const editing = (async () => {
    while (scene.clock.nowMs() < endMs) {
      await edits.next();
      await new Promise((resolve) => setTimeout(resolve, 1000 / editsPerSecond));
    }
  })();
  const [troubles] = await Promise.all([
    makeTroubles({
      plan: planTroubles(durationMs),
      surroundings: scene.surroundings,
      operators: scene.operators,
      reconnect: scene.pointers.reopen,
      onTrouble: scene.reactions.trouble,
      say,
    }),
    editing,
  ]);
  return { troubles, byKind: edits.made };
}

async function mendAll({ fleet, editor }: Scene): Promise<void> {
  for (const tenant of fleet.tenants)
    if (tenant.isThere && tenant.ails !== undefined) await editor.mendTenant(tenant);
  for (const policy of fleet.policies)
    if (policy.isThere && policy.ails !== undefined) await editor.rewordPolicy(policy);
}

/** Two policies and a tenant that only a person can help: they must end as they are meant to as well. What must be refused is. */
async function ailOnPurpose({ fleet, editor }: Scene): Promise<void> {
  const policies = fleet.policies.filter(({ isThere }) => isThere);
  const tenants = fleet.tenants.filter(({ isThere, isSuspended }) => isThere && !isSuspended);
  for (const policy of policies.slice(0, 2)) await editor.hurtPolicy(policy, 'TestsFailed');
  for (const tenant of tenants.slice(0, 1)) await editor.hurtTenant(tenant, 'SpecInvalid');
  for (const policy of policies.slice(2, 3)) await editor.expectRefusal(POLICIES, policy, refusedPattern);
  for (const tenant of tenants.slice(1, 2)) await editor.expectRefusal(TENANTS, tenant, refusedCorp);
}

/** What edits have changed in the counters of a tenant's status is written up to six minutes later: before that it is not quiet. */
const CALM_DOWN_MS = 6.5 * 60_000;

async function beQuiet(scene: Scene, { quietMs, say }: SoakOptions): Promise<Span | undefined> {
  if (quietMs === 0) return undefined;
  say('quiet');
  await new Promise((resolve) => setTimeout(resolve, CALM_DOWN_MS));
  const span = await measureSpan(scene);
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  return await span.end();
}

async function timeFreshTenants(scene: Scene, { freshTenants, patienceMs }: SoakOptions): Promise<void> {
  const { client, editor, fleet, reactions } = scene;
  for (let count = 0; count < freshTenants; count += 1) {
    const tenant = planTenant(FRESH_NUMBER + count, fleet.namespaces[0]?.name ?? '');
    await makeSecrets(client, tenant);
    fleet.tenants.push(tenant);
    await editor.makeTenant(tenant);
    await settle(scene, patienceMs);
    scene.fresh.push(reactions.tenants.calm.at(-1) ?? Number.POSITIVE_INFINITY);
  }
}
