// When a tenant's Secrets are looked at again. They cannot be watched, and 200 tenants must not be 200 requests a pass: what was found stays
// good until its time is over, the spec names others, or somebody asks.
import type { ApiClient } from '../kube/api-client.ts';
import type { Clock, Random } from '../kube/clock.ts';
import { type CheckedReferences, checkReferences } from './check-references.ts';
import { listReferences } from './list-references.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { StepContext } from './tenant-ports.ts';

export interface References extends CheckedReferences {
  /** From now until they are looked at again, ms. */
  readonly checkAgainMs: number;
}

export interface ReferenceMemory {
  check(tenant: SettledTenant, context: StepContext): Promise<References>;
  forget(uid: string): void;
}

/** Somebody may be about to create what is missing, and waits for it. */
const MISSING_AGAIN_MS = 15_000;
/** No two tenants keep step: up to this part of the time is added. */
const JITTER = 0.2;

interface Known {
  readonly asked: string;
  readonly dueMs: number;
  readonly found: CheckedReferences;
}

export function rememberReferences(
  client: Pick<ApiClient, 'get'>,
  { clock, random, everyMs }: { readonly clock: Clock; readonly random: Random; readonly everyMs: number },
): ReferenceMemory {
  const memory = new Map<string, Known>();
  return {
    check: async (tenant, { isForced, signal }) => {
      const uid = tenant.metadata.uid ?? '';
      const asked = JSON.stringify(listReferences(tenant.spec).map(({ ref }) => [ref.name, ref.key]));
      const known = memory.get(uid);
      const nowMs = clock.nowMs();
      if (known !== undefined && !isForced && known.asked === asked && nowMs < known.dueMs)
        return { ...known.found, checkAgainMs: known.dueMs - nowMs };
      const found = await checkReferences(client, tenant, signal);
      const periodMs = found.problem === undefined ? everyMs : Math.min(MISSING_AGAIN_MS, everyMs);
      const checkAgainMs = periodMs * (1 + JITTER * random());
      memory.set(uid, { asked, dueMs: clock.nowMs() + checkAgainMs, found });
      return { ...found, checkAgainMs };
    },
    forget: (uid) => {
      memory.delete(uid);
    },
  };
}
