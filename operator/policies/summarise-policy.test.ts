// What a policy's status says for what a pass has seen: a row for each situation.
import { contentDigest } from '@menshen/contracts/digest';
import type { PolicyProblem } from '@menshen/policy-engine/compile-policy';
import { describe, expect, test } from 'vitest';
import { checkExceptions, EXPIRING_SOON_MS } from './check-exceptions.ts';
import type { Revision } from './check-revision.ts';
import { POLICY_CONDITIONS } from './conditions.ts';
import { type Pass, type PolicyStatus, summarisePolicy } from './summarise-policy.ts';
import type { TenantPropagation } from './watch-propagation.ts';

const digest = contentDigest('bundle');
const pointer = { namespace: 'n', name: 'p', generation: 3, digest, objectKey: 'policies/x', sizeBytes: 1 };
const sound = (tests = { passed: 1, total: 1 }): Revision => ({
  kind: 'Sound',
  bundle: { bytes: new Uint8Array(), pointer },
  lexicons: [],
  tests,
});
const problem = (path: string, message = 'is wrong'): PolicyProblem => ({
  policy: 'n/p',
  rule: 'r',
  path,
  value: 'v',
  message,
  remedy: 'mend it',
});
const refused = (...problems: PolicyProblem[]): Revision => ({
  kind: 'Refused',
  problems,
  tests: { passed: 0, total: 1 },
});
const tenant = (state: TenantPropagation['state'], name = 't'): TenantPropagation => ({
  namespace: 'n',
  name,
  state,
  scanners: 2,
  running: state === 'Propagated' ? 2 : 1,
});

const NOW = Date.parse('2026-11-24T00:00:00Z');
const pass = (of: Partial<Pass>): Pass => ({
  generation: 3,
  before: undefined,
  revision: sound(),
  exceptions: checkExceptions(undefined, NOW).condition,
  tenants: [tenant('Propagated')],
  inForce: undefined,
  nowMs: NOW,
  ...of,
});
const brief = ({ conditions }: Omit<PolicyStatus, 'observedGeneration'>): Record<string, string> =>
  Object.fromEntries((conditions ?? []).map(({ type, status, reason }) => [type, `${status}/${reason}`]));

const previous = { generation: 2, digest: contentDigest('old') };
const settled = 'False/Settled';
const lexicon = 'spec.rules[0].any[0].keywords.lexiconRef.digest';

test.each<[string, Partial<Pass>, Record<string, string>]>([
  [
    'sound, everywhere',
    {},
    {
      Ready: 'True/Propagated',
      Reconciling: settled,
      Stalled: settled,
      Compiled: 'True/Compiled',
      TestsPassed: 'True/Passed',
      Propagated: 'True/Propagated',
    },
  ],
  [
    'sound, no tests',
    { revision: sound({ passed: 0, total: 0 }) },
    { Ready: 'True/Propagated', TestsPassed: 'Unknown/NoTests' },
  ],
  [
    'no tenants',
    { tenants: [] },
    { Ready: 'True/NoTenants', Reconciling: settled, Propagated: 'True/NoTenants' },
  ],
  [
    'on its way',
    { tenants: [tenant('Propagated', 'a'), tenant('Propagating', 'b')] },
    { Ready: 'False/Propagating', Reconciling: 'True/Propagating', Stalled: settled },
  ],
  [
    'nobody there',
    { tenants: [tenant('NoScanner')] },
    { Ready: 'False/NoScanner', Reconciling: 'True/NoScanner' },
  ],
  ['suspended', { tenants: [tenant('Suspended')] }, { Ready: 'True/Propagated', Reconciling: settled }],
  [
    'a scanner refuses',
    { tenants: [{ ...tenant('RefusedByScanner'), detail: 'too new' }] },
    { Ready: 'False/RefusedByScanner', Reconciling: 'True/RefusedByScanner', Stalled: settled },
  ],
  [
    'one NATS away, one slow',
    { tenants: [tenant('NatsUnreachable', 'a'), tenant('Propagating', 'b')] },
    {
      Ready: 'Unknown/NatsUnreachable',
      Propagated: 'Unknown/NatsUnreachable',
      Reconciling: 'True/NatsUnreachable',
      Stalled: settled,
    },
  ],
  [
    'a bad pattern, one in force',
    { revision: refused(problem('spec.rules[0].any[0].pattern.regex')), inForce: previous },
    {
      Ready: 'False/PatternInvalid',
      Reconciling: settled,
      Stalled: 'True/PatternInvalid',
      Compiled: 'False/PatternInvalid',
      TestsPassed: 'Unknown/NotCompiled',
      Propagated: 'False/PreviousRevision',
    },
  ],
  [
    'a bad pattern, none in force',
    { revision: refused(problem('spec.rules[0].any[0].pattern.regex')) },
    { Propagated: 'False/NothingInForce' },
  ],
  [
    'no such detector',
    { revision: refused(problem('spec.rules[0].any[0]')) },
    { Compiled: 'False/DetectorUnknown' },
  ],
  [
    'an option',
    { revision: refused(problem('spec.rules[0].any[0].keywords.terms[3]')) },
    { Compiled: 'False/OptionsInvalid' },
  ],
  [
    'no such lexicon',
    { revision: refused(problem(lexicon, 'there is no lexicon with this digest')) },
    { Compiled: 'False/LexiconMissing', Stalled: 'True/LexiconMissing' },
  ],
  [
    'a bad lexicon',
    { revision: refused(problem(lexicon, 'the lexicon has no terms')) },
    { Compiled: 'False/LexiconInvalid' },
  ],
  [
    'a failed test',
    { revision: refused(problem('spec.tests[0]')), inForce: previous },
    {
      Ready: 'False/TestsFailed',
      Compiled: 'True/Compiled',
      TestsPassed: 'False/TestsFailed',
      Stalled: 'True/TestsFailed',
      Propagated: 'False/PreviousRevision',
    },
  ],
  [
    'a lexicon that nobody can be asked for',
    { revision: { kind: 'Unknown', why: 'w' }, inForce: previous },
    {
      Ready: 'Unknown/LexiconUnavailable',
      Reconciling: 'True/LexiconUnavailable',
      Stalled: settled,
      Compiled: 'Unknown/LexiconUnavailable',
      Propagated: 'False/PreviousRevision',
    },
  ],
])('%s', (_what, of, expected) => {
  const status = summarisePolicy(pass(of));
  expect(brief(status)).toMatchObject(expected);
  // Closed list, every condition always there, and of this generation.
  expect(Object.keys(brief(status)).sort()).toEqual(Object.keys(POLICY_CONDITIONS).sort());
  for (const { type, reason, observedGeneration } of status.conditions ?? []) {
    expect(POLICY_CONDITIONS[type as keyof typeof POLICY_CONDITIONS]).toContain(reason);
    expect(observedGeneration).toBe(3);
  }
});

