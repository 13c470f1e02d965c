// How long people wait: from the edit of a policy until every tenant that it means is pointed to the new revision, and from the making of a
// tenant until it is ready. An edit that another one overtakes, or a tenant that moves away meanwhile, is nobody's wait and does not count.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import { type FleetPolicy, type FleetTenant, isMeantFor } from './plan-fleet.ts';

export interface Reactions {
  policyEdited(policy: FleetPolicy, edit: { readonly generation: number; readonly sentMs: number }): void;
  tenantMade(tenant: FleetTenant, sentMs: number): void;
  tenantMoved(tenant: FleetTenant): void;
  pointerChanged(corpId: string, policy: string, pointer: PolicyPointer | undefined): void;
  tenantSeen(tenant: TenantObject): void;
  /** Something was killed or cut: what waits now, or begins to wait within a while, waits for that too. */
  trouble(): void;
  readonly edits: Waits;
  readonly tenants: Waits;
  /** Begins anew: what was measured so far, and what waits, does not count. */
  forget(): void;
}

export class Waits {
  readonly calm: number[] = [];
  readonly troubled: number[] = [];

  clear(): void {
    this.calm.length = 0;
    this.troubled.length = 0;
  }

  /** ms. */
  summary(): Record<'calm' | 'all', Record<string, number>> {
    return { calm: summarise(this.calm), all: summarise([...this.calm, ...this.troubled]) };
  }
}

interface Wait {
  readonly sentMs: number;
  readonly generation: number;
  readonly missing: Set<string>;
}

/** So long after a trouble its consequences are still felt. */
const FELT_MS = 20_000;

export function timeReactions(of: {
  readonly nowMs: () => number;
  readonly fleetTenants: readonly FleetTenant[];
  readonly pointerOf: (corpId: string, policy: string) => PolicyPointer | undefined;
}): Reactions {
  const { nowMs, fleetTenants, pointerOf } = of;
  const edits = new Waits();
  const tenants = new Waits();
  const waits = new Map<string, Wait>();
  const making = new Map<string, number>();
  let troubledMs = Number.NEGATIVE_INFINITY;
  const record = (to: Waits, sentMs: number): void => {
    const isCalm = troubledMs + FELT_MS < sentMs;
    (isCalm ? to.calm : to.troubled).push(nowMs() - sentMs);
  };
  return {
    edits,
    tenants,
    forget: () => {
      waits.clear();
      making.clear();
      for (const each of [edits, tenants]) each.clear();
    },
    trouble: () => {
      troubledMs = nowMs();
    },
    policyEdited: (policy, { generation, sentMs }) => {
      const key = keyOf(policy);
      waits.delete(key);
      if (!policy.isThere || policy.ails !== undefined) return;
      const meant = fleetTenants.filter((tenant) => tenant.isThere && isMeantFor(policy, tenant));
      const known = meant.map(({ corpId }) => pointerOf(corpId, key)?.generation);
      // Of a policy that was deleted and made again the old pointers tell nothing.
      if (meant.length === 0 || (generation === 1 && known.some((one) => one !== undefined))) return;
      const missing = new Set(meant.map(({ corpId }) => corpId).filter((_, at) => known[at] !== generation));
      if (missing.size === 0) record(edits, sentMs);
      else waits.set(key, { sentMs, generation, missing });
    },
    pointerChanged: (corpId, policy, pointer) => {
      const wait = waits.get(policy);
      if (wait === undefined || pointer?.generation !== wait.generation) return;
      wait.missing.delete(corpId);
      if (wait.missing.size > 0) return;
      waits.delete(policy);
      record(edits, wait.sentMs);
    },
    tenantMade: (tenant, sentMs) => {
      making.set(keyOf(tenant), sentMs);
    },
    tenantMoved: (tenant) => {
      making.delete(keyOf(tenant));
      for (const [policy, { missing }] of waits) if (missing.has(tenant.corpId)) waits.delete(policy);
    },
    tenantSeen: (object) => {
      const { metadata, status } = object;
      const sentMs = making.get(keyOf(metadata));
      const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      if (sentMs === undefined || isReady !== true || status?.observedGeneration !== metadata.generation)
        return;
      making.delete(keyOf(metadata));
      record(tenants, sentMs);
    },
  };
}

function keyOf({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}

function summarise(values: readonly number[]): Record<string, number> {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => Math.round(sorted[Math.ceil(part * sorted.length) - 1] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
