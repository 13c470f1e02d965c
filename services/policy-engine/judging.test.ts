// Exceptions, sampling, digests, lexicons, tenant selection: the parts of a judgement beside the hits.
import type { Digest } from '@menshen/contracts/digest';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { canonicalJson, policyDigest, policySetDigest } from './digests.ts';
import { evaluate } from './evaluate.ts';
import type { MessageFacts } from './facts.ts';
import { engineOf, message, ruleOf, rulesOf } from './judging.testkit.ts';
import { MAX_LEXICON_TERMS, parseLexicon } from './parse-lexicon.ts';
import type { PolicyException, PolicySpec } from './policy-spec.ts';
import { compileSampling } from './sample-message.ts';
import { selectsTenant } from './select-tenants.ts';

describe('an exception', () => {
  const spec = (exception: Partial<PolicyException>): PolicySpec => ({
    rules: [
      { name: 'one', any: [{ keywords: { terms: ['保本'] } }] },
      { name: 'two', any: [{ keywords: { terms: ['保本'] } }] },
    ],
    exceptions: [{ name: 'e', reason: 'r', expires: '2027-01-01T00:00:00Z', ...exception }],
  });
  const at = (time: string): Partial<MessageFacts> => ({ capturedAtMs: Date.parse(time) });
  test.each<[string, Partial<PolicyException>, Partial<MessageFacts>, string[]]>([
    ['covers its sender', { senders: { ids: ['zhang'] } }, {}, []],
    ['does not cover another sender', { senders: { ids: ['wang'] } }, {}, ['p/one', 'p/two']],
    ['covers its department', { senders: { departments: ['Acme/Sales'] } }, {}, []],
    [
      'does not cover who is not known to be meant',
      { senders: { departments: ['Acme/Sales'] } },
      { sender: { id: 'x', kind: 'Staff', departments: [] } },
      ['p/one', 'p/two'],
    ],
    ['covers its recipient', { recipients: { ids: ['wm1'] } }, {}, []],
    ['covers its conversation', { conversationIds: ['direct:a,b'] }, {}, []],
    [
      'needs all of its selectors',
      { senders: { ids: ['zhang'] }, conversationIds: ['other'] },
      {},
      ['p/one', 'p/two'],
    ],
    ['covers only the rules it names', { senders: { ids: ['zhang'] }, rules: ['two'] }, {}, ['p/one']],
    ['holds until it expires', { senders: { ids: ['zhang'] } }, at('2026-12-31T23:59:59.999Z'), []],
    ['ends when it expires', { senders: { ids: ['zhang'] } }, at('2027-01-01T00:00:00Z'), ['p/one', 'p/two']],
    [
      'is read with its time zone',
      { senders: { ids: ['zhang'] }, expires: '2027-01-01T08:00:00+08:00' },
      at('2027-01-01T00:00:00Z'),
      ['p/one', 'p/two'],
    ],
  ])('%s', (_, exception, change, expected) => {
    expect(rulesOf(evaluate(engineOf({ p: spec(exception) }), message('保本', change)))).toEqual(expected);
  });
});

describe('sampling', () => {
  const ids = Array.from({ length: 20_000 }, (_, index) => `12057${index}_1795000000${index}_external`);
  const share = (percent: number, policy = 'a/b'): number => {
    const samples = compileSampling(percent, policy);
    return ids.filter((id) => samples(id)).length / ids.length;
  };

  test.each([[0.5], [2], [25], [100]])('picks %d percent', (percent) => {
    expect(Math.abs(share(percent) - percent / 100)).toBeLessThan(0.01);
    if (percent === 100) expect(share(100)).toBe(1);
  });

  it('does not pick neighbours together', () => {
    const samples = compileSampling(50, 'a/b');
    const families = Array.from({ length: 1000 }, (_, family) =>
      Array.from({ length: 10 }, (__, last) => samples(`${family}_${last}`)),
    );
    expect(families.filter((family) => new Set(family).size === 1).length).toBeLessThan(20);
  });

  it('picks other messages for another policy', () => {
    const [one, two] = [compileSampling(50, 'a/one'), compileSampling(50, 'a/two')];
    const alike = ids.filter((id) => one(id) === two(id)).length / ids.length;
    expect(Math.abs(alike - 0.5)).toBeLessThan(0.02);
  });

  it('picks more, never others, when the percentage rises', () => {
    const [few, many] = [compileSampling(1, 'a/b'), compileSampling(5, 'a/b')];
    expect(ids.filter((id) => few(id) && !many(id))).toEqual([]);
  });

  it('adds to the rules, skips none, and respects scope and exceptions', () => {
    const spec: PolicySpec = {
      severity: 'Low',
      scope: { direction: ['Outbound'] },
      rules: [{ name: 'r', severity: 'High', any: [{ keywords: { terms: ['保本'] } }] }],
      sampling: { percent: 100 },
      exceptions: [{ name: 'e', reason: 'r', expires: '2030-01-01T00:00:00Z', senders: { ids: ['exempt'] } }],
    };
    const engine = engineOf({ p: spec });
    const found = evaluate(engine, message('保本'));
    expect(found.map(({ rule, severity, evidence }) => [rule, severity, evidence.length])).toEqual([
      ['r', 'High', 1],
      ['sample', 'Low', 0],
    ]);
    expect(rulesOf(evaluate(engine, message('好')))).toEqual(['p/sample']);
    expect(evaluate(engine, message('好', { direction: 'Internal' }))).toEqual([]);
    expect(
      evaluate(engine, message('好', { sender: { id: 'exempt', kind: 'Staff', departments: [] } })),
    ).toEqual([]);
  });

  it('is possible without rules', () => {
    expect(rulesOf(evaluate(engineOf({ p: { sampling: { percent: 100 } } }), message('好')))).toEqual([
      'p/sample',
    ]);
  });
});

