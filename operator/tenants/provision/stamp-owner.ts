// Whose a stream is, written into its metadata: what a tenant left behind is known by it when the tenant is gone, and given to the one
// that comes back. A database is stamped the same way in its comment.
import type { SettledTenant } from '../settled-tenant.ts';

/** Whether the thing was made for this WeComTenant, or was there before it. */
export type Origin = 'Created' | 'Adopted';

export interface OwnerStamp {
  readonly corpId: string;
  /** metadata.uid of the WeComTenant; empty where it is none of a cluster. */
  readonly uid: string;
  /** `<namespace>/<name>`, for people. */
  readonly tenant: string;
  readonly origin: Origin;
}

const CORP_ID = 'menshen.dev/corp-id';
const UID = 'menshen.dev/tenant-uid';
const TENANT = 'menshen.dev/tenant';
const ORIGIN = 'menshen.dev/origin';

export function stampOf({ metadata, spec }: SettledTenant, origin: Origin): OwnerStamp {
  const { uid = '', namespace, name } = metadata;
  return { corpId: spec.corpId, uid, tenant: `${namespace}/${name}`, origin };
}

export function writeStamp({ corpId, uid, tenant, origin }: OwnerStamp): Record<string, string> {
  return { [CORP_ID]: corpId, [UID]: uid, [TENANT]: tenant, [ORIGIN]: origin };
}

/** `undefined` for a thing that carries no stamp of ours. */
export function readStamp(metadata: Readonly<Record<string, string>> = {}): OwnerStamp | undefined {
  const corpId = metadata[CORP_ID];
  const uid = metadata[UID];
  if (corpId === undefined || uid === undefined) return undefined;
  const origin = metadata[ORIGIN] === 'Created' ? 'Created' : 'Adopted';
  return { corpId, uid, tenant: metadata[TENANT] ?? '', origin };
}

/** The stamp that an existing thing is to carry: its own when it is this tenant's, else one that says that it was adopted. */
export function adoptStamp(tenant: SettledTenant, found: OwnerStamp | undefined): OwnerStamp {
  const ours = found !== undefined && found.uid === (tenant.metadata.uid ?? '');
  return stampOf(tenant, ours ? found.origin : 'Adopted');
}

export const sameStamp = (a: OwnerStamp | undefined, b: OwnerStamp): boolean =>
  a !== undefined &&
  a.corpId === b.corpId &&
  a.uid === b.uid &&
  a.tenant === b.tenant &&
  a.origin === b.origin;
