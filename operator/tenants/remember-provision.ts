// When what is outside of Kubernetes is looked at again. Passes come with every report of every process; NATS and ClickHouse are asked only
// when the spec is another, somebody asks, something was not well, or half an hour has gone by.
import { type Acting, assertMayAct } from '../kube/assert-may-act.ts';
import type { Clock, Random } from '../kube/clock.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { StepResult } from './step.ts';
import type { ProvisionStep, StepContext } from './tenant-ports.ts';

export interface ProvisionMemory {
  /** Results of the steps, in their order, up to the first that blocks. */
  run(tenant: SettledTenant, context: StepContext): Promise<readonly StepResult[]>;
  forget(uid: string): void;
}

interface Known {
  readonly generation: number;
  readonly dueMs: number;
  readonly results: readonly StepResult[];
}

/**
 * What was well is looked at again after so long, ms; jitter is added. Each look reads a Secret and a claim at the API server, of which 200
 * tenants that do nothing may ask less than one thing a second.
 */
const WELL_MS = 30 * 60_000;
/** What was not, where the step itself does not say when. */
const NOT_WELL_MS = 15_000;
const JITTER = 0.2;

export function rememberProvision(
  steps: readonly ProvisionStep[],
  ports: Acting & { readonly clock: Clock; readonly random: Random },
): ProvisionMemory {
  const { clock, random } = ports;
  const memory = new Map<string, Known>();
  return {
    run: async (tenant, context) => {
      const { uid = '', generation = 0 } = tenant.metadata;
      const known = memory.get(uid);
      const isGood = known !== undefined && known.generation === generation && !context.isForced;
      if (isGood && clock.nowMs() < known.dueMs) return known.results;
      const results = await runAll(steps, tenant, { ...context, acting: ports });
      const dueMs = clock.nowMs() + periodOf(results) * (1 + JITTER * random());
      memory.set(uid, { generation, dueMs, results });
      return results;
    },
    forget: (uid) => {
      memory.delete(uid);
    },
  };
}

async function runAll(
  steps: readonly ProvisionStep[],
  tenant: SettledTenant,
  { acting, ...context }: StepContext & { readonly acting: Acting },
): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    assertMayAct(acting);
    const result = await step(tenant, context);
    results.push(result);
    if (result.blocks === true) break;
  }
  return results;
}

function periodOf(results: readonly StepResult[]): number {
  const asked = results.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
  const isWell = results.every(({ conditions }) => conditions.every(({ status }) => status === 'True'));
  return Math.min(isWell ? WELL_MS : NOT_WELL_MS, ...asked);
}
