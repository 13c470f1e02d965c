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
import { assertMayAct, NotLeading } from '../kube/assert-may-act.ts';
import type { PassContext, PassResult, Reconcile } from '../kube/controller.ts';
import { patchStatus } from '../kube/patch-status.ts';
import { applyObjects } from './apply-objects.ts';
import { checkTenant } from './check-tenant.ts';
import { TENANTS } from './child-resources.ts';
import { decideRollout, hasOpenEdit } from './decide-rollout.ts';
import { describeRefusal } from './describe-refusal.ts';
import { rememberWaiting, type Waiting } from './find-waiting.ts';
import { blocksOf, type Gathered, gatherFindings } from './gather-findings.ts';
import { createOptionalObjects } from './optional-objects.ts';
import { ownerOfCorp } from './own-corp.ts';
import { readAnnotations } from './read-annotations.ts';
import { rememberProvision } from './remember-provision.ts';
import { rememberReferences } from './remember-references.ts';
import { renderTenant } from './render/render-tenant.ts';
import { createRollingTenants } from './rolling-tenants.ts';
import { createScannerScale } from './scale-scanners.ts';
import { settleTenant } from './settled-tenant.ts';
import type { Findings, TenantStatus } from './summarise-tenant.ts';
import { beginStatus, generationTold, summariseTenant } from './summarise-tenant.ts';
import { tellHappenings } from './tell-happenings.ts';
import type { Found, Memory, Pass } from './tenant-pass.ts';
import type { TenantObject, TenantPorts } from './tenant-ports.ts';
import { findDeployment, listWorkloads } from './tenant-workloads.ts';

/** Look again also when nothing happens, ms; jitter is added. */
const LOOK_AGAIN_MS = 5 * 60_000;
const JITTER = 0.2;

export function createTenantReconcile(ports: TenantPorts): Reconcile {
  const { client, clock, random, stores, settings } = ports;
  const memory: Memory = {
    references: rememberReferences(client, { clock, random, everyMs: settings.secretCheckMs }),
    provision: rememberProvision(ports.provision, ports),
    optional: createOptionalObjects(ports),
    rolling: createRollingTenants(stores.owned('deployments'), clock),
    scale: createScannerScale(clock),
    waiting: rememberWaiting(client, clock),
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
  const { references, provision, optional, scale, waiting } = memory;
  for (const part of [references, provision, optional, scale, waiting]) part.forget(uid);
  return {};
}

async function reconcile(
  ports: TenantPorts,
  memory: Memory,
  object: TenantObject,
  { signal }: PassContext,
): Promise<PassResult> {
  const { isPaused, isForced } = readAnnotations(object);
  // The write comes back as an event, which brings the key here again. Of one that is born paused nothing begins.
  if (object.status?.observedGeneration === undefined && !isPaused) return await begin(ports, object, signal);
  const tenant = settleTenant(object);
  const pass: Pass = {
    ports,
    memory,
    object,
    tenant,
    uid: object.metadata.uid ?? '',
    isForced,
    reports: ports.reportsOf(tenant),
    signal,
  };
  const outcome = isPaused ? await onlyLook(pass) : await runSteps(pass);
  await writeStatus(pass, outcome.findings);
  if (outcome.error !== undefined) throw outcome.error;
  const lookAgainMs = Math.min(LOOK_AGAIN_MS, ...outcome.lookAgainMs);
  return { requeueAfterMs: lookAgainMs * (1 + JITTER * ports.random()) };
}

async function begin(ports: TenantPorts, object: TenantObject, signal: AbortSignal): Promise<PassResult> {
  const { client, wallClock, fieldManager } = ports;
  const at = { generation: object.metadata.generation ?? 0, nowMs: wallClock.nowMs() };
  assertMayAct(ports);
  await patchStatus<TenantStatus>(client, {
    resource: TENANTS,
    object: object as never,
    status: beginStatus(at),
    fieldManager,
    signal,
  });
  return { requeueAfterMs: 1000 };
}

interface Outcome extends Gathered {
  /** Thrown again after the status is written, so that the key comes back with growing delays. */
  readonly error?: unknown;
}

/** Paused: what there is is looked at as ever, and nothing is written but the status. */
async function onlyLook(pass: Pass): Promise<Outcome> {
  const { memory, tenant, signal } = pass;
  const found: Found = { work: 'Paused' };
  try {
    // What was asked for is done when it goes on: until then it is no reason to look at every pass.
    found.references = await memory.references.check(tenant, { isForced: false, signal });
    return gatherFindings(pass, found);
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...gatherFindings(pass, found), error };
  }
}

async function runSteps(pass: Pass): Promise<Outcome> {
  const { tenant } = pass;
  const refusal = refuseTenant(pass);
  if (refusal !== undefined) return gatherFindings(pass, { work: 'None', refusal });
  const found: Found = { work: 'None' };
  try {
    found.references = await pass.memory.references.check(tenant, pass);
    found.provisioned = await pass.memory.provision.run(tenant, pass);
    if (found.provisioned.every(({ blocks }) => blocks !== true)) await applyAll(pass, found);
    found.waiting = await findWaiting(pass);
    return gatherFindings(pass, found);
  } catch (error) {
    if (pass.signal.aborted || error instanceof NotLeading) throw error;
    // Nothing tries again what the API server called invalid: whoever reads the status has to know.
    const stalled = describeRefusal(error);
    const told: Found = stalled === undefined ? { ...found, work: 'Retrying' } : { ...found, stalled };
    return { ...gatherFindings(pass, told), error };
  }
}

async function findWaiting({ ports, memory, tenant, signal }: Pass): Promise<Waiting> {
  const live = listWorkloads(ports.stores, tenant).flatMap((workload) => workload.live ?? []);
  return await memory.waiting.find(tenant, live, signal);
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
  const verdict = decideRollout({
    wouldRoll: true,
    isAsked: hasOpenEdit(object) || isForced,
    rolling: memory.rolling.countOthers(uid),
    maxRolling: ports.settings.maxRollingTenants,
  });
  if (verdict === 'Go') memory.rolling.reserve(uid);
  return verdict === 'Go';
}

async function writeStatus(pass: Pass, findings: Findings): Promise<void> {
  const { ports, object, signal } = pass;
  const { generation = 0 } = object.metadata;
  const at = { generation, nowMs: ports.wallClock.nowMs() };
  const status = summariseTenant(findings, object.status, at);
  assertMayAct(ports);
  const isWritten = await patchStatus<TenantStatus>(ports.client, {
    resource: TENANTS,
    object: object as never,
    status,
    observedGeneration: generationTold(findings, generation),
    fieldManager: ports.fieldManager,
    signal,
  });
  if (isWritten) tellHappenings.ofConditions(ports.recorder, object, status);
}
