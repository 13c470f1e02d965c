// Step 3: which scanners of each selected tenant judge by the revision that is wanted there.
import { shortDigest } from '@menshen/contracts/digest';
import type { TenantLink } from '../messaging/tenant-link.ts';
import type { SettledTenant } from '../tenants/settled-tenant.ts';

export interface TenantPropagation {
  readonly namespace: string;
  readonly name: string;
  readonly state:
    | 'Propagated'
    | 'Propagating'
    /** No scanner has said anything within a minute. */
    | 'NoScanner'
    /** A scanner says why it does not use it. */
    | 'RefusedByScanner'
    /** Published; nobody judges until the tenant goes on. */
    | 'Suspended'
    | 'NatsUnreachable';
  /** Scanners that report. */
  readonly scanners: number;
  /** Those of them that judge by this revision. */
  readonly running: number;
  /** The scanner's words. */
  readonly detail?: string;
}

export interface SelectedTenant {
  readonly tenant: SettledTenant;
  readonly link: TenantLink | undefined;
}

/** In order of namespace and name. `hasFailed`: publishing to a tenant (corpId) did not work in this pass. */
export function watchPropagation(
  policy: string,
  digest: string,
  selected: readonly SelectedTenant[],
  hasFailed: (corpId: string) => boolean,
): TenantPropagation[] {
  return selected
    .map((one) => propagationTo(policy, digest, one, hasFailed))
    .sort((a, b) => compare(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`));
}

function propagationTo(
  policy: string,
  digest: string,
  { tenant, link }: SelectedTenant,
  hasFailed: (corpId: string) => boolean,
): TenantPropagation {
  const { namespace, name } = tenant.metadata;
  const views = [...(link?.scanners.values() ?? [])];
  const scanners = views.length;
  const running = views.filter((view) => view.digests.get(policy) === shortDigest(digest)).length;
  const counted = { namespace, name, scanners, running };
  if (link === undefined || link.state.kind === 'Opening') return { ...counted, state: 'Propagating' };
  if (link.state.kind === 'Unreachable' || hasFailed(tenant.spec.corpId))
    return { ...counted, state: 'NatsUnreachable' };
  if (scanners === 0) return { ...counted, state: tenant.spec.suspend ? 'Suspended' : 'NoScanner' };
  if (running === scanners) return { ...counted, state: 'Propagated' };
  const detail = views.map((view) => view.rejected.get(policy)).find((text) => text !== undefined);
  return detail === undefined
    ? { ...counted, state: 'Propagating' }
    : { ...counted, state: 'RefusedByScanner', detail };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
