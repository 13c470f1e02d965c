// The examples inside a policy: what passes, and what is said when one does not.
import { describe, expect, it, test } from 'vitest';
import { NO_LEXICONS } from './judging.testkit.ts';
import type { PolicySpec, PolicyTest } from './policy-spec.ts';
import { runPolicyTests } from './run-policy-tests.ts';

const spec: PolicySpec = {
  scope: {
    direction: ['Outbound'],
    senders: { departments: ['Acme/Sales'], ids: ['boss'] },
    messageTypes: ['file', 'text'],
  },
  rules: [
    { name: 'promise', any: [{ keywords: { terms: ['保本'] } }], not: [{ keywords: { terms: ['不保本'] } }] },
    { name: 'large', all: [{ type: { in: ['file'] } }, { size: { minBytes: 100 } }] },
  ],
  exceptions: [{ name: 'e', reason: 'r', expires: '2027-01-01T00:00:00Z', senders: { ids: ['exempt'] } }],
};

function run(test: Omit<PolicyTest, 'name'>, changed: PolicySpec = spec) {
  const source = { namespace: 'n', name: 'p', spec: { ...changed, tests: [{ name: 't', ...test }] } };
  const ran = runPolicyTests(source, NO_LEXICONS);
  return ran.ok ? ran.results[0] : ran;
}

describe('passes', () => {
  test.each<[string, Omit<PolicyTest, 'name'>]>([
    ['a rule that holds', { message: { text: '保本' }, expect: { rule: 'promise' } }],
    [
      'a rule that holds by this text',
      { message: { text: '這個保\u200b本' }, expect: { rule: 'promise', text: '保\u200b本' } },
    ],
    ['nothing found', { message: { text: '不保本' }, expect: { none: true } }],
    ['another direction', { message: { text: '保本', direction: 'Internal' }, expect: { none: true } }],
    [
      'another department',
      {
        message: { text: '保本', from: { id: 'x', kind: 'Staff', departments: ['Acme/HR'] } },
        expect: { none: true },
      },
    ],
    [
      'a sender who is excepted',
      { message: { text: '保本', from: { id: 'exempt' } }, expect: { none: true } },
    ],
    [
      'a sender whose exception is over',
      {
        message: { text: '保本', from: { id: 'exempt' }, capturedAt: '2027-01-01T00:00:00Z' },
        expect: { rule: 'promise' },
      },
    ],
    [
      'a large file, of the first type in scope',
      { message: { text: 'a.pdf', sizeBytes: 100 }, expect: { rule: 'large' } },
    ],
    ['another type', { message: { text: '保本', type: 'link' }, expect: { none: true } }],
  ])('%s', (_, test) => {
    expect(run(test)).toEqual({ name: 't', passed: true, why: '' });
  });
});

describe('fails, and says what came instead', () => {
  test.each<[string, Omit<PolicyTest, 'name'>, string]>([
    [
      'no rule held',
      { message: { text: '好' }, expect: { rule: 'promise' } },
      'expected rule promise to hold, but no rule held',
    ],
    [
      'another rule held',
      { message: { text: 'x', type: 'file', sizeBytes: 100 }, expect: { rule: 'promise' } },
      'but rule large held by "file" (all[0].type), "100 bytes" (all[1].size)',
    ],
    [
      'a rule held',
      { message: { text: '保本' }, expect: { none: true } },
      'expected no finding, but rule promise held by "保本" (any[0].keywords.terms[0])',
    ],
    [
      'other evidence',
      { message: { text: '保本' }, expect: { rule: 'promise', text: '本' } },
      'expected the evidence "本", but rule promise held by "保本"',
    ],
  ])('%s', (_, test, why) => {
    expect(run(test)).toMatchObject({ passed: false, why: expect.stringContaining(why) });
  });
});

it('runs no tests of a policy that does not compile', () => {
  expect(
    run(
      { message: {}, expect: { none: true } },
      { rules: [{ name: 'r', any: [{ pattern: { regex: '(' } }] }] },
    ),
  ).toMatchObject({
    ok: false,
    problems: [{ path: 'spec.rules[0].any[0].pattern.regex' }],
  });
});

it('has no results for a policy without tests', () => {
  expect(runPolicyTests({ namespace: 'n', name: 'p', spec }, NO_LEXICONS)).toEqual({ ok: true, results: [] });
});
