// Where the credentials are that the operator makes for the processes of a tenant: one Secret for each process and engine.
import type { SecretKeyRef } from '@menshen/crds/types/wecomtenants';
import { tenantPrefix } from '../render/name-objects.ts';
import type { Role } from '../render/plan-workloads.ts';
import type { SettledSpec, SettledTenant } from '../settled-tenant.ts';

export type Engine = 'nats' | 'clickhouse';

/** Which keys the operator was given. */
export interface OperatorKeys {
  readonly nats: boolean;
  readonly clickhouse: boolean;
}

const KEYS = { nats: 'nats.creds', clickhouse: 'password' } as const satisfies Record<Engine, string>;

/** One process runs one role, or all of them. */
export const componentOf = (roles: readonly Role[]): string =>
  roles.length === 1 ? (roles[0] ?? 'compact') : 'compact';

export function credentialsRef(tenant: SettledTenant, component: string, engine: Engine): SecretKeyRef {
  return { name: `${tenantPrefix(tenant.metadata.name)}-${component}-${engine}`, key: KEYS[engine] };
}

/** Whether the operator makes the credentials: it was given the key, and the tenant names none of its own. */
export function makesNats({ messaging }: SettledSpec, keys: OperatorKeys): boolean {
  return keys.nats && messaging.credentialsSecretRef === undefined;
}

/** With a user of its own a tenant says that it has rights of its own; `default` is what the CRD fills in. */
export function makesClickHouse({ storage }: SettledSpec, keys: OperatorKeys): boolean {
  const { passwordSecretRef, username } = storage.clickhouse;
  return keys.clickhouse && passwordSecretRef === undefined && username === 'default';
}

/** The tenant as its objects are rendered: saying which credentials are made for it. */
export function withMadeCredentials(tenant: SettledTenant, keys: OperatorKeys): SettledTenant {
  const made = { nats: makesNats(tenant.spec, keys), clickhouse: makesClickHouse(tenant.spec, keys) };
  return made.nats || made.clickhouse ? { ...tenant, made } : tenant;
}

const ASKING: readonly Role[] = ['ingest', 'archiver'];

/** Whether a process asks ClickHouse anything: one that does not has no user there, and no Secret. */
export const asksClickHouse = (roles: readonly Role[]): boolean =>
  roles.some((role) => ASKING.includes(role));

/** The user of one process in ClickHouse. */
export const clickHouseUser = (corpId: string, component: string): string => `wecom_${corpId}_${component}`;
