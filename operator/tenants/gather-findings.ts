// What a pass has found, put together for the status: from the steps, from the Deployments, and from what the tenant's processes report.
import type { AppliedObjects } from './apply-objects.ts';
import { condition } from './conditions.ts';
import { describeSurroundings } from './describe-surroundings.ts';
import { type JudgedReports, judgeReports } from './judge-reports.ts';
import { observeWorkloads } from './observe-workloads.ts';
import { readAnnotations } from './read-annotations.ts';
import { isRolling } from './rolling-tenants.ts';
import type { Scaling } from './scale-scanners.ts';
import type { StepCondition, StepResult } from './step.ts';
import { type Counters, countersDueInMs, readBlocks, summariseCounters } from './summarise-counters.ts';
import type { Findings, Work } from './summarise-tenant.ts';
import type { Found, Pass } from './tenant-pass.ts';
import type { TenantObject } from './tenant-ports.ts';
import { listWorkloads } from './tenant-workloads.ts';

/** While others are waited for: what they do brings no event here, ms. */
const WAITING_AGAIN_MS = 5000;
export interface Gathered {
  readonly findings: Findings;
  /** When to look again although nothing happens; the earliest counts, ms. */
  readonly lookAgainMs: readonly number[];
}

export function gatherFindings(pass: Pass, found: Found): Gathered {
  const { tenant, object, ports } = pass;
  const { scaling, applied, references, provisioned = [] } = found;
  const appliedGeneration = appliedBy(object, found);
  // What is asked while it is paused is not so yet.
  const isSuspended = tenant.spec.suspend && (found.work !== 'Paused' || isApplied(object));
  const workloads = listWorkloads(ports.stores, tenant);
  const judged = judgeReports(pass.reports, { isSuspended });
  const stalled = found.refusal ?? found.stalled ?? stalledBy(judged, provisioned, found);
  const live = workloads.flatMap((workload) => workload.live ?? []);
  const findings: Findings = {
    work: found.work === 'None' ? workOf(applied, live.some(isRolling)) : found.work,
    stalled,
    isSuspended,
    appliedGeneration,
    // Of a tenant that may not run nothing is looked at.
    conditions:
      found.refusal !== undefined
        ? keptConditions(object)
        : withKept(object, found, listConditions(pass, found, { judged, workloads, isSuspended })),
    counters: countersOf(pass, scaling),
    workloads: live.map(({ metadata, spec, status }) => ({
      name: metadata.name,
      replicas: spec?.replicas ?? 1,
      ready: status?.readyReplicas ?? 0,
    })),
    handledReconcileAt:
      found.work === 'Retrying' || found.work === 'Paused'
        ? object.status?.lastHandledReconcileAt
        : readAnnotations(object).reconcileAt,
  };
  const isWaiting = applied?.waitsForTurn === true || applied?.waitsForOldPods === true;
  const waits = [
    isWaiting ? WAITING_AGAIN_MS : undefined,
    references?.checkAgainMs,
    scaling?.lookAgainMs,
    found.waiting?.lookAgainMs,
    countersDueInMs(findings.counters, timeOf(pass)),
    ...provisioned.map((each) => each.requeueAfterMs),
  ];
  return { findings, lookAgainMs: waits.filter((ms) => ms !== undefined) };
}

/** Everything of this spec is written, and nothing was left for later. */
function appliedBy({ metadata, status }: TenantObject, { applied, references }: Found): number | undefined {
  const isWhole =
    applied !== undefined &&
    !applied.waitsForTurn &&
    !applied.waitsForOldPods &&
    references?.problem === undefined;
  return isWhole ? metadata.generation : status?.appliedGeneration;
}

/** Whether what was applied last is the spec as it is now. */
function isApplied({ metadata, status }: TenantObject): boolean {
  return status?.appliedGeneration !== undefined && status.appliedGeneration === metadata.generation;
}