describe('a refusal', () => {
  const status = summarisePolicy(
    pass({ revision: refused(problem('spec.rules[0].any[0].pattern.regex')), inForce: previous }),
  );
  test('says rule, path, remedy and what judges meanwhile', () => {
    expect(status.conditions?.find(({ type }) => type === 'Stalled')?.message).toBe(
      'rule r: spec.rules[0].any[0].pattern.regex: is wrong. mend it; generation 2 stays in force',
    );
  });
  test('leaves generation and digest those of the last good revision', () => {
    expect(status).toMatchObject({ lastGoodGeneration: 2, digest: previous.digest });
  });
});

test('the same pass says the same words, and moments stay', () => {
  const first = summarisePolicy(pass({}));
  const again = summarisePolicy(pass({ before: first, nowMs: NOW + 60_000 }));
  expect(again).toEqual(first);
});

test('many tenants: those that lag are listed, no more than 20', () => {
  const many = Array.from({ length: 30 }, (_, at) =>
    tenant(at % 15 === 14 ? 'Propagating' : 'Propagated', `t${at}`),
  );
  const { byTenant, tenants, scanners } = summarisePolicy(pass({ tenants: many }));
  expect(byTenant).toHaveLength(20);
  expect(byTenant?.slice(0, 3).map(({ name, state }) => [name, state])).toEqual([
    ['t14', 'Propagating'],
    ['t29', 'Propagating'],
    ['t0', 'Propagated'],
  ]);
  expect([tenants, scanners]).toEqual([{ matched: 30, propagated: 28 }, '58/60']);
});

describe('exceptions', () => {
  const at = (inMs: number) => ({
    name: `e${inMs}`,
    reason: 'agreed',
    expires: new Date(NOW + inMs).toISOString(),
  });
  const day = 24 * 3_600_000;
  test.each([
    ['none', [], 'True/Current', undefined],
    ['far away', [at(30 * day)], 'True/Current', 23 * day],
    ['within a week', [at(2 * day)], 'True/ExpiringSoon', 2 * day],
    ['ended', [at(-1)], 'False/Expired', undefined],
    ['at this moment', [at(0)], 'False/Expired', undefined],
    ['one ended, one to come', [at(-1), at(EXPIRING_SOON_MS + 5)], 'False/Expired', 5],
    ['the earlier moment', [at(3 * day), at(10 * day)], 'True/ExpiringSoon', 3 * day],
  ])('%s', (_what, exceptions, expected, changesInMs) => {
    const { condition, ...more } = checkExceptions(exceptions, NOW);
    expect(`${condition.status}/${condition.reason}`).toBe(expected);
    expect(more.changesInMs).toBe(changesInMs);
  });
});
