// Every bound and rule of CompliancePolicy is broken once, and must be named with its field and its fix; the examples do what they say.
import { readdirSync, readFileSync } from 'node:fs';
import { contentDigest } from '@menshen/contracts/digest';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { parseLexicon } from '@menshen/policy-engine/parse-lexicon';
import { runPolicyTests } from '@menshen/policy-engine/run-policy-tests';
import { describe, expect, test } from 'vitest';
import type { CompliancePolicy } from './types/compliancepolicies.ts';
import { changed, examples, kinds, problemLines, problemPaths, validateText } from './validating.testkit.ts';

const policy = 'compliancepolicy-guaranteed-return';
const keywords = 'spec.rules[0].any[0].keywords';
const regex = 'spec.rules[0].any[2].pattern.regex';

/** What is changed, where the problem is when that is elsewhere, and the words it is told in. */
interface Mistake {
  readonly set: readonly [path: string, value: unknown];
  readonly at?: string;
  readonly says: RegExp;
}

const mistakes: Record<string, Mistake> = {
  'no rules and no sampling': {
    set: ['spec', {}],
    says: /can never make a finding[:.] add at least one rule under spec\.rules, or spec\.sampling/i,
  },
  'an empty list of rules': { set: ['spec', { rules: [] }], says: /can never make a finding/i },
  'a mode that does not exist': { set: ['spec.mode', 'DryRun'], says: /Use Enforce, Shadow/ },
  'a severity that does not exist': { set: ['spec.severity', 'Urgent'], says: /Use Low, Medium, High/i },
  'a direction that does not exist': {
    set: ['spec.scope.direction', ['Out']],
    at: 'spec.scope.direction[0]',
    says: /Outbound/i,
  },
  'a direction twice': {
    set: ['spec.scope.direction', ['Outbound', 'Outbound']],
    at: 'spec.scope.direction[1]',
    says: /must be unique/i,
  },
  'an empty direction': { set: ['spec.scope.direction', []], says: /at least 1|fewer than 1/i },
  'a conversation that does not exist': {
    set: ['spec.scope.conversations', ['Room']],
    at: 'spec.scope.conversations[0]',
    says: /Use Direct, Group/,
  },
  'a message type that does not exist': {
    set: ['spec.scope.messageTypes', ['txt']],
    at: 'spec.scope.messageTypes[0]',
    says: /"txt" is not supported/i,
  },
  'a kind of sender that does not exist': {
    set: ['spec.scope.senders.kinds', ['Customer']],
    at: 'spec.scope.senders.kinds[0]',
    says: /External/i,
  },
  'a selector that names nobody': {
    set: ['spec.scope.senders.except', {}],
    says: /names nobody[:.] give ids, departments, or both/i,
  },
  'an In without values': {
    set: ['spec.tenants.matchExpressions', [{ key: 'a', operator: 'In' }]],
    at: 'spec.tenants.matchExpressions[0]',
    says: /need at least one value/i,
  },
  'a rule name with capitals': { set: ['spec.rules[1].name', 'Large'], says: /does not have the form/i },
  'a rule name twice': {
    set: ['spec.rules[1].name', 'promised-return'],
    at: 'spec.rules[1]',
    says: /every name in this list must be unique/i,
  },
  'the name of sampling': {
    set: ['spec.rules[1].name', 'sample'],
    says: /kept for findings made by spec\.sampling[:.] choose another name/i,
  },
  'a rule that looks for nothing': {
    set: ['spec.rules[1]', { name: 'empty', not: [{ type: { in: ['file'] } }] }],
    says: /looks for nothing[:.] give it at least one condition under any or all/i,
  },
  'a condition of two detectors': {
    set: ['spec.rules[0].any[0].type', { in: ['file'] }],
    at: 'spec.rules[0].any[0]',
    says: /exactly one of keywords, pattern, .* and expr[:.] split it/i,
  },
  'a condition of none': {
    set: ['spec.rules[0].any[0]', {}],
    says: /exactly one of keywords, pattern, type, size, personalData, secrets, urls, language, lures, workingHours, forwarded, sticker, burst, model and expr/i,
  },
  'a detector that does not exist': {
    set: ['spec.rules[0].any[0]', { keyword: {} }],
    at: 'spec.rules[0].any[0].keyword',
    says: /Did you mean keywords\?/i,
  },
  'keywords without words': {
    set: [keywords, {}],
    says: /nothing to look for[:.] give terms, tuned, lexiconRef, or several of them/i,
  },
  'a blank term': {
    set: [`${keywords}.terms`, ['保本', ' ']],
    at: `${keywords}.terms[1]`,
    says: /does not have the form/i,
  },
  'a term that is a number': {
    set: [`${keywords}.terms`, [13800]],
    at: `${keywords}.terms[0]`,
    says: /Put it in quotes/i,
  },
  'a digest of another form': {
    set: [`${keywords}.lexiconRef`, { digest: 'md5:1' }],
    at: `${keywords}.lexiconRef.digest`,
    says: /does not have the form/i,
  },
  'a view that does not exist': {
    set: [`${keywords}.see`, ['Script']],
    at: `${keywords}.see[0]`,
    says: /Use Literal, Folded/,
  },
  'near without terms': {
    set: [`${keywords}.near`, { within: 3 }],
    at: `${keywords}.near.terms`,
    says: /is required/i,
  },
  'near that reaches too far': {
    set: [`${keywords}.near`, { terms: ['a'], within: 1001 }],
    at: `${keywords}.near.within`,
    says: /1000/i,
  },
  'an order that does not exist': {
    set: [`${keywords}.near`, { terms: ['a'], order: 'Before' }],
    at: `${keywords}.near.order`,
    says: /KeywordFirst/i,
  },
  'a kind of personal data that does not exist': {
    set: ['spec.rules[0].any[0]', { personalData: { kinds: ['ResidentID'] } }],
    at: 'spec.rules[0].any[0].personalData.kinds[0]',
    says: /ResidentId/,
  },
  'fewer values than one': {
    set: ['spec.rules[0].any[0]', { personalData: { atLeast: 0 } }],
    at: 'spec.rules[0].any[0].personalData.atLeast',
    says: /1/,
  },
  'a validity that does not exist': {
    set: ['spec.rules[0].any[0]', { personalData: { validity: ['Wrong'] } }],
    at: 'spec.rules[0].any[0].personalData.validity[0]',
    says: /ChecksumWrong/,
  },
  'a kind of secret that does not exist': {
    set: ['spec.rules[0].any[0]', { secrets: { kinds: ['Passwort'] } }],
    at: 'spec.rules[0].any[0].secrets.kinds[0]',
    says: /Password/,
  },
  'a domain with a path': {
    set: ['spec.rules[0].any[0]', { urls: { domains: ['example.com/x'] } }],
    at: 'spec.rules[0].any[0].urls.domains[0]',
    says: /does not have the form/i,
  },
  'a brand that is no domain': {
    set: ['spec.rules[0].any[0]', { urls: { lookAlikeOf: ['icbc'] } }],
    at: 'spec.rules[0].any[0].urls.lookAlikeOf[0]',
    says: /does not have the form/i,
  },
  'a kind of address that does not exist': {
    set: ['spec.rules[0].any[0]', { urls: { kinds: ['IP'] } }],
    at: 'spec.rules[0].any[0].urls.kinds[0]',
    says: /Ip/,
  },
  'a time of day that does not exist': {
    set: ['spec.rules[0].any[0]', { workingHours: { from: '9:00' } }],
    at: 'spec.rules[0].any[0].workingHours.from',
    says: /does not have the form/i,
  },
  'a holiday that is no date': {
    set: ['spec.rules[0].any[0]', { workingHours: { holidays: ['2026-13-01'] } }],
    at: 'spec.rules[0].any[0].workingHours.holidays[0]',
    says: /date/i,
  },
  'a kind of lure that does not exist': {
    set: ['spec.rules[0].any[0]', { lures: { kinds: ['Scam'] } }],
    at: 'spec.rules[0].any[0].lures.kinds[0]',
    says: /PaymentBait/,
  },
  'a language that does not exist': {
    set: ['spec.rules[0].any[0]', { language: { in: ['cantonese'] } }],
    at: 'spec.rules[0].any[0].language.in[0]',
    says: /yue/,
  },
  'a pattern with look-ahead': {
    set: [regex, '收益(?=高)'],
    says: /not a valid RE2 pattern .*unsupported Perl syntax.*Look-around/,
  },
  'a pattern with a back-reference': { set: [regex, '(a)\\1'], says: /not a valid RE2 pattern/i },
  'a pattern that is not closed': {
    set: [regex, '(收益'],
    says: /not a valid RE2 pattern .*missing closing \)/,
  },
  'a pattern that matches the empty text': {
    set: [regex, '(收益)?'],
    says: /would hit everywhere[:.] make it require at least one character/i,
  },
  'a size without bounds': {
    set: ['spec.rules[1].all[1].size', {}],
    says: /every size would hit[:.] give minBytes, maxBytes, or both/i,
  },
  'a size that cannot be': {
    set: ['spec.rules[1].all[1].size.maxBytes', 1],
    at: 'spec.rules[1].all[1].size',
    says: /minBytes must not exceed maxBytes/i,
  },
  'an exception without end': { set: ['spec.exceptions[0].expires', undefined], says: /is required/i },
  'an exception without reason': { set: ['spec.exceptions[0].reason', undefined], says: /is required/i },
  'an exception for everybody': {
    set: ['spec.exceptions[0].senders', undefined],
    at: 'spec.exceptions[0]',
    says: /cover every message[:.] give senders, recipients or conversationIds/i,
  },
  'an exception from a rule that does not exist': {
    set: ['spec.exceptions[0].rules', ['promised']],
    at: 'spec.exceptions',
    says: /names a rule that does not exist[:.] use the name of a rule under spec\.rules/i,
  },
  'an expiry that is no time': {
    set: ['spec.exceptions[0].expires', 'next year'],
    says: /date-time|RFC 3339|does not have the form/i,
  },
  'a percentage of zero': { set: ['spec.sampling.percent', 0], says: /0\.01/i },
  'an action that tells nobody': {
    set: ['spec.actions[0].alert.channels', []],
    says: /at least 1|fewer than 1/i,
  },
  'a test of a rule that does not exist': {
    set: ['spec.tests[0].expect.rule', 'promised'],
    at: 'spec.tests',
    says: /expects a rule that does not exist/i,
  },
  'a test that expects nothing in particular': {
    set: ['spec.tests[0].expect', {}],
    says: /say what is expected[:.] either rule .* or none/i,
  },
  'a test that expects both': {
    set: ['spec.tests[0].expect.none', true],
    at: 'spec.tests[0].expect',
    says: /either rule/i,
  },
  'evidence without a rule': {
    set: ['spec.tests[2].expect.text', 'x'],
    at: 'spec.tests[2].expect',
    says: /name the rule as well/i,
  },
  'a field nobody knows': { set: ['spec.severty', 'High'], says: /Did you mean severity\?/i },
};

