// The engine as its users see it: a policy, a message, and what is found.
import type { Digest } from '@menshen/contracts/digest';
import { findingId } from '@menshen/contracts/finding';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { ENGINE_VERSION, policyDigest } from './digests.ts';
import { evaluate } from './evaluate.ts';
import type { MessageFacts } from './facts.ts';
import { engineOf, message, ruleOf, rulesOf, textsOf } from './judging.testkit.ts';
import type { ConditionSpec, PolicySpec, Rule } from './policy-spec.ts';

const keywords = (...terms: string[]): ConditionSpec => ({ keywords: { terms } });

describe('keywords', () => {
  test.each<[string, ConditionSpec, string, string[]]>([
    ['a word', keywords('保本'), '这个保本，真的保本', ['保本', '保本']],
    ['the other writing of it', keywords('保證'), '我保证', ['保证']],
    ['the original text, not what was looked for', keywords('稳赚'), '這款穩\u200b賺', ['穩\u200b賺']],
    ['a surrogate pair whole', keywords('红包😀'), '发红包😀了', ['红包😀']],
    ['an expansion whole', keywords('kg'), '五㎏', ['㎏']],
    ['a combining mark with its base', keywords('保本'), '保本\u0301啊', ['保本\u0301']],
    ['an emoji with its variation selector and skin colour', keywords('👍'), '好👍🏻', ['👍🏻']],
    ['terms that overlap, each', keywords('保本', '本金'), '保本金', ['保本', '本金']],
    ['nothing in part of a word', keywords('pass'), 'passenger bypass pass1', []],
    ['the word beside Han', keywords('vip'), '加VIP群', ['VIP']],
    ['Han terms anywhere', keywords('不保'), '绝不保本', ['不保']],
    ['a term that ends in Han beside Latin', keywords('加v信'), '加V信abc', ['加V信']],
    ['parts of words when asked', { keywords: { terms: ['pass'], wholeWords: false } }, 'bypass', ['pass']],
    [
      'only the exact text in the Literal view',
      { keywords: { terms: ['VIP'], see: ['Literal'] } },
      'vip VIP',
      ['VIP'],
    ],
    [
      'a place once, though two views see it',
      { keywords: { terms: ['VIP'], see: ['Literal', 'Folded'] } },
      'VIP',
      ['VIP'],
    ],
  ])('find %s', (_, condition, text, expected) => {
    expect(textsOf(ruleOf({ any: [condition] }), message(text))).toEqual(expected);
  });

  it('say what was seen, by which view, for which term, and where', () => {
    const engine = ruleOf({ any: [keywords('x'), keywords('a', '稳赚')] });
    expect(evaluate(engine, message('好！穩\u200b賺'))[0]?.evidence).toEqual([
      {
        path: 'text.content',
        start: 2,
        end: 5,
        text: '穩\u200b賺',
        seen: '稳赚',
        view: 'Folded',
        condition: 'any[1].keywords.terms[1]',
      },
    ]);
  });

  it('come from a lexicon by its digest', () => {
    const digest: Digest = `sha256:${'0'.repeat(64)}`;
    const lexicons = new Map([[digest, ['甲', '\u200b', '乙股']]]);
    const engine = engineOf(
      { p: { rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest } } }] }] } },
      lexicons,
    );
    expect(evaluate(engine, message('买入乙股'))[0]).toMatchObject({
      lexiconDigests: [digest],
      evidence: [{ text: '乙股', condition: 'any[0].keywords.lexiconRef[2]' }],
    });
  });
});

