// What a pass over a tenant works with: the tenant as it was read, what is remembered, and what the steps have found so far.
import type { StatusReport } from '@menshen/contracts/status-report';
import type { AppliedObjects } from './apply-objects.ts';
import type { Waiting, WaitingMemory } from './find-waiting.ts';
import type { OptionalObjects } from './optional-objects.ts';
import type { ProvisionMemory } from './remember-provision.ts';
import type { ReferenceMemory, References } from './remember-references.ts';
import type { RollingTenants } from './rolling-tenants.ts';
import type { Scaling, ScannerScale } from './scale-scanners.ts';
import type { SettledTenant } from './settled-tenant.ts';
import type { StepResult } from './step.ts';
import type { Findings, Work } from './summarise-tenant.ts';
import type { TenantObject, TenantPorts } from './tenant-ports.ts';

/** What is remembered between passes. All of it may be lost: a restart only looks again. */
export interface Memory {
  readonly references: ReferenceMemory;
  readonly provision: ProvisionMemory;
  readonly optional: OptionalObjects;
  readonly rolling: RollingTenants;
  readonly scale: ScannerScale;
  readonly waiting: WaitingMemory;
  /** uid by key, to forget what has gone. */
  readonly uids: Map<string, string>;
}

export interface Pass {
  readonly ports: TenantPorts;
  readonly memory: Memory;
  readonly object: TenantObject;
  readonly tenant: SettledTenant;
  readonly uid: string;
  readonly isForced: boolean;
  readonly reports: readonly StatusReport[] | undefined;
  readonly signal: AbortSignal;
}

/** What the steps have found so far; after a failure, some of it. */
export interface Found {
  work: Work;
  /** Why it may not run at all: nothing else is looked at. */
  refusal?: NonNullable<Findings['stalled']>;
  /** What the steps came upon that only a person can mend. */
  stalled?: NonNullable<Findings['stalled']>;
  references?: References;
  provisioned?: readonly StepResult[];
  scaling?: Scaling;
  applied?: AppliedObjects;
  waiting?: Waiting;
}
