// Which Deployments a tenant becomes: one pod for all roles (Compact) or a Deployment per role (Scaled).
import type { SettledSpec } from '../settled-tenant.ts';

export type Role = 'ingest' | 'archiver' | 'scanner' | 'notifier';

export interface Workload {
  /** Last part of the object's name. */
  readonly component: string;
  readonly roles: readonly Role[];
  /** 'Elsewhere': another than the operator sets it. */
  readonly replicas: number | 'Elsewhere';
  /** Whether old and new pods may run side by side during a roll-out. */
  readonly mayOverlap: boolean;
}

const ROLES: readonly Role[] = ['ingest', 'archiver', 'scanner', 'notifier'];

/**
 * The workloads of a tenant; a suspended one keeps its Deployments, at zero replicas. `scanners`: how many the operator wants at the moment;
 * without it the fewest.
 */
export function planWorkloads(spec: SettledSpec, scanners = spec.scanner.minReplicas): Workload[] {
  const running = spec.suspend ? 0 : 1;
  if (spec.deployment.profile === 'Compact')
    return [{ component: 'compact', roles: ROLES, replicas: running, mayOverlap: false }];
  // Only the scanner is made to run in several replicas; the others are fenced, and a second one would only wait.
  return ROLES.map((role) =>
    role === 'scanner'
      ? { component: role, roles: [role], replicas: scannerReplicas(spec, scanners), mayOverlap: true }
      : { component: role, roles: [role], replicas: running, mayOverlap: false },
  );
}

function scannerReplicas({ suspend, scanner }: SettledSpec, scanners: number): Workload['replicas'] {
  if (suspend) return 0;
  if (scanner.autoscaler === 'KEDA') return 'Elsewhere';
  return Math.min(Math.max(scanners, scanner.minReplicas), scanner.maxReplicas);
}
