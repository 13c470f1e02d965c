// One link for each tenant that is there: opened when a tenant appears, opened anew when its address changes, closed when it goes.
import type { Clock, Random } from '../kube/clock.ts';
import type { SettledTenant } from '../tenants/settled-tenant.ts';
import { createGate } from './gate.ts';
import { createBucketOpener } from './open-buckets.ts';
import type { ConnectionPool, NatsAccess } from './pool-connections.ts';
import { type LinkListener, openLink, type RunningLink, type TenantLink } from './tenant-link.ts';

export interface Links {
  /** The link of a corpId; `undefined` when no tenant has it. */
  of(corpId: string): TenantLink | undefined;
  all(): readonly TenantLink[];
  /** Makes the links those of these tenants, one for each corpId. */
  follow(tenants: readonly SettledTenant[]): void;
  stop(): Promise<void>;
}

export interface LinksOptions {
  readonly readAccess: (tenant: SettledTenant) => Promise<NatsAccess>;
  readonly pool: ConnectionPool;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: LinkListener;
}

interface Kept {
  tenant: SettledTenant;
  readonly address: string;
  readonly link: RunningLink;
}

const MOST_OPENING = 16;

export function createLinks(options: LinksOptions): Links {
  const kept = new Map<string, Kept>();
  const closing = new Set<Promise<void>>();
  const buckets = createBucketOpener();
  const gate = createGate(MOST_OPENING);
  let isStopped = false;

  const close = ({ link }: Kept): void => {
    const closed = link.stop().finally(() => closing.delete(closed));
    closing.add(closed);
  };
  const open = (tenant: SettledTenant): void => {
    const { corpId, messaging } = tenant.spec;
    const link = openLink({
      ...options,
      buckets,
      gate,
      corpId,
      replicas: messaging.replicas,
      readAccess: () => options.readAccess(kept.get(corpId)?.tenant ?? tenant),
    });
    kept.set(corpId, { tenant, link, address: addressOf(tenant) });
  };
  return {
    of: (corpId) => kept.get(corpId)?.link,
    all: () => [...kept.values()].map(({ link }) => link),
    follow: (tenants) => {
      if (isStopped) return;
      const wanted = new Map(tenants.map((tenant) => [tenant.spec.corpId, tenant]));
      for (const [corpId, one] of [...kept]) {
        const tenant = wanted.get(corpId);
        if (tenant !== undefined && addressOf(tenant) === one.address) {
          one.tenant = tenant;
          wanted.delete(corpId);
          continue;
        }
        kept.delete(corpId);
        close(one);
      }
      for (const tenant of wanted.values()) open(tenant);
    },
    stop: async () => {
      isStopped = true;
      for (const one of kept.values()) close(one);
      kept.clear();
      await Promise.all(closing);
    },
  };
}

/** What a link depends on. */
function addressOf({ metadata, spec }: SettledTenant): string {
  const { url, credentialsSecretRef } = spec.messaging;
  return JSON.stringify([metadata.namespace, url, credentialsSecretRef]);
}
