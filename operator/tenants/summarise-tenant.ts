// Everything a pass has found → the status. The only place where Ready, Reconciling and Stalled are decided. Pure.
//
// As kstatus reads it: Reconciling=True is being worked on, Stalled=True waits for a person, Ready=True is done; Ready=False alone means that
// it is not done yet. So a status says at every moment which of these it is.
import type { WeComTenantStatus } from '@menshen/crds/types/wecomtenants';
import { type Condition, settleConditions } from '../kube/conditions.ts';
import { condition } from './conditions.ts';
import type { StepCondition } from './step.ts';
import type { Counters } from './summarise-counters.ts';

export type Work =
  | 'Starting'
  | 'RollingOut'
  | 'WaitingForTurn'
  | 'WaitingForOldPods'
  | 'Retrying'
  | 'Paused'
  /** Nothing is left to be done. */
  | 'None';

export interface Findings {
  /** From the steps, without Ready, Reconciling and Stalled. */
  readonly conditions: readonly StepCondition[];
  readonly work: Work;
  /** Why only a person can help; `undefined` when it goes on by itself. */
  readonly stalled: { readonly reason: string; readonly message: string } | undefined;
  readonly isSuspended: boolean;
  /** Newest generation of which everything is written; `undefined` before there is one. */
  readonly appliedGeneration: number | undefined;
  readonly counters: Counters;
  readonly workloads: NonNullable<WeComTenantStatus['workloads']>;
  /** Value of menshen.dev/reconcile-at that this pass has acted upon. */
  readonly handledReconcileAt: string | undefined;
}

export type TenantStatus = Omit<WeComTenantStatus, 'observedGeneration'>;

/** In the order in which one is named when several are not as they should be: what comes first is the cause of what follows. */
const NEEDED = [
  'CredentialsValid',
  'StreamReady',
  'DatabaseReady',
  'ObjectStoreReady',
  'IngestAvailable',
  'ArchiverAvailable',
  'ScannerAvailable',
  'NotifierAvailable',
];

const ORDER = ['Ready', 'Reconciling', 'Stalled', ...NEEDED, 'Fresh'];

export function summariseTenant(
  findings: Findings,
  previous: WeComTenantStatus | undefined,
  at: { readonly generation: number; readonly nowMs: number },
): TenantStatus {
  const ready = summariseReady(findings, at.generation);
  const observedGeneration = generationTold(findings, at.generation);
  const all = [ready, summariseWork(findings, ready), summariseStalled(findings), ...findings.conditions];
  const wanted = all.toSorted(byOrder).map((each) => ({ ...each, observedGeneration }));
  const { handledReconcileAt: handled, appliedGeneration } = findings;
  return {
    ...(appliedGeneration === undefined ? {} : { appliedGeneration }),
    ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    ...findings.counters,
    ...(findings.workloads.length === 0 ? {} : { workloads: findings.workloads }),
    conditions: settleConditions((previous?.conditions ?? []) as Condition[], wanted, at.nowMs),
  };
}

/** Of which generation the status speaks. What comes while it is paused is not acted upon: the status stays with what was applied. */
export function generationTold({ work, appliedGeneration }: Findings, generation: number): number {
  return work === 'Paused' ? (appliedGeneration ?? 0) : generation;
}

/** Before anything is known of a tenant, so that nobody takes it for done. */
export function beginStatus(at: { readonly generation: number; readonly nowMs: number }): TenantStatus {
  const nothing: Findings = {
    conditions: [],
    work: 'Starting',
    stalled: undefined,
    isSuspended: false,
    appliedGeneration: undefined,
    counters: {},
    workloads: [],
    handledReconcileAt: undefined,
  };
  return summariseTenant(nothing, undefined, at);
}

function summariseReady(findings: Findings, generation: number): StepCondition {
  const { conditions, stalled, isSuspended, work } = findings;
  if (work === 'Starting')
    return condition('Ready', 'Unknown', {
      reason: 'Starting',
      message: 'the operator has begun to look at it',
    });
  if (generationTold(findings, generation) !== generation)
    return condition('Ready', 'Unknown', {
      reason: 'Paused',
      message:
        'the annotation menshen.dev/paused is set, and this spec was not applied: remove the annotation to have it applied',
    });
  if (stalled !== undefined) return { type: 'Ready', status: 'False', ...stalled };
  if (isSuspended && (work === 'None' || work === 'Paused'))
    return condition('Ready', 'True', { reason: 'Suspended', message: 'nothing runs, as spec.suspend asks' });
  const needed = NEEDED.flatMap((type) => conditions.find((each) => each.type === type) ?? []).filter(
    (each) => !isSuspended || !isAboutPods(each),
  );
  const culprit =
    needed.find((each) => each.status === 'False' && !isTolerable(each)) ??
    needed.find(({ status }) => status === 'Unknown');
  if (culprit !== undefined)
    return {
      type: 'Ready',
      status: culprit.status === 'False' ? 'False' : 'Unknown',
      reason: culprit.reason,
      message: culprit.message,
    };
  return condition('Ready', 'True', {
    reason: 'Running',
    message: 'messages are captured, archived and judged',
  });
}

/** A receiver of notices that does not answer is somebody else's trouble: it is said, and the tenant works. */
function isTolerable({ reason }: StepCondition): boolean {
  return reason === 'ChannelFailing';
}

function isAboutPods({ type }: StepCondition): boolean {
  return type.endsWith('Available') || type === 'CredentialsValid';
}

const WORK: Readonly<Record<Exclude<Work, 'None'>, string>> = {
  Starting: 'the operator has begun to look at it',
  RollingOut: 'pods are being started or replaced',
  WaitingForTurn: 'its pods are replaced when those of other tenants have been',
  WaitingForOldPods: 'the pods of the former profile are ending; the new ones start when they have gone',
  Retrying:
    'a call to the API server or to an engine failed and is tried again; the log of the operator says which',
  Paused: 'the annotation menshen.dev/paused is set: the operator changes nothing until it is removed',
};

function summariseWork({ work, stalled }: Findings, ready: StepCondition): StepCondition {
  if (work === 'Paused') return condition('Reconciling', 'False', { reason: 'Paused', message: WORK.Paused });
  if (stalled !== undefined)
    return condition('Reconciling', 'False', { reason: 'UpToDate', message: 'nothing more can be done' });
  if (work !== 'None') return condition('Reconciling', 'True', { reason: work, message: WORK[work] });
  if (ready.status !== 'True')
    return condition('Reconciling', 'True', { reason: 'Progressing', message: 'it is not ready yet' });
  return condition('Reconciling', 'False', { reason: 'UpToDate', message: 'everything is as the spec asks' });
}

function summariseStalled({ stalled }: Findings): StepCondition {
  if (stalled === undefined)
    return condition('Stalled', 'False', { reason: 'NotStalled', message: 'nobody has to do anything' });
  return { type: 'Stalled', status: 'True', ...stalled };
}

function byOrder(a: StepCondition, b: StepCondition): number {
  const place = ({ type }: StepCondition): number => {
    const at = ORDER.indexOf(type);
    return at === -1 ? ORDER.length : at;
  };
  return place(a) - place(b) || (a.type < b.type ? -1 : 1);
}
