// A WeComTenant from wish to what runs: the page to read first. A pass looks at everything, brings one thing after the other in line, and
// writes the status once, at its end, whatever happened. Nothing is waited for inside a pass: what takes time is looked at again.
//
//   1  begin             a status at once, so that nobody takes it for done
//   2  whose corp it is  of two tenants with one corpId the older one works
//   3  the spec          what neither schema nor CEL can refuse
//   4  references        Secrets and keys that are named are there
//   5  provision         streams, database, objects (provision/)
//   6  scale             how many scanners are wanted now
//   7  objects           ServiceAccount, ConfigMaps, Services, NetworkPolicies, Deployments, budgets, the way in for callbacks
//   8  summarise         what was found, and what the processes report, as status
import type { StatusReport } from '@menshen/contracts/status-report';
import type { PassContext, PassResult, Reconcile } from '../kube/controller.ts';
import { patchStatus } from '../kube/patch-status.ts';
import { type AppliedObjects, applyObjects } from './apply-objects.ts';
import { checkTenant } from './check-tenant.ts';
import { TENANTS } from './child-resources.ts';
import { condition } from './conditions.ts';
import { decideRollout } from './decide-rollout.ts';
import { describeSurroundings } from './describe-surroundings.ts';
import { type JudgedReports, judgeReports } from './judge-reports.ts';
import { observeWorkloads } from './observe-workloads.ts';
import { createOptionalObjects, type OptionalObjects } from './optional-objects.ts';
import { ownerOfCorp } from './own-corp.ts';
import { readAnnotations } from './read-annotations.ts';
import { type ProvisionMemory, rememberProvision } from './remember-provision.ts';
import { type ReferenceMemory, type References, rememberReferences } from './remember-references.ts';
import { renderTenant } from './render/render-tenant.ts';
import { createRollingTenants, isRolling, type RollingTenants } from './rolling-tenants.ts';
import { createScannerScale, type Scaling, type ScannerScale } from './scale-scanners.ts';
import { type SettledTenant, settleTenant } from './settled-tenant.ts';
import type { StepCondition, StepResult } from './step.ts';
import { type Counters, readBlocks, summariseCounters } from './summarise-counters.ts';
import {
  beginStatus,
  type Findings,
  summariseTenant,
  type TenantStatus,
  type Work,
} from './summarise-tenant.ts';
import { tellHappenings } from './tell-happenings.ts';
import type { TenantObject, TenantPorts } from './tenant-ports.ts';
import { findDeployment, listWorkloads } from './tenant-workloads.ts';

/** What is remembered between passes. All of it may be lost: a restart only looks again. */
interface Memory {
  readonly references: ReferenceMemory;
  readonly provision: ProvisionMemory;
  readonly optional: OptionalObjects;
  readonly rolling: RollingTenants;
  readonly scale: ScannerScale;
  /** uid by key, to forget what has gone. */
  readonly uids: Map<string, string>;
}

interface Pass {
  readonly ports: TenantPorts;
  readonly memory: Memory;
  readonly object: TenantObject;
  readonly tenant: SettledTenant;
  readonly uid: string;
  readonly isForced: boolean;
  readonly reports: readonly StatusReport[] | undefined;
  readonly signal: AbortSignal;
}

/** Look again also when nothing happens, ms; jitter is added. */
const LOOK_AGAIN_MS = 5 * 60_000;
/** While others are waited for: what they do brings no event here, ms. */
const WAITING_AGAIN_MS = 5000;
const JITTER = 0.2;

export function createTenantReconcile(ports: TenantPorts): Reconcile {
  const { client, clock, random, stores, settings } = ports;
  const memory: Memory = {
    references: rememberReferences(client, { clock, random, everyMs: settings.secretCheckMs }),
    provision: rememberProvision(ports.provision, { clock, random }),
    optional: createOptionalObjects(ports),
    rolling: createRollingTenants(stores.owned('deployments'), clock),
    scale: createScannerScale(clock),
    uids: new Map(),
  };
  return async (key, { signal }) => {
    const object = stores.tenants.get(key);
    // What belongs to it goes with it, by its owner references; nothing of ours waits for anything.
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return forget(key, memory);
    memory.uids.set(key, object.metadata.uid ?? '');
    return await reconcile(ports, memory, object, { signal });
  };
}

