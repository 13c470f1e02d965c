// Makes planned troubles happen, one after the other, and measures how long each kept people waiting.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { POLICIES } from '@menshen/operator/resources';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import { forgetHistory, killApiServer } from '../make-trouble.ts';
import type { Surroundings } from './open-surroundings.ts';
import { persist } from './persist.ts';
import type { PlannedTrouble, Trouble } from './plan-troubles.ts';
import type { Operators } from './run-operators.ts';

export interface Troubles {
  readonly happened: Readonly<Record<Trouble, number>>;
  /** Until it was over: a new API server was ready, another operator led, NATS answered; ms. */
  readonly longestMs: Readonly<Record<Trouble, number>>;
  /** From each kill of the API server until `/readyz` said yes, by the wall clock. */
  readonly starting: readonly (readonly [fromMs: number, untilMs: number])[];
}

export async function makeTroubles(of: {
  readonly plan: readonly PlannedTrouble[];
  readonly surroundings: Surroundings;
  readonly operators: Operators;
  /** After NATS has come back. */
  readonly reconnect: () => Promise<void>;
  /** At the beginning and at the end of each. */
  readonly onTrouble: () => void;
  readonly say: (line: string) => void;
}): Promise<Troubles> {
  const { plan, surroundings, onTrouble, say } = of;
  const { clock } = surroundings;
  const happened = { KillApiServer: 0, CutWatches: 0, ForgetHistory: 0, KillLeader: 0, KillNats: 0 };
  const longestMs = { ...happened };
  const startedMs = clock.nowMs();
  const starting: [number, number][] = [];
  for (const { atMs, kind } of plan) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedMs + atMs - clock.nowMs())));
    onTrouble();
    const fromMs = Date.now();
    const tookMs = Math.round(await happen(kind, of, happened[kind]));
    if (kind === 'KillApiServer') starting.push([fromMs, Date.now()]);
    onTrouble();
    happened[kind] += 1;
    longestMs[kind] = Math.max(longestMs[kind], tookMs);
    say(`${kind}: over after ${tookMs} ms`);
  }
  return { happened, longestMs, starting };
}

type Given = Parameters<typeof makeTroubles>[0];

async function happen(kind: Trouble, of: Given, times: number): Promise<number> {
  const { surroundings, operators, reconnect } = of;
  const { plane, way, nats, client, clock } = surroundings;
  const startedMs = clock.nowMs();
  switch (kind) {
    case 'KillApiServer':
      await killApiServer(plane);
      break;
    case 'CutWatches':
      way.cut();
      break;
    case 'ForgetHistory':
      await forget(plane, client, times);
      // Whoever comes back now finds that the version it stopped at is gone.
      way.cut();
      break;
    case 'KillLeader':
      return await operators.killLeader();
    case 'KillNats':
      await nats.stop('SIGKILL');
      await nats.start();
      await reconnect();
      break;
  }
  return clock.nowMs() - startedMs;
}

async function forget(plane: Surroundings['plane'], client: ApiClient, times: number): Promise<void> {
  await persist(() => forgetHistory(plane, client, times % 2 === 0 ? POLICIES : TENANTS));
}