describe('refused', () => {
  test.each(Object.entries(mistakes))('%s', (_what, { set: [path, value], at, says }) => {
    const result = validateText(changed(policy, path, value));
    expect(problemPaths(result)).toContain(at ?? path);
    expect(problemLines(result).join('\n')).toMatch(says);
  });

  test('more conditions than a list may hold', () => {
    const any = Array.from({ length: 17 }, () => ({ type: { in: ['file'] } }));
    expect(problemPaths(validateText(changed(policy, 'spec.rules[1].any', any)))).toEqual([
      'spec.rules[1].any',
    ]);
  });

  test('more rules than a policy may hold', () => {
    const rules = Array.from({ length: 33 }, (_, index) => ({
      name: `r${index}`,
      any: [{ type: { in: ['file'] } }],
    }));
    expect(problemPaths(validateText(changed('compliancepolicy-minimal', 'spec.rules', rules)))).toEqual([
      'spec.rules',
    ]);
  });
});

describe('accepted', () => {
  test.each([
    ['sampling alone', 'spec', { sampling: { percent: 0.01 } }],
    [
      'a test of sampling',
      'spec',
      { sampling: { percent: 100 }, tests: [{ name: 't', message: {}, expect: { rule: 'sample' } }] },
    ],
    ['terms and a lexicon together', `${keywords}.lexiconRef`, { digest: `sha256:${'0'.repeat(64)}` }],
    ['an empty tenant selector', 'spec.tenants', {}],
    ['one size', 'spec.rules[1].all[1].size', { maxBytes: 0 }],
  ])('%s', (_what, path, value) => {
    expect(problemLines(validateText(changed(policy, path, value)))).toEqual([]);
  });
});