function forget(key: string, memory: Memory): PassResult {
  const uid = memory.uids.get(key);
  if (uid === undefined) return {};
  memory.uids.delete(key);
  for (const part of [memory.references, memory.provision, memory.optional, memory.scale]) part.forget(uid);
  return {};
}

async function reconcile(
  ports: TenantPorts,
  memory: Memory,
  object: TenantObject,
  { signal }: PassContext,
): Promise<PassResult> {
  // The write comes back as an event, which brings the key here again.
  if (object.status?.observedGeneration === undefined) return await begin(ports, object, signal);
  const tenant = settleTenant(object);
  const pass: Pass = {
    ports,
    memory,
    object,
    tenant,
    uid: object.metadata.uid ?? '',
    isForced: readAnnotations(object).isForced,
    reports: ports.reportsOf(tenant),
    signal,
  };
  const outcome = await runSteps(pass);
  await writeStatus(pass, outcome.findings);
  if (outcome.error !== undefined) throw outcome.error;
  const lookAgainMs = Math.min(LOOK_AGAIN_MS, ...outcome.lookAgainMs);
  return { requeueAfterMs: lookAgainMs * (1 + JITTER * ports.random()) };
}

async function begin(ports: TenantPorts, object: TenantObject, signal: AbortSignal): Promise<PassResult> {
  const { client, wallClock, fieldManager } = ports;
  const at = { generation: object.metadata.generation ?? 0, nowMs: wallClock.nowMs() };
  await patchStatus<TenantStatus>(client, {
    resource: TENANTS,
    object: object as never,
    status: beginStatus(at),
    fieldManager,
    signal,
  });
  return { requeueAfterMs: 1000 };
}

interface Outcome {
  readonly findings: Findings;
  readonly lookAgainMs: readonly number[];
  /** Thrown again after the status is written, so that the key comes back with growing delays. */
  readonly error?: unknown;
}

async function runSteps(pass: Pass): Promise<Outcome> {
  const { object, tenant } = pass;
  if (readAnnotations(object).isPaused) return settle(pass, { work: 'Paused' });
  const refusal = refuseTenant(pass);
  if (refusal !== undefined) return settle(pass, { work: 'None', stalled: refusal });
  const found: Found = { work: 'None' };
  try {
    found.references = await pass.memory.references.check(tenant, pass);
    found.provisioned = await pass.memory.provision.run(tenant, pass);
    if (found.provisioned.every(({ blocks }) => blocks !== true)) await applyAll(pass, found);
    return settle(pass, found);
  } catch (error) {
    if (pass.signal.aborted) throw error;
    return { ...settle(pass, { ...found, work: 'Retrying' }), error };
  }
}

/** What the steps have found so far; after a failure, some of it. */
interface Found {
  work: Work;
  stalled?: NonNullable<Findings['stalled']>;
  references?: References;
  provisioned?: readonly StepResult[];
  scaling?: Scaling;
  applied?: AppliedObjects;
}

function refuseTenant({ ports, object, tenant, uid }: Pass): Findings['stalled'] {
  const { corpId } = tenant.spec;
  const owner = ownerOfCorp(ports.stores.tenants.byIndex('corpId', corpId));
  if (owner !== undefined && owner.metadata.uid !== uid) {
    const { namespace, name } = owner.metadata;
    return {
      reason: 'CorpIdInUse',
      message: `${corpId} is already captured by WeComTenant ${namespace}/${name}, which was there first: delete one of the two`,
    };
  }
  const [problem] = checkTenant(settleTenant(object));
  if (problem === undefined) return undefined;
  return {
    reason: 'SpecInvalid',
    message: `${problem.path.join('.')} ${problem.value ?? ''} ${problem.message}: ${problem.remedy}`,
  };
}