describe('near', () => {
  const near = (within: number, order?: 'Either' | 'KeywordFirst' | 'KeywordLast'): ConditionSpec => ({
    keywords: { terms: ['一定有'], near: { terms: ['收益'], within, ...(order && { order }) } },
  });
  test.each<[string, ConditionSpec, string, boolean]>([
    ['within reach after', near(3), '一定有三个字收益', true],
    ['just out of reach', near(2), '一定有三个字收益', false],
    ['within reach before', near(2), '收益是的一定有', true],
    ['side by side', near(0), '一定有收益', true],
    ['in the wrong order', near(5, 'KeywordLast'), '一定有收益', false],
    ['in the right order', near(5, 'KeywordFirst'), '一定有收益', true],
    ['counting what the view shows', near(1), '一定有\u200b\u200b\u200b的收益', true],
    ['counting from the nearest', near(1), '收益。很久以后一定有的收益', true],
    ['not there', near(9), '一定有', false],
  ])('%s', (_, condition, text, holds) => {
    expect(textsOf(ruleOf({ any: [condition] }), message(text))).toEqual(holds ? ['一定有'] : []);
  });

  it('does not take a word that overlaps the keyword', () => {
    const engine = ruleOf({ any: [{ keywords: { terms: ['保本收益'], near: { terms: ['收益'] } } }] });
    expect(textsOf(engine, message('保本收益'))).toEqual([]);
    expect(textsOf(engine, message('保本收益，收益'))).toEqual(['保本收益']);
  });

  it('does not reach from one text of the message into another', () => {
    const texts = [
      { path: 'link.title', text: '一定有' },
      { path: 'link.description', text: '收益' },
    ];
    expect(textsOf(ruleOf({ any: [near(100)] }), message('', { texts }))).toEqual([]);
  });
});

describe('not', () => {
  const rule: Omit<Rule, 'name'> = { any: [keywords('保本')], not: [keywords('不保本', '非保本')] };
  test.each([
    ['takes away the hit inside it', '本产品不保本', []],
    ['leaves a second one', '不保本？别人都保本', ['保本']],
    ['leaves one that comes first', '保本不保本', ['保本']],
    ['takes away every hit it overlaps', '不保本，非保本', []],
    ['sees through the same disguises', '不\u200b保夲保本', ['保本']],
  ])('%s', (_, text, expected) => {
    expect(textsOf(ruleOf(rule), message(text))).toEqual(expected);
  });

  it('reaches to the end of a long exclusion that has a short one inside', () => {
    const engine = ruleOf({ any: [keywords('保本')], not: [keywords('不保证一定保本', '保证')] });
    expect(textsOf(engine, message('不保证一定保本'))).toEqual([]);
  });

  it('works as a pattern', () => {
    const engine = ruleOf({
      any: [keywords('保本')],
      not: [{ pattern: { regex: '(不|没有?|非).{0,4}?保本' } }],
    });
    expect(textsOf(engine, message('没有说保本，但这个保本'))).toEqual(['保本']);
  });

  it('does not take away hits in another text', () => {
    const texts = [
      { path: 'link.title', text: '不保本' },
      { path: 'link.description', text: '不，保本' },
    ];
    expect(evaluate(ruleOf(rule), message('', { texts }))[0]?.evidence.map(({ path }) => path)).toEqual([
      'link.description',
    ]);
  });

  it('takes away the rule when a type or size is excluded', () => {
    const engine = ruleOf({ any: [keywords('保本')], not: [{ type: { in: ['link'] } }] });
    expect(textsOf(engine, message('保本'))).toEqual(['保本']);
    expect(textsOf(engine, message('保本', { messageType: 'link' }))).toEqual([]);
  });

  it('reaches the hits of all as well as those of any', () => {
    const engine = ruleOf({ any: [keywords('收益')], all: [keywords('保本')], not: [keywords('不保本')] });
    expect(textsOf(engine, message('收益 不保本'))).toEqual([]);
    expect(textsOf(engine, message('收益 保本'))).toEqual(['收益', '保本']);
  });
});

describe('any and all', () => {
  test.each<[string, Omit<Rule, 'name'>, string, string[]]>([
    ['any needs one', { any: [keywords('甲'), keywords('乙')] }, '乙', ['乙']],
    ['all needs each', { all: [keywords('甲'), keywords('乙')] }, '乙', []],
    ['all has each', { all: [keywords('甲'), keywords('乙')] }, '乙甲', ['乙', '甲']],
    ['both lists must hold', { any: [keywords('甲')], all: [keywords('乙')] }, '甲', []],
    ['both lists hold', { any: [keywords('甲')], all: [keywords('乙')] }, '甲乙', ['甲', '乙']],
    [
      'a pattern and a word',
      { all: [keywords('卡号'), { pattern: { regex: '\\d{16}' } }] },
      '卡号6222020200112233',
      ['卡号', '6222020200112233'],
    ],
    [
      'a pattern without its word',
      { all: [keywords('卡号'), { pattern: { regex: '\\d{16}' } }] },
      '6222020200112233',
      [],
    ],
  ])('%s', (_, rule, text, expected) => {
    expect(textsOf(ruleOf(rule), message(text))).toEqual(expected);
  });
});

