// Step 4: what is said about a policy. All of it follows from what this pass has seen; nothing of it is a time or a count that moves by itself.
import type { CompliancePolicyStatus } from '@menshen/crds/types/compliancepolicies';
import type { PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { type Condition, settleConditions } from '../kube/conditions.ts';
import type { ExceptionsCheck } from './check-exceptions.ts';
import type { Revision } from './check-revision.ts';
import type { PolicyCondition, ReasonOf, RefusalReason } from './conditions.ts';
import type { TenantPropagation } from './watch-propagation.ts';

export type PolicyStatus = CompliancePolicyStatus;

export interface Pass {
  readonly generation: number;
  readonly before: PolicyStatus | undefined;
  readonly revision: Revision;
  readonly exceptions: ExceptionsCheck['condition'];
  /** Of the revision that is in force: this one, or the last good one of a refused policy. */
  readonly tenants: readonly TenantPropagation[];
  /** What judges while this revision does not; `undefined` when nothing does. */
  readonly inForce: { readonly generation: number; readonly digest: string } | undefined;
  readonly nowMs: number;
}

/** Without observedGeneration, which is added where it is written. */
export function summarisePolicy(pass: Pass): Omit<PolicyStatus, 'observedGeneration'> {
  const { revision, tenants, generation } = pass;
  const conditions = [...judgeRevision(pass), pass.exceptions].map((condition) => ({
    ...condition,
    observedGeneration: generation,
  }));
  const inForce =
    revision.kind === 'Sound' ? { generation, digest: revision.bundle.pointer.digest } : pass.inForce;
  const before = (pass.before?.conditions ?? []) as readonly Condition[];
  return {
    ...(inForce === undefined ? {} : { lastGoodGeneration: inForce.generation, digest: inForce.digest }),
    tenants: {
      matched: tenants.length,
      propagated: tenants.filter(({ state }) => state === 'Propagated' || state === 'Suspended').length,
    },
    scanners: `${sum(tenants, 'running')}/${sum(tenants, 'scanners')}`,
    byTenant: listTenants(tenants),
    conditions: settleConditions(before, conditions, pass.nowMs),
  };
}

/** Before anything is known of a policy, so that nobody takes it for done. What else its status holds stays. */
export function beginPolicyStatus(
  before: PolicyStatus | undefined,
  at: { readonly generation: number; readonly nowMs: number },
): Omit<PolicyStatus, 'observedGeneration'> {
  const begun = { reason: 'Starting', message: 'the operator has begun to look at it' } as const;
  const conditions: PolicyCondition[] = [
    { type: 'Ready', status: 'Unknown', ...begun },
    { type: 'Reconciling', status: 'True', ...begun },
    settled('Stalled'),
  ];
  const wanted = conditions.map((each) => ({ ...each, observedGeneration: at.generation }));
  return { ...before, conditions: settleConditions([], wanted, at.nowMs) };
}

/** Whether nothing but a beginning was said yet. */
export const isBeginning = (status: PolicyStatus | undefined): boolean =>
  status?.conditions?.find(({ type }) => type === 'Ready')?.reason === 'Starting';

const MOST_TENANTS = 20;

/** Those that lag first: with more than fit they are the ones somebody looks for. */
function listTenants(tenants: readonly TenantPropagation[]): NonNullable<PolicyStatus['byTenant']> {
  const lags = ({ state }: TenantPropagation): number => (state === 'Propagated' ? 1 : 0);
  return tenants
    .toSorted((a, b) => lags(a) - lags(b))
    .slice(0, MOST_TENANTS)
    .map(({ namespace, name, state, scanners, running }) => ({ namespace, name, state, scanners, running }));
}

function sum(tenants: readonly TenantPropagation[], what: 'running' | 'scanners'): number {
  return tenants.reduce((total, tenant) => total + tenant[what], 0);
}

function judgeRevision(pass: Pass): PolicyCondition[] {
  switch (pass.revision.kind) {
    case 'Sound':
      return soundConditions(pass.revision.tests, pass.tenants);
    case 'Refused':
      return refusedConditions(pass.revision, pass.inForce);
    case 'Unknown':
      return unknownConditions(pass.revision.why, pass.inForce);
  }
}

function soundConditions(
  { passed, total }: { passed: number; total: number },
  tenants: readonly TenantPropagation[],
): PolicyCondition[] {
  const reach = describeReach(tenants);
  const isDone = reach.reason === 'Propagated' || reach.reason === 'NoTenants';
  return [
    { type: 'Ready', ...reach },
    isDone
      ? settled('Reconciling')
      : {
          type: 'Reconciling',
          status: 'True',
          reason: reach.reason as Exclude<typeof reach.reason, 'Propagated' | 'NoTenants'>,
          message: reach.message,
        },
    settled('Stalled'),
    {
      type: 'Compiled',
      status: 'True',
      reason: 'Compiled',
      message: 'rules, patterns and lexicons are sound',
    },
    passed === total && total > 0
      ? {
          type: 'TestsPassed',
          status: 'True',
          reason: 'Passed',
          message: 'every test of the policy came out as expected',
        }
      : {
          type: 'TestsPassed',
          status: 'Unknown',
          reason: 'NoTests',
          message: 'the policy has no tests: add at least one message that it must find, under spec.tests',
        },
    { type: 'Propagated', ...reach },
  ];
}

/** Where the revision has not arrived, the worst reason first. */
function describeReach(tenants: readonly TenantPropagation[]) {
  const inState = (wanted: TenantPropagation['state']): string =>
    listNames(tenants.filter(({ state }) => state === wanted));
  const unreachable = inState('NatsUnreachable');
  if (unreachable !== '')
    return {
      status: 'Unknown',
      reason: 'NatsUnreachable',
      message: `the NATS servers of these tenants do not answer: ${unreachable}; check spec.messaging of the tenant and its credentials; every other tenant is served`,
    } as const;
  const refused = tenants.find(({ state }) => state === 'RefusedByScanner');
  if (refused !== undefined)
    return {
      status: 'False',
      reason: 'RefusedByScanner',
      message: `a scanner of ${refused.namespace}/${refused.name} does not take the revision: ${refused.detail ?? ''}; scanners of another version than the operator are the usual cause`,
    } as const;
  const propagating = inState('Propagating');
  if (propagating !== '')
    return {
      status: 'False',
      reason: 'Propagating',
      message: `scanners of these tenants have not taken the revision yet: ${propagating}`,
    } as const;
  const silent = inState('NoScanner');
  if (silent !== '')
    return {
      status: 'False',
      reason: 'NoScanner',
      message: `published, but no scanner of these tenants reports: ${silent}; look at the status of the tenant`,
    } as const;
  if (tenants.length === 0)
    return {
      status: 'True',
      reason: 'NoTenants',
      message:
        'no tenant is selected that admits the policy, so it judges nothing; check spec.tenants, and spec.policies of tenants in other namespaces',
    } as const;
  return {
    status: 'True',
    reason: 'Propagated',
    message: 'every scanner of every selected tenant that is not suspended judges by this revision',
  } as const;
}

const MOST_NAMES = 10;

function listNames(tenants: readonly TenantPropagation[]): string {
  const names = tenants.map(({ namespace, name }) => `${namespace}/${name}`);
  return names.length <= MOST_NAMES ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')} and more`;
}

function refusedConditions(
  { problems, tests }: Extract<Revision, { kind: 'Refused' }>,
  inForce: Pass['inForce'],
): PolicyCondition[] {
  const message = `${describeProblems(problems)}; ${meanwhile(inForce)}`;
  const broken = problems.find((problem) => !isTest(problem));
  const reason = broken === undefined ? 'TestsFailed' : refusalReason(broken);
  const failed = problems.filter(isTest);
  return [
    { type: 'Ready', status: 'False', reason, message },
    settled('Reconciling'),
    { type: 'Stalled', status: 'True', reason, message },
    broken === undefined
      ? {
          type: 'Compiled',
          status: 'True',
          reason: 'Compiled',
          message: 'rules, patterns and lexicons are sound',
        }
      : {
          type: 'Compiled',
          status: 'False',
          reason: refusalReason(broken),
          message: describeProblems(problems),
        },
    describeTests(failed, { isCompiled: broken === undefined, total: tests.total }),
    { type: 'Propagated', ...notPropagated(inForce) },
  ];
}

function describeTests(
  failed: readonly PolicyProblem[],
  { isCompiled, total }: { isCompiled: boolean; total: number },
): PolicyCondition {
  if (failed.length > 0)
    return { type: 'TestsPassed', status: 'False', reason: 'TestsFailed', message: describeProblems(failed) };
  const reason = !isCompiled && total > 0 ? 'NotCompiled' : 'NoTests';
  const message = reason === 'NotCompiled' ? 'tests run once the policy compiles' : 'the policy has no tests';
  return { type: 'TestsPassed', status: 'Unknown', reason, message };
}

function unknownConditions(why: string, inForce: Pass['inForce']): PolicyCondition[] {
  const message = `${why}; it is tried again by itself; ${meanwhile(inForce)}`;
  const unavailable = { reason: 'LexiconUnavailable', message } as const;
  return [
    { type: 'Ready', status: 'Unknown', ...unavailable },
    { type: 'Reconciling', status: 'True', ...unavailable },
    settled('Stalled'),
    { type: 'Compiled', status: 'Unknown', ...unavailable },
    {
      type: 'TestsPassed',
      status: 'Unknown',
      reason: 'NotCompiled',
      message: 'tests run once the policy compiles',
    },
    { type: 'Propagated', ...notPropagated(inForce) },
  ];
}

function notPropagated(inForce: Pass['inForce']) {
  return inForce === undefined
    ? ({
        status: 'False',
        reason: 'NothingInForce',
        message: 'no revision of the policy judges messages',
      } as const)
    : ({
        status: 'False',
        reason: 'PreviousRevision',
        message: `${meanwhile(inForce)}, this one does not judge`,
      } as const);
}

function meanwhile(inForce: Pass['inForce']): string {
  return inForce === undefined
    ? 'no revision of the policy is in force'
    : `generation ${inForce.generation} stays in force`;
}

function settled<T extends 'Reconciling' | 'Stalled'>(type: T) {
  return {
    type,
    status: 'False',
    reason: 'Settled',
    message: type === 'Reconciling' ? 'nothing is being worked on' : 'nobody is needed',
  } as const;
}

const MOST_PROBLEMS = 5;
/** A value of a pattern or a term may be long; conditions are for people. */
const MOST_CHARACTERS = 600;

/** Rule, path and remedy of each problem. */
export function describeProblems(problems: readonly PolicyProblem[]): string {
  const texts = problems.slice(0, MOST_PROBLEMS).map(({ rule, path, message, remedy }) => {
    const text = `${rule === undefined ? '' : `rule ${rule}: `}${path}: ${message}. ${remedy}`;
    return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)}…`;
  });
  const more = problems.length > MOST_PROBLEMS ? ' | and more' : '';
  return `${texts.join(' | ')}${more}`;
}

function isTest({ path }: PolicyProblem): boolean {
  return path.startsWith('spec.tests[');
}

function refusalReason({ path, message }: PolicyProblem): RefusalReason & ReasonOf<'Compiled'> {
  if (path.endsWith('.pattern.regex')) return 'PatternInvalid';
  if (path.endsWith('.digest'))
    return message.startsWith('there is no lexicon') ? 'LexiconMissing' : 'LexiconInvalid';
  // A condition that names no detector, or one that this engine does not have, is refused as a whole.
  return /\.(any|all|not)\[\d+\]$/.test(path) ? 'DetectorUnknown' : 'OptionsInvalid';
}