async function applyAll(pass: Pass, found: Found): Promise<void> {
  const { ports, memory, tenant, object, uid, signal } = pass;
  const scanner = findDeployment(ports.stores, tenant, 'scanner');
  found.scaling = memory.scale.decide({
    uid,
    spec: tenant.spec,
    replicas: scanner?.spec?.replicas,
    reports: pass.reports ?? [],
  });
  const { replicas } = found.scaling;
  const objects = renderTenant(tenant, {
    image: ports.settings.image,
    secretVersions: found.references?.versions ?? {},
    wecomBlocks: blocksOf(pass),
    withCredentials: (of, roles) => ports.withMadeCredentials?.(of, roles) ?? of,
    ...(replicas === undefined ? {} : { scanners: replicas }),
  });
  found.applied = await applyObjects(ports, memory.optional, {
    uid,
    objects,
    mayRoll: () => mayRoll(pass),
    lacksSecrets: found.references?.problem !== undefined,
    isForced: pass.isForced,
    signal,
  });
  tellHappenings.ofDrift(ports.recorder, object, found.applied.corrected);
}

function mayRoll({ ports, memory, object, uid, isForced }: Pass): boolean {
  const isEdited = object.status?.observedGeneration !== object.metadata.generation;
  const verdict = decideRollout({
    wouldRoll: true,
    isAsked: isEdited || isForced,
    rolling: memory.rolling.countOthers(uid),
    maxRolling: ports.settings.maxRollingTenants,
  });
  if (verdict === 'Go') memory.rolling.reserve(uid);
  return verdict === 'Go';
}

/** As last reported, or as the status remembers: ingest may be silent for a while, and WeCom does not move. */
function blocksOf({ object, reports }: Pass): readonly string[] {
  return readBlocks(reports ?? []) ?? object.status?.ingest?.apiAddressBlocks ?? [];
}

function settle(pass: Pass, found: Found): Outcome {
  const { tenant, object, ports } = pass;
  const { scaling, applied, references, provisioned = [] } = found;
  const isSuspended = tenant.spec.suspend;
  const workloads = listWorkloads(ports.stores, tenant);
  const judged = judgeReports(pass.reports, { isSuspended });
  const stalled = found.stalled ?? stalledBy(judged, provisioned, found);
  const isRefused = found.stalled !== undefined || found.work === 'Paused';
  const live = workloads.flatMap((workload) => workload.live ?? []);
  const findings: Findings = {
    work: found.work === 'None' ? workOf(applied, live.some(isRolling)) : found.work,
    stalled,
    isSuspended,
    // Of a tenant that is left alone nothing is known that was not known before.
    conditions: isRefused ? keptConditions(object) : listConditions(pass, found, { judged, workloads }),
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
    ...provisioned.map((each) => each.requeueAfterMs),
  ];
  return { findings, lookAgainMs: waits.filter((ms) => ms !== undefined) };
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
  { references, provisioned = [], scaling, applied }: Found,
  of: { readonly judged: JudgedReports; readonly workloads: ReturnType<typeof listWorkloads> },
): StepCondition[] {
  const { reports } = pass;
  const { spec } = pass.tenant;
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
  return [
    references?.problem ?? of.judged.credentials,
    ...provisioned.flatMap(({ conditions }) => conditions),
    ...observeWorkloads({ workloads: of.workloads, reports: reports ?? [], isSuspended: spec.suspend }),
    of.judged.fresh,
    ...(scales === undefined ? [] : [scales]),
    ...describeSurroundings(spec, { missingApis, knowsWeComBlocks }),
  ];
}

const SUMMARY = ['Ready', 'Reconciling', 'Stalled'];

function keptConditions({ status }: TenantObject): StepCondition[] {
  return (status?.conditions ?? [])
    .filter(({ type }) => !SUMMARY.includes(type))
    .map(({ type, status: holds, reason, message }) => ({ type, status: holds, reason, message }));
}

function countersOf({ ports, object, reports, uid }: Pass, scaling: Scaling | undefined): Counters {
  return summariseCounters(object.status ?? {}, reports ?? [], {
    nowMs: ports.wallClock.nowMs(),
    jitter: (Number.parseInt(uid.slice(0, 4), 16) || 0) / 0x10000,
    scanners: scaling?.replicas,
  });
}

async function writeStatus(pass: Pass, findings: Findings): Promise<void> {
  const { ports, object, signal } = pass;
  const at = { generation: object.metadata.generation ?? 0, nowMs: ports.wallClock.nowMs() };
  const status = summariseTenant(findings, object.status, at);
  const isWritten = await patchStatus<TenantStatus>(ports.client, {
    resource: TENANTS,
    object: object as never,
    status,
    fieldManager: ports.fieldManager,
    signal,
  });
  if (isWritten) tellHappenings.ofConditions(ports.recorder, object, status);
}