function workOf(applied: AppliedObjects | undefined, isAnyRolling: boolean): Work {
  if (applied?.waitsForOldPods === true) return 'WaitingForOldPods';
  if (applied?.waitsForTurn === true) return 'WaitingForTurn';
  return isAnyRolling ? 'RollingOut' : 'None';
}

function stalledBy(
  judged: JudgedReports,
  provisioned: readonly StepResult[],
  { references, work }: Found,
): Findings['stalled'] {
  // While something fails or is missing by itself, nobody can say that only a person helps.
  if (work === 'Retrying' || references?.problem !== undefined) return undefined;
  const stuck = provisioned.find(({ isStalled }) => isStalled === true);
  const culprit = stuck?.conditions.find(({ status }) => status === 'False');
  if (culprit !== undefined) return { reason: culprit.reason, message: culprit.message };
  if (!judged.needsPerson) return undefined;
  return { reason: judged.credentials.reason, message: judged.credentials.message };
}

function listConditions(
  pass: Pass,
  { work, references, provisioned = [], scaling, applied, waiting }: Found,
  of: {
    readonly judged: JudgedReports;
    readonly workloads: ReturnType<typeof listWorkloads>;
    readonly isSuspended: boolean;
  },
): StepCondition[] {
  const { reports = [] } = pass;
  const missingApis = applied?.missingApis ?? [];
  const knowsWeComBlocks = blocksOf(pass).length > 0;
  const kedaMissing = missingApis.includes('ScaledObject')
    ? condition('Scaling', 'False', {
        reason: 'KedaMissing',
        message:
          'spec.scanner.autoscaler is KEDA, and keda.sh/v1alpha1 is not there: install KEDA, or use Operator',
      })
    : undefined;
  const scales = kedaMissing ?? scaling?.condition;
  const told = provisioned.flatMap(({ conditions }) => conditions);
  const observed = observeWorkloads({
    workloads: of.workloads,
    reports,
    isSuspended: of.isSuspended,
    told,
    ...(waiting === undefined ? {} : { waiting: waiting.why }),
  });
  return [
    references?.problem ?? of.judged.credentials,
    ...told,
    ...observed,
    of.judged.fresh,
    ...(scales === undefined ? [] : [scales]),
    // While it is paused these are as they were made, and not as the spec asks by now.
    ...(work === 'Paused' ? [] : describeSurroundings(pass.tenant, { missingApis, knowsWeComBlocks })),
  ];
}

/** A pass that did not come to its end says nothing new of what it did not come to. */
function withKept(
  object: TenantObject,
  { applied }: Found,
  conditions: readonly StepCondition[],
): readonly StepCondition[] {
  if (applied !== undefined) return conditions;
  const said = new Set(conditions.map(({ type }) => type));
  return [...conditions, ...keptConditions(object).filter(({ type }) => !said.has(type))];
}

const SUMMARY = ['Ready', 'Reconciling', 'Stalled'];

function keptConditions({ status }: TenantObject): StepCondition[] {
  return (status?.conditions ?? [])
    .filter(({ type }) => !SUMMARY.includes(type))
    .map(({ type, status: holds, reason, message }) => ({ type, status: holds, reason, message }));
}

/** Now, and the tenant's own part of the time by which its numbers are spread. */
const timeOf = ({ ports, uid }: Pass): { readonly nowMs: number; readonly jitter: number } => ({
  nowMs: ports.wallClock.nowMs(),
  jitter: (Number.parseInt(uid.slice(0, 4), 16) || 0) / 0x10000,
});

function countersOf(pass: Pass, scaling: Scaling | undefined): Counters {
  const { object, reports } = pass;
  return summariseCounters(object.status ?? {}, reports ?? [], {
    ...timeOf(pass),
    // A pass that did not come so far changes nothing.
    scanners: scaling === undefined ? object.status?.scanner?.replicas : scaling.replicas,
  });
}

/** As last reported, or as the status remembers: ingest may be silent for a while, and WeCom does not move. */
export function blocksOf({ object, reports }: Pass): readonly string[] {
  return readBlocks(reports ?? []) ?? object.status?.ingest?.apiAddressBlocks ?? [];
}
