// All that takes part in a soak, started in order and stopped together.

import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { Clock } from '@menshen/operator/kube/clock';
import { objectSource } from '@menshen/operator/kube/object-source';
import { startReflector } from '@menshen/operator/kube/reflector';
import { createStore } from '@menshen/operator/kube/store';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import { seededRandom } from '../seeded-random.ts';
import { createFleetEditor, type FleetEditor } from './edit-fleet.ts';
import { followPointers, type PointerFollower } from './follow-pointers.ts';
import { OPERATOR_NAMESPACE, openSurroundings, type Surroundings } from './open-surroundings.ts';
import { type Fleet, planFleet } from './plan-fleet.ts';
import { type Nodes, playNodes } from './play-nodes.ts';
import { type AuditedCalls, followAudit, type Refusal } from './read-audit.ts';
import { type Operators, runOperators } from './run-operators.ts';
import type { SoakOptions } from './run-soak.ts';
import { type Reactions, timeReactions } from './time-reactions.ts';

export interface Scene {
  readonly surroundings: Surroundings;
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly editor: FleetEditor;
  readonly pointers: PointerFollower;
  readonly nats: PointerFollower['nats'];
  readonly operators: Operators;
  readonly reactions: Reactions;
  /** Calls since it was read last; what was refused is kept. */
  readonly audit: { read(): Promise<AuditedCalls>; readonly refused: readonly Refusal[] };
  readonly image: string;
  readonly say: (line: string) => void;
  /** Time to Ready of tenants made when nothing else happens, ms. */
  readonly fresh: number[];
  stop(): Promise<void>;
}

const IMAGE = 'registry.example/menshen:soak';

export async function openScene(options: SoakOptions): Promise<Scene> {
  const surroundings = await openSurroundings(options.binaries);
  const undo: (() => Promise<unknown>)[] = [surroundings.stop];
  const stop = async (): Promise<void> => {
    for (const each of undo.reverse()) await each();
  };
  try {
    return { ...(await openWithin(surroundings, options, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openWithin(
  surroundings: Surroundings,
  options: SoakOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Omit<Scene, 'stop'>> {
  const { client, clock, nats, clickhouse, folder, auditFile, operatorKubeconfig } = surroundings;
  options.say(`data and logs in ${folder}`);
  const fleet = planFleet(options);
  let nodes: Nodes | undefined;
  let reactions: Reactions | undefined;
  const pointers = await followPointers(nats.url, (corpId, policy, pointer) => {
    reactions?.pointerChanged(corpId, policy, pointer);
    nodes?.pointersChanged(corpId);
  });
  undo.push(pointers.stop);
  reactions = timeReactions({
    nowMs: clock.nowMs,
    fleetTenants: fleet.tenants,
    pointerOf: (corpId, policy) => pointers.of(corpId).get(policy),
  });
  const random = seededRandom(options.seed + 1);
  const tenants = watchTenants({ client, clock, random }, reactions);
  undo.push(tenants.stop);
  nodes = await playNodes({ client, clock, random, tenants: tenants.store, pointers });
  undo.push(nodes.stop);
  const operators = await runOperators({
    kubeconfig: operatorKubeconfig,
    namespace: OPERATOR_NAMESPACE,
    image: IMAGE,
    folder,
    program: options.operator,
  });
  undo.push(operators.stop);
  await operators.untilLed();
  const engines = { natsUrl: nats.url, clickhouseUrl: clickhouse.url };
  const editor = createFleetEditor({ client, engines, nowMs: clock.nowMs, listener: reactions });
  const audit = keepRefused(followAudit(auditFile));
  return {
    surroundings,
    client,
    clock,
    fleet,
    editor,
    pointers,
    nats: pointers.nats,
    operators,
    reactions,
    audit,
    image: IMAGE,
    say: options.say,
    fresh: [],
  };
}

function watchTenants(
  with_: { readonly client: ApiClient; readonly clock: Clock; readonly random: () => number },
  reactions: Reactions,
) {
  const { client, clock, random } = with_;
  const ending = new AbortController();
  const store = createStore<TenantObject>();
  const reflector = startReflector<TenantObject>({
    source: objectSource(client, TENANTS),
    store,
    clock,
    random,
    signal: ending.signal,
    onChange: (change) => {
      if (change.type !== 'Deleted') reactions.tenantSeen(change.object);
    },
  });
  return {
    store,
    stop: async () => {
      ending.abort();
      await reflector.ended;
    },
  };
}

function keepRefused(read: () => Promise<AuditedCalls>): Scene['audit'] {
  const refused: Refusal[] = [];
  return {
    refused,
    read: async () => {
      const calls = await read();
      refused.push(...calls.refused);
      return calls;
    },
  };
}
