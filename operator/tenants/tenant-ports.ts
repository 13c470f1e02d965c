// What the reconciliation of tenants needs of the world, as narrow as it can be. operator/start-operator.ts fills it in.
import type { StatusReport } from '@menshen/contracts/status-report';
import type { WeComTenant } from '@menshen/crds/types/wecomtenants';
import type { ApiClient } from '../kube/api-client.ts';
import type { Applier } from '../kube/apply.ts';
import type { Clock, Random, WallClock } from '../kube/clock.ts';
import type { KubeObject } from '../kube/kube-object.ts';
import type { Recorder } from '../kube/recorder.ts';
import type { ReadStore } from '../kube/store.ts';
import type { Role } from './render/plan-workloads.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { StepResult } from './step.ts';

/** A tenant as the API server has it. */
export type TenantObject = KubeObject & WeComTenant;

export interface TenantStores {
  /** Every tenant of the cluster; index `corpId`. */
  readonly tenants: ReadStore<TenantObject>;
  /** Objects that tenants are made of, by plural; index `controller`, the uid of the tenant. */
  owned(plural: string): ReadStore<KubeObject>;
}

export interface TenantSettings {
  /** Image of the tenants' pods, by digest where possible. */
  readonly image: string;
  /** Tenants whose pods are replaced at the same time when nobody edited them, as after an upgrade of the operator. */
  readonly maxRollingTenants: number;
  /** Time between two looks at the Secrets of a tenant that is well, ms. */
  readonly secretCheckMs: number;
}

export interface StepContext {
  /** Somebody asked for this pass by menshen.dev/reconcile-at: nothing remembered counts. */
  readonly isForced: boolean;
  readonly signal: AbortSignal;
}

/** Brings one thing outside of Kubernetes in line. Rejects for what is neither expected nor known. */
export type ProvisionStep = (tenant: SettledTenant, context: StepContext) => Promise<StepResult>;

export interface TenantPorts {
  readonly client: ApiClient;
  readonly applier: Applier;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly fieldManager: string;
  /** Asked before anything is written. */
  mayAct(): boolean;
  readonly stores: TenantStores;
  /** What the tenant's processes last said of themselves; `undefined` while the STATUS bucket cannot be read. */
  reportsOf(tenant: SettledTenant): readonly StatusReport[] | undefined;
  /** Streams, database, objects, in this order. */
  readonly provision: readonly ProvisionStep[];
  /** The tenant, with the credentials that the operator makes for it in place of those that it does not name. */
  withMadeCredentials?(tenant: SettledTenant, roles: readonly Role[]): SettledTenant;
  readonly settings: TenantSettings;
}
