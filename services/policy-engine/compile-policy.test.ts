// What is wrong with a policy is said with the rule, the field, the value and what to do; the other policies go on.
import type { Digest } from '@menshen/contracts/digest';
import { describe, expect, it, test } from 'vitest';
import { compilePolicySet } from './compile-policy-set.ts';
import { evaluate } from './evaluate.ts';
import { message, NO_LEXICONS, problemsOf, rulesOf } from './judging.testkit.ts';

const rule = (condition: unknown) => ({ rules: [{ name: 'r', any: [condition] }] });
const digest: Digest = `sha256:${'a'.repeat(64)}`;

describe('a policy is rejected for', () => {
  test.each<[string, unknown, string, unknown, string, string]>([
    [
      'a pattern that RE2 refuses',
      rule({ pattern: { regex: 'a(?=b)' } }),
      'spec.rules[0].any[0].pattern.regex',
      'a(?=b)',
      'invalid or unsupported Perl syntax',
      'no look-around',
    ],
    [
      'a pattern that matches nothing at all',
      rule({ pattern: { regex: 'a*' } }),
      'spec.rules[0].any[0].pattern.regex',
      'a*',
      'matches the empty text',
      'at least one character',
    ],
    [
      'a term of which nothing is left',
      rule({ keywords: { terms: ['保本', '\u200b'] } }),
      'spec.rules[0].any[0].keywords.terms[1]',
      '\u200b',
      'nothing is left of the term in the Folded view',
      'Literal view',
    ],
    [
      'half a character',
      rule({ keywords: { terms: ['\ud83d'] } }),
      'spec.rules[0].any[0].keywords.terms[0]',
      '\ud83d',
      'nothing is left',
      'remove the term',
    ],
    [
      'a near term of which nothing is left',
      rule({ keywords: { terms: ['a'], near: { terms: [' '] } } }),
      'spec.rules[0].any[0].keywords.near.terms[0]',
      ' ',
      'nothing is left',
      'remove the term',
    ],
    [
      'keywords without words',
      rule({ keywords: {} }),
      'spec.rules[0].any[0].keywords',
      {},
      'nothing to look for',
      'give terms, tuned, lexiconRef, or several of them',
    ],
    [
      'a lexicon that is not there',
      rule({ keywords: { lexiconRef: { digest } } }),
      'spec.rules[0].any[0].keywords.lexiconRef.digest',
      digest,
      'not there',
      'upload the list',
    ],
    [
      'a view that does not exist',
      rule({ keywords: { terms: ['a'], see: ['Xray'] } }),
      'spec.rules[0].any[0].keywords.see',
      'Xray',
      'no such view',
      'use Literal or Folded or Separators',
    ],
    [
      'a detector of a later engine',
      rule({ weather: { in: ['rain'] } }),
      'spec.rules[0].any[0]',
      { weather: { in: ['rain'] } },
      'has no detector named weather',
      'upgrade Menshen',
    ],
    [
      'two detectors in one condition',
      rule({ type: { in: ['file'] }, size: { minBytes: 1 } }),
      'spec.rules[0].any[0]',
      { type: { in: ['file'] }, size: { minBytes: 1 } },
      'exactly one detector',
      'exactly one of keywords, pattern, type, size, personalData, secrets, urls',
    ],
    [
      'sizes that cannot be',
      rule({ size: { minBytes: 2, maxBytes: 1 } }),
      'spec.rules[0].any[0].size.minBytes',
      2,
      'no size can hit',
      'smaller of the two',
    ],
    [
      'a rule that looks for nothing',
      { rules: [{ name: 'r', not: [{ type: { in: ['file'] } }] }] },
      'spec.rules[0]',
      expect.anything(),
      'looks for nothing',
      'under any or all',
    ],
    [
      'two rules of one name',
      { rules: [...rule({ type: { in: ['file'] } }).rules, ...rule({ type: { in: ['file'] } }).rules] },
      'spec.rules[1].name',
      'r',
      'another rule has the same name',
      'another name',
    ],
    [
      'the name of sampling',
      { rules: [{ name: 'sample', any: [{ type: { in: ['file'] } }] }] },
      'spec.rules[0].name',
      'sample',
      'kept for sampling',
      'another name',
    ],
    ['no rules at all', {}, 'spec.rules', undefined, 'never make a finding', 'add a rule'],
    [
      'an exception that never ends',
      { ...rule({ type: { in: ['file'] } }), exceptions: [{ name: 'e', reason: 'r', expires: 'soon' }] },
      'spec.exceptions[0].expires',
      'soon',
      'not a date',
      'RFC 3339',
    ],
    [
      'a spec that is not one',
      null,
      'spec',
      undefined,
      'does not have the form of a CompliancePolicy',
      'kubectl apply --dry-run=server',
    ],
    [
      'rules that are not a list',
      { rules: 'all' },
      'spec',
      undefined,
      'does not have the form',
      'validate it against the CRD',
    ],
  ])('%s', (...[, spec, path, value, words, remedy]) => {
    expect(problemsOf(spec)).toContainEqual(
      expect.objectContaining({
        policy: 'test/policy',
        path,
        value,
        message: expect.stringContaining(words),
        remedy: expect.stringContaining(remedy),
      }),
    );
  });

  it('all of its problems at once, each with its rule', () => {
    const spec = {
      rules: [
        { name: 'one', any: [{ pattern: { regex: '(' } }, { keywords: { terms: ['\u200b'] } }] },
        { name: 'two', all: [{ pattern: { regex: '[' } }], not: [{ pattern: { regex: '*' } }] },
      ],
    };
    expect(problemsOf(spec).map((problem) => [problem.rule, problem.path])).toEqual([
      ['one', 'spec.rules[0].any[0].pattern.regex'],
      ['one', 'spec.rules[0].any[1].keywords.terms[0]'],
      ['two', 'spec.rules[1].all[0].pattern.regex'],
      ['two', 'spec.rules[1].not[0].pattern.regex'],
    ]);
  });
});

it('leaves out the bad policy and nothing else', () => {
  const good = { namespace: 'test', name: 'good', spec: rule({ keywords: { terms: ['保本'] } }) };
  const bad = { namespace: 'test', name: 'bad', spec: rule({ pattern: { regex: '(' } }) };
  const { engine, rejected } = compilePolicySet([bad, good], NO_LEXICONS);
  expect(rejected.map(({ policy }) => policy)).toEqual(['test/bad']);
  expect(rulesOf(evaluate(engine, message('保本（')))).toEqual(['good/r']);
  expect(engine.policySetDigest).toBe(compilePolicySet([good], NO_LEXICONS).engine.policySetDigest);
});

it('takes no policies at all', () => {
  const { engine, rejected } = compilePolicySet([], NO_LEXICONS);
  expect(rejected).toEqual([]);
  expect(evaluate(engine, message('保本'))).toEqual([]);
});

it('passes over lines of a lexicon that vanish', () => {
  const lexicons = new Map([[digest, ['\u200b', '保本']]]);
  const spec = rule({ keywords: { lexiconRef: { digest } } });
  expect(problemsOf(spec, lexicons)).toEqual([]);
});
