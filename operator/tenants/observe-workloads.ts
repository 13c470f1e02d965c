// Whether each role of a tenant runs, from its Deployment and from what the role says of itself. A pod that is up and cannot work is not up.
import type { StatusReport } from '@menshen/contracts/status-report';
import { type ConditionType, condition } from './conditions.ts';
import { newestOf } from './judge-reports.ts';
import type { Role } from './render/plan-workloads.ts';
import type { LiveDeployment } from './rolling-tenants.ts';
import type { StepCondition } from './step.ts';

export interface ObservedWorkload {
  readonly roles: readonly Role[];
  /** `undefined` while there is none. */
  readonly live: LiveDeployment | undefined;
}

type Availability = 'IngestAvailable' | 'ArchiverAvailable' | 'ScannerAvailable' | 'NotifierAvailable';

const ROLES: readonly (readonly [Role, Availability, string])[] = [
  ['ingest', 'IngestAvailable', 'messages are captured'],
  ['archiver', 'ArchiverAvailable', 'messages are archived'],
  ['scanner', 'ScannerAvailable', 'messages are judged'],
  ['notifier', 'NotifierAvailable', 'findings are told'],
];

/** What a role may say of itself that keeps it from its work. The other reasons of ingest are about credentials or progress. */
const TROUBLES: Readonly<Record<Role, readonly string[]>> = {
  ingest: ['SdkUnusable', 'SdkFailed', 'WeComUnreachable', 'Fenced', 'BackPressure', 'WaitingForArchive'],
  archiver: ['StoreFailing'],
  scanner: ['PoliciesUnavailable'],
  notifier: ['ChannelFailing'],
};

export function observeWorkloads(of: {
  readonly workloads: readonly ObservedWorkload[];
  readonly reports: readonly StatusReport[];
  readonly isSuspended: boolean;
  /** What steps have found out already: why a pod cannot start says more than that it is not ready. */
  readonly told?: readonly StepCondition[];
  /** Why pods do not start, by name of their Deployment. */
  readonly waiting?: ReadonlyMap<string, string>;
}): StepCondition[] {
  const isTold = (type: Availability): boolean => of.told?.some((each) => each.type === type) ?? false;
  return ROLES.filter(([, type]) => !isTold(type)).map(([role, type, well]) => {
    if (of.isSuspended) return said(type, 'False', 'Suspended', 'spec.suspend is set');
    const live = of.workloads.find(({ roles }) => roles.includes(role))?.live;
    // What a process said that has been replaced since lives on for a minute.
    const report = newestOf(of.reports, role);
    const trouble = TROUBLES[role].includes(report?.reason ?? '') ? report : undefined;
    if (trouble !== undefined) return said(type, 'False', trouble.reason, trouble.message);
    if (live === undefined) return said(type, 'False', 'NotCreated', 'its Deployment has not been made yet');
    if (isAvailable(live)) return said(type, 'True', 'Available', well);
    return said(
      type,
      'False',
      'NotReady',
      `no pod of Deployment ${live.metadata.name} is ready: ${spellWaiting(live, of.waiting)}kubectl describe pods -l app.kubernetes.io/component=${componentOf(live)} says why`,
    );
  });
}

function spellWaiting(
  { metadata }: LiveDeployment,
  waiting: ReadonlyMap<string, string> | undefined,
): string {
  const why = waiting?.get(metadata.name);
  return why === undefined ? '' : `${why}; `;
}

/** Of several scanners one is enough to judge; how late it is then is said elsewhere. */
export function isAvailable({ metadata, status }: LiveDeployment): boolean {
  const isObserved = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return isObserved && (status?.availableReplicas ?? 0) > 0;
}

function said(
  type: Availability,
  status: StepCondition['status'],
  reason: string,
  message: string,
): StepCondition {
  // TROUBLES and the words here are parts of the list; the tests go through all of them.
  return condition(type as ConditionType, status, { reason, message } as never);
}

const componentOf = ({ metadata }: LiveDeployment): string =>
  metadata.labels?.['app.kubernetes.io/component'] ?? '';