describe('type and size', () => {
  const file: Partial<MessageFacts> = { messageType: 'file', media: [{ path: 'file', sizeBytes: 100 }] };
  test.each<[string, ConditionSpec, Partial<MessageFacts>, string[]]>([
    ['a type', { type: { in: ['file', 'link'] } }, file, ['file']],
    ['another type', { type: { in: ['link'] } }, file, []],
    ['a type that is not documented', { type: { in: ['unknown'] } }, { messageType: 'unknown' }, ['unknown']],
    ['a size at its lower bound', { size: { minBytes: 100 } }, file, ['100 bytes']],
    ['a size below it', { size: { minBytes: 101 } }, file, []],
    ['a size at its upper bound', { size: { maxBytes: 100 } }, file, ['100 bytes']],
    ['a size above it', { size: { maxBytes: 99 } }, file, []],
    ['no file at all', { size: { maxBytes: 99 } }, {}, []],
    ['the size of a text in UTF-8', { size: { of: 'Text', minBytes: 6 } }, {}, ['6 bytes']],
  ])('%s', (_, condition, change, expected) => {
    expect(textsOf(ruleOf({ any: [condition] }), message('保本', change))).toEqual(expected);
  });

  it('are shown as facts of the message', () => {
    const engine = ruleOf({ all: [{ type: { in: ['file'] } }, { size: { minBytes: 1 } }] });
    expect(evaluate(engine, message('a.pdf', file))[0]?.evidence).toEqual([
      {
        path: 'msgtype',
        start: 0,
        end: 4,
        text: 'file',
        seen: 'file',
        view: 'Fact',
        condition: 'all[0].type',
      },
      {
        path: 'file',
        start: 0,
        end: 9,
        text: '100 bytes',
        seen: '100 bytes',
        view: 'Fact',
        condition: 'all[1].size',
      },
    ]);
  });
});

describe('a finding', () => {
  const spec: PolicySpec = {
    mode: 'Shadow',
    severity: 'Low',
    rules: [
      { name: 'one', any: [keywords('保本')] },
      { name: 'two', severity: 'Critical', any: [keywords('保本')] },
    ],
    actions: [{ alert: { channels: ['a', 'b'] } }, { alert: { channels: ['b'] } }],
  };

  it('says all that a verdict must say', () => {
    const facts = message('保本', { factsVersion: 3 });
    const [finding] = evaluate(engineOf({ p: spec }), facts);
    expect(finding).toEqual({
      id: findingId({ corpId: 'ww1', msgid: 'm1', namespace: 'test', policy: 'p', rule: 'one' }),
      corpId: 'ww1',
      msgid: 'm1',
      seq: '1',
      conversationId: 'direct:a,b',
      conversationKind: 'Direct',
      direction: 'Outbound',
      senderId: 'zhang',
      eventTimeMs: facts.eventTimeMs,
      policy: { namespace: 'test', name: 'p' },
      rule: 'one',
      severity: 'Low',
      mode: 'Shadow',
      channels: ['a', 'b'],
      evidence: [expect.objectContaining({ text: '保本' })],
      policyDigest: policyDigest({ namespace: 'test', name: 'p', spec }),
      lexiconDigests: [],
      engineVersion: ENGINE_VERSION,
      factsVersion: 3,
      messageDigest: 'sha256:m',
      capturedAtMs: facts.capturedAtMs,
    });
  });

  it('is one per rule, with the severity of the rule', () => {
    const findings = evaluate(engineOf({ p: spec }), message('保本'));
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['one', 'Low'],
      ['two', 'Critical'],
    ]);
  });

  it('shows at most 32 places', () => {
    const [finding] = evaluate(engineOf({ p: spec }), message('保本'.repeat(1000)));
    expect(finding?.evidence).toHaveLength(32);
    expect(finding?.evidence[31]).toMatchObject({ start: 62, end: 64 });
  });

  it('cuts what is too long to show, and keeps its place', () => {
    const text = `头${'😀'.repeat(5000)}`;
    const [finding] = evaluate(ruleOf({ any: [{ pattern: { regex: '(?s)头.*' } }] }), message(text));
    expect(finding?.evidence[0]).toMatchObject({ start: 0, end: text.length });
    expect(finding?.evidence[0]?.text).toBe(text.slice(0, 2047));
  });
});