describe('digests', () => {
  const spec = { severity: 'High', rules: [{ name: 'r', any: [{ keywords: { terms: ['a'] } }] }] };

  it('do not depend on the order of fields', () => {
    const turned = { rules: [{ any: [{ keywords: { terms: ['a'] } }], name: 'r' }], severity: 'High' };
    expect(policyDigest({ namespace: 'n', name: 'p', spec: turned })).toBe(
      policyDigest({ namespace: 'n', name: 'p', spec }),
    );
  });

  it('have not changed since the first release', () => {
    // Verdicts of years ago refer to these: a change here is a change of the record's meaning.
    expect(policyDigest({ namespace: 'n', name: 'p', spec })).toBe(
      'sha256:1d4588f7c3e93bd34563a39ab26d1f5fe3841c29f79af3a2dd6c8007d90d304f',
    );
    expect(policySetDigest([])).toBe(
      'sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945',
    );
  });

  test.each([
    ['the namespace', { namespace: 'x', name: 'p', spec }],
    ['the name', { namespace: 'n', name: 'x', spec }],
    ['the spec', { namespace: 'n', name: 'p', spec: { ...spec, severity: 'Low' } }],
  ])('depend on %s', (_, policy) => {
    expect(policyDigest(policy)).not.toBe(policyDigest({ namespace: 'n', name: 'p', spec }));
  });

  it('of a set do not depend on its order', () => {
    const digests: Digest[] = ['sha256:b', 'sha256:a'];
    expect(policySetDigest(digests)).toBe(policySetDigest([...digests].reverse()));
    expect(policySetDigest(digests)).not.toBe(policySetDigest(digests.slice(1)));
  });

  it('canonical JSON is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: undefined, c: [undefined] })).toBe('{"b":1,"c":[null]}');
  });
});

describe('a lexicon', () => {
  const parse = (text: string) => parseLexicon(Buffer.from(text));
  test.each<[string, string, string[]]>([
    ['one term a line', '甲\n乙', ['甲', '乙']],
    ['Windows line ends and a byte order mark', '\ufeff甲\r\n乙\r\n', ['甲', '乙']],
    ['comments and empty lines', '# 名单\n\n甲\n  # 完\n', ['甲']],
    ['space around a term', '  two words \n', ['two words']],
  ])('has %s', (_, text, terms) => {
    expect(parse(text)).toEqual({ ok: true, terms });
  });
  test.each<[string, Uint8Array, string]>([
    ['is not UTF-8', Buffer.from([0xb1, 0xa3]), 'save it as UTF-8'],
    ['has no terms', Buffer.from('# nothing\n'), 'one term a line'],
    ['has a line that is no term', Buffer.from(`好\n${'长'.repeat(129)}`), 'longer than 128 characters'],
    ['has too many terms', Buffer.from('x\n'.repeat(MAX_LEXICON_TERMS + 1)), 'split it'],
  ])('is refused when it %s', (_, bytes, words) => {
    expect(parseLexicon(bytes)).toMatchObject({ ok: false, message: expect.stringContaining(words) });
  });
});

describe('a policy is for tenants', () => {
  const labels = { region: 'cn-north', tier: 'gold' };
  type Requirement = { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] };
  const where = (...matchExpressions: Requirement[]) => ({ matchExpressions });
  test.each([
    ['all, without a selector', undefined, true],
    ['all, with an empty selector', {}, true],
    ['with the labels', { matchLabels: { region: 'cn-north' } }, true],
    ['not with other labels', { matchLabels: { region: 'cn-south' } }, false],
    ['not without the label', { matchLabels: { zone: 'a' } }, false],
    ['In', where({ key: 'tier', operator: 'In', values: ['gold', 'silver'] }), true],
    ['not In', where({ key: 'tier', operator: 'In', values: ['silver'] }), false],
    ['NotIn', where({ key: 'tier', operator: 'NotIn', values: ['silver'] }), true],
    ['NotIn, label absent', where({ key: 'zone', operator: 'NotIn', values: ['a'] }), true],
    ['Exists', where({ key: 'tier', operator: 'Exists' }), true],
    ['not Exists', where({ key: 'zone', operator: 'Exists' }), false],
    ['DoesNotExist', where({ key: 'zone', operator: 'DoesNotExist' }), true],
    [
      'all requirements',
      { matchLabels: { region: 'cn-north' }, ...where({ key: 'tier', operator: 'DoesNotExist' }) },
      false,
    ],
  ])('%s', (_, selector, expected) => {
    expect(selectsTenant(selector, labels)).toBe(expected);
  });
});

it('judges one message as if no other had been judged before', () => {
  const engine = ruleOf({ any: [{ keywords: { terms: ['保本'] } }, { pattern: { regex: '\\d{4}' } }] });
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('保本', '1234', '好', '保本 1234'), { minLength: 1, maxLength: 6 }),
      (texts) => {
        const last = message(texts.at(-1) ?? '');
        for (const text of texts.slice(0, -1)) evaluate(engine, message(text));
        const fresh = ruleOf({ any: [{ keywords: { terms: ['保本'] } }, { pattern: { regex: '\\d{4}' } }] });
        expect(evaluate(engine, last)).toEqual(evaluate(fresh, last));
      },
    ),
  );
});
