// What the operator does for one CompliancePolicy, in order. This is the page to read first; each step has a file of its own.
//   begin → select tenants → check the revision (lexicons, compile, tests) → publish → watch who runs it → say so
// A pass waits for nothing but its own calls: whatever happens later (a scanner reports, a NATS comes back) brings the key here again.
import type { Digest } from '@menshen/contracts/digest';
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import type { ApiClient } from '../kube/api-client.ts';
import { assertMayAct } from '../kube/assert-may-act.ts';
import type { Clock, WallClock } from '../kube/clock.ts';
import type { PassResult, Reconcile } from '../kube/controller.ts';
import { patchStatus } from '../kube/patch-status.ts';
import type { Recorder } from '../kube/recorder.ts';
import type { Links } from '../messaging/keep-links.ts';
import type { TenantLink } from '../messaging/tenant-link.ts';
import { FIELD_MANAGER, POLICIES } from '../resources.ts';
import { ownerOfCorp } from '../tenants/own-corp.ts';
import { settleTenant } from '../tenants/settled-tenant.ts';
import type { PolicyResource, Stores } from '../watch-cluster.ts';
import { checkExceptions } from './check-exceptions.ts';
import { createRevisionChecker, type Revision, type RevisionChecker } from './check-revision.ts';
import { createStatusPace, type StatusPace } from './pace-status.ts';
import { publishRevision, withdrawPolicy } from './publish-revision.ts';
import type { LexiconReader } from './read-lexicon.ts';
import { judges } from './select-policies.ts';
import {
  beginPolicyStatus,
  describeProblems,
  isBeginning,
  type PolicyStatus,
  summarisePolicy,
} from './summarise-policy.ts';
import { type SelectedTenant, type TenantPropagation, watchPropagation } from './watch-propagation.ts';

export interface PolicyTools {
  readonly client: ApiClient;
  readonly stores: Pick<Stores, 'tenants' | 'policies' | 'namespaces'>;
  readonly links: Links;
  readonly lexicons: LexiconReader;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** Asked before anything is written. */
  readonly mayAct: () => boolean;
  /** Told of every answer, for metrics. */
  readonly onChecked?: (policy: string, revision: Revision['kind'] | 'Gone') => void;
}

/** A lexicon that is missing may be pushed any time, and nobody tells. */
const LOOK_FOR_LEXICON_MS = 30_000;
/** A little longer than scanners gather changes (keep-policies.ts). */
const LET_SCANNERS_TAKE_IT_MS = 300;
const NOTHING_PUBLISHED = { failures: new Map<string, string>(), isNew: false } as const;
/** Publishing failed although the link is open. */
const TRY_AGAIN_MS = 5000;

export function createPolicyReconcile(tools: PolicyTools): Reconcile {
  const revisions = createRevisionChecker();
  const pace = createStatusPace(tools.clock);
  return async (key, { signal }) => {
    const policy = tools.stores.policies.get(key);
    if (policy === undefined || policy.metadata.deletionTimestamp !== undefined)
      return await forgetPolicy(key, { tools, revisions, pace });
    return await reconcilePolicy(policy, { tools, revisions, pace, signal });
  };
}

interface Held {
  readonly tools: PolicyTools;
  readonly revisions: RevisionChecker;
  readonly pace: StatusPace;
}

/** There is no finalizer: a policy that is gone is one that tenants have a pointer to and the cluster does not know. */
async function forgetPolicy(key: string, { tools, revisions, pace }: Held): Promise<PassResult> {
  const [namespace = '', name = ''] = key.split('/');
  revisions.forget({ namespace, name });
  pace.forget(key);
  tools.onChecked?.(key, 'Gone');
  assertMayAct(tools);
  const failures = await withdrawPolicy(key, tools.links.all());
  return failures.size > 0 ? { requeueAfterMs: TRY_AGAIN_MS } : {};
}

async function reconcilePolicy(
  policy: PolicyResource,
  { tools, revisions, pace, signal }: Held & { readonly signal: AbortSignal },
): Promise<PassResult> {
  const { uid = '', generation = 1, namespace = '', name } = policy.metadata;
  const key = `${namespace}/${name}`;
  const spec = policy.spec as PolicySpec;
  const selected = selectTenants({ namespace, spec }, tools);
  // A line to a tenant opens within seconds and brings the key here again. Until then what was said of this generation stands: a new
  // operator, or a tenant that moved, is no reason to doubt every policy.
  const isOpening = selected.some(({ link }) => link?.state.kind === 'Opening');
  const isSaid = policy.status?.observedGeneration === generation && !isBeginning(policy.status);
  if (isOpening && isSaid) return {};
  const hasBegun = await beginStatus(policy, { tools, signal });
  const readLexicon = (digest: Digest) =>
    tools.lexicons.read(
      digest,
      selected.map(({ tenant }) => tenant),
    );

  const revision = await revisions.check({ namespace, name, uid, generation, spec }, readLexicon);
  tools.onChecked?.(key, revision.kind);
  assertMayAct(tools);
  const links = selected.flatMap(({ link }) => link ?? []);
  const { failures, isNew } =
    revision.kind === 'Sound'
      ? await publishRevision({ policy: key, revision, wanted: links, all: tools.links.all(), readLexicon })
      : NOTHING_PUBLISHED;
  // Scanners take it within a moment: then there is something to say. Until then other policies are published first, because a status costs
  // the API server more than all of this costs us.
  // The same for what has just begun: the object has another version now, which is not here yet.
  if (hasBegun || (isNew && failures.size === 0)) return { requeueAfterMs: LET_SCANNERS_TAKE_IT_MS };

  const inForce = findInForce(key, links, policy.status);
  const digest = revision.kind === 'Sound' ? revision.bundle.pointer.digest : (inForce?.digest ?? '');
  const tenants = watchPropagation(key, digest, selected, (corpId) => failures.has(corpId));
  const exceptions = checkExceptions(spec.exceptions, tools.wallClock.nowMs());
  const status = summarisePolicy({
    generation,
    before: policy.status,
    revision,
    exceptions: exceptions.condition,
    tenants,
    inForce,
    nowMs: tools.wallClock.nowMs(),
  });
  const waitMs = pace.waitMs(key, policy.status, status);
  if (waitMs === 0 && (await writeStatus(policy, status, { tools, signal }))) {
    pace.written(key);
    tellPeople(policy, { revision, status, tenants, recorder: tools.recorder });
  }
  return soonest([
    exceptions.changesInMs,
    failures.size > 0 ? TRY_AGAIN_MS : undefined,
    revision.kind === 'Sound' || isAboutRules(status) ? undefined : LOOK_FOR_LEXICON_MS,
    waitMs > 0 ? waitMs : undefined,
  ]);
}