describe('the same message and policies', () => {
  const specs: Record<string, PolicySpec> = {
    b: {
      rules: [
        { name: 'z', any: [keywords('保本')] },
        { name: 'a', any: [{ pattern: { regex: '\\d{4,}' } }] },
      ],
    },
    a: { rules: [{ name: 'r', any: [keywords('1234')] }], sampling: { percent: 100 } },
    c: { scope: { direction: ['Inbound'] }, rules: [{ name: 'r', any: [keywords('保本')] }] },
  };
  const facts = message('保本 12345');

  it('give findings in order of policy and rule', () => {
    expect(rulesOf(evaluate(engineOf(specs), facts))).toEqual(['b/z', 'b/a', 'a/sample']);
  });

  it('give the same findings whatever the order of the policies, and again', () => {
    const reversed = Object.fromEntries(Object.entries(specs).reverse());
    const engine = engineOf(specs);
    const first = evaluate(engine, facts);
    evaluate(engine, message('something else 保本 999999'));
    expect(evaluate(engine, facts)).toEqual(first);
    expect(evaluate(engineOf(reversed), facts)).toEqual(first);
    expect(engineOf(reversed).policySetDigest).toBe(engineOf(specs).policySetDigest);
  });
});

/** Text with everything that views and patterns treat specially. */
const hostileText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 4 }),
      fc.constantFrom(
        '保',
        '本',
        '證',
        '穩賺',
        '不',
        'vip',
        'VIP',
        '12345',
        '\u200b',
        '\u0301',
        '😀',
        '\ud83d',
        '\ude00',
        '㎏',
        '\u0336',
        ' ',
        '\n',
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

it('whatever the text, evidence is a piece of it that shows what was looked for', () => {
  const terms = ['保本', '稳赚', 'vip', '😀', 'kg', '证'];
  const engine = ruleOf({
    any: [{ keywords: { terms, wholeWords: false } }, { pattern: { regex: '\\d+.?[保本]|vip\\s+' } }],
  });
  const shows = (text: string, term: string) =>
    textsOf(ruleOf({ any: [{ keywords: { terms: [term], wholeWords: false } }] }), message(text)).length > 0;
  fc.assert(
    fc.property(hostileText, (text) => {
      for (const { evidence } of evaluate(engine, message(text)))
        for (const { start, end, text: shown, condition } of evidence) {
          expect(shown).toBe(text.slice(start, end));
          if (text.isWellFormed()) expect(shown.isWellFormed()).toBe(true);
          expect(/^\p{M}/u.test(text.slice(end))).toBe(false);
          const term = /terms\[(\d+)\]/.exec(condition)?.[1];
          if (term !== undefined) expect(shows(shown, terms[Number(term)] as string)).toBe(true);
        }
    }),
    { numRuns: 2000 },
  );
});

it('takes 64 KiB of one character, of zero-width characters, of emoji, of brackets', () => {
  const engine = ruleOf({
    any: [
      { keywords: { terms: ['保', '保保'], near: { terms: ['保'], within: 3 } } },
      { pattern: { regex: '(\\(+)+$' } },
    ],
    not: [keywords('保保保')],
  });
  for (const unit of ['保', '\u200b', '😀', '(', '\u0301', 'a']) {
    const found = evaluate(engine, message(unit.repeat(65_536 / unit.length)));
    expect(found.length).toBe(unit === '(' ? 1 : 0);
  }
});