test('the minimal policy gets every default of the schema', () => {
  expect(validateText(changed('compliancepolicy-minimal', 'spec.mode', undefined))).toMatchObject({
    ok: true,
    object: {
      spec: {
        mode: 'Enforce',
        severity: 'Medium',
        rules: [{ any: [{ keywords: { wholeWords: true, see: ['Folded'] } }] }],
      },
    },
  });
});

describe('the example', () => {
  const folder = new URL('../lexicons/', examples);
  const lexicons = new Map(
    readdirSync(folder).map((name) => {
      const list = readFileSync(new URL(name, folder));
      const parsed = parseLexicon(list);
      return [contentDigest(list), parsed.ok ? parsed.terms : []] as const;
    }),
  );
  const names = readdirSync(examples).filter((name) => name.startsWith('compliancepolicy-'));

  test.each(names)('%s is valid, compiles and passes its own tests', (name) => {
    const validated = validateText(readFileSync(new URL(name, examples), 'utf8'));
    expect(problemLines(validated)).toEqual([]);
    if (!validated.ok) return;
    const { metadata, spec } = validated.object as unknown as CompliancePolicy;
    const source = { namespace: metadata.namespace ?? '', name: metadata.name, spec };
    expect(compilePolicySet([source], lexicons).rejected).toEqual([]);
    const run = runPolicyTests(source, lexicons);
    expect(run.ok ? run.results.filter(({ passed }) => !passed) : run.problems).toEqual([]);
  });
});

test('every field says what it is', () => {
  const definition = kinds.find(({ kind }) => kind === 'CompliancePolicy');
  expect(definition).toBeDefined();
  expect(undescribed(definition?.schema, 'CompliancePolicy')).toEqual([]);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema & { readonly description?: string }>>;
  readonly items?: Schema;
}

function undescribed(schema: Schema | undefined, path: string): string[] {
  const own = Object.entries(schema?.properties ?? {}).filter(
    ([name]) => !['apiVersion', 'kind', 'metadata'].includes(name),
  );
  const missing = own.filter(([, field]) => !field.description).map(([name]) => `${path}.${name}`);
  const below = own.flatMap(([name, field]) => undescribed(field, `${path}.${name}`));
  return [...missing, ...below, ...(schema?.items ? undescribed(schema.items, `${path}[]`) : [])];
}