/** True when it was written: without conditions kstatus takes an object for done, and publishing may be seconds away. */
async function beginStatus(
  policy: PolicyResource,
  { tools, signal }: { readonly tools: PolicyTools; readonly signal: AbortSignal },
): Promise<boolean> {
  if ((policy.status?.conditions ?? []).length > 0) return false;
  const at = { generation: policy.metadata.generation ?? 1, nowMs: tools.wallClock.nowMs() };
  return await writeStatus(policy, beginPolicyStatus(policy.status, at), { tools, signal });
}

/** Tenants of the policy's namespace, and of those that admit it; of several with one corpId only the one that counts. */
function selectTenants(
  policy: { readonly namespace: string; readonly spec: PolicySpec },
  { stores, links }: PolicyTools,
): SelectedTenant[] {
  const labelsOf = (namespace: string) => stores.namespaces.get(namespace)?.metadata.labels ?? {};
  return stores.tenants.list().flatMap((object) => {
    const tenant = settleTenant(object);
    if (object.metadata.deletionTimestamp !== undefined || !judges(policy, tenant, labelsOf)) return [];
    const { corpId } = tenant.spec;
    const sameCorp = stores.tenants.byIndex('corpId', corpId);
    if (sameCorp.length > 1 && ownerOfCorp(sameCorp) !== object) return [];
    return [{ tenant, link: links.of(corpId) }];
  });
}

/** The newest revision that a selected tenant points to; what status said, while no tenant can be asked. */
function findInForce(
  policy: string,
  links: readonly TenantLink[],
  before: PolicyStatus | undefined,
): { generation: number; digest: string } | undefined {
  const pointers = links.flatMap((link): PolicyPointer[] => {
    const pointer = link.pointers.get(policy);
    return pointer === undefined ? [] : [pointer];
  });
  const newest = pointers.toSorted((a, b) => b.generation - a.generation)[0];
  if (newest !== undefined) return { generation: newest.generation, digest: newest.digest };
  const isKnown = links.every(({ state }) => state.kind === 'Open') && links.length > 0;
  const { lastGoodGeneration, digest } = before ?? {};
  return isKnown || lastGoodGeneration === undefined || digest === undefined
    ? undefined
    : { generation: lastGoodGeneration, digest };
}

async function writeStatus(
  policy: PolicyResource,
  status: Omit<PolicyStatus, 'observedGeneration'>,
  { tools, signal }: { readonly tools: PolicyTools; readonly signal: AbortSignal },
): Promise<boolean> {
  assertMayAct(tools);
  return await patchStatus<PolicyStatus>(tools.client, {
    resource: POLICIES,
    object: policy as Parameters<typeof patchStatus<PolicyStatus>>[1]['object'],
    status,
    fieldManager: FIELD_MANAGER,
    signal,
  });
}

/** One event for a revision that is refused, and one when an exception ends: status already says everything else. */
function tellPeople(
  policy: PolicyResource,
  of: {
    readonly revision: Revision;
    readonly status: Omit<PolicyStatus, 'observedGeneration'>;
    readonly tenants: readonly TenantPropagation[];
    readonly recorder: Recorder;
  },
): void {
  const tell = (type: 'Stalled' | 'ExceptionsCurrent', note?: string): void => {
    const now = of.status.conditions?.find((condition) => condition.type === type);
    const before = policy.status?.conditions?.find((condition) => condition.type === type);
    const isNews =
      now !== undefined &&
      (before?.reason !== now.reason ||
        before.message !== now.message ||
        before.observedGeneration !== now.observedGeneration);
    if (!isNews) return;
    of.recorder.record({
      resource: POLICIES,
      object: policy,
      type: 'Warning',
      reason: now.reason,
      action: 'Reconcile',
      note: note ?? now.message,
    });
  };
  if (of.revision.kind === 'Refused') tell('Stalled', describeProblems(of.revision.problems));
  if (of.status.conditions?.some(({ type, reason }) => type === 'ExceptionsCurrent' && reason === 'Expired'))
    tell('ExceptionsCurrent');
}

function isAboutRules({ conditions }: Omit<PolicyStatus, 'observedGeneration'>): boolean {
  const reason = conditions?.find(({ type }) => type === 'Ready')?.reason ?? '';
  return !reason.startsWith('Lexicon');
}

function soonest(delays: readonly (number | undefined)[]): PassResult {
  const given = delays.filter((delay) => delay !== undefined);
  return given.length === 0 ? {} : { requeueAfterMs: Math.min(...given) };
}
