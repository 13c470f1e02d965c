// Keywords with views of their own, harmless words, near terms that another view sees, and what a view does to the severity.
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { message, problemsOf, ruleOf, textsOf } from '../judging.testkit.ts';
import type { KeywordsOptions } from './keywords.ts';

const look = (keywords: KeywordsOptions, text: string): string[] =>
  textsOf(ruleOf({ any: [{ keywords }] }), message(text));

describe('tuned terms', () => {
  const keywords: KeywordsOptions = {
    terms: ['回扣'],
    see: ['Folded', 'Separators'],
    tuned: [
      { terms: ['飞单', '洗钱'], see: ['Folded', 'Pinyin'], except: ['非典单位'] },
      { terms: ['配资'] },
      { terms: ['微信'], see: ['Initials'], except: ['wx.qq.com'] },
    ],
  };

  test.each<[string, string[]]>([
    ['回-扣', ['回-扣']],
    ['惠扣', []],
    ['做肥单', ['肥单']],
    ['飞-单', ['飞-单']],
    ['配 资', ['配 资']],
    ['加wx', ['wx']],
    ['打开wx.qq.com，加WX', ['WX']],
  ])('%s', (text, evidence) => {
    expect(look(keywords, text)).toEqual(evidence);
  });

  it('say which of them hit', () => {
    const [finding] = evaluate(ruleOf({ any: [{ keywords }] }), message('洗qian'));
    expect(finding?.evidence.map(({ condition }) => condition)).toEqual([
      'any[0].keywords.tuned[0].terms[1]',
    ]);
  });

  it('are enough for a condition', () => {
    expect(look({ tuned: [{ terms: ['保本'] }] }, '保本')).toEqual(['保本']);
  });

  test.each([
    [{ terms: ['a'], see: ['Xray'] }, 'spec.rules[0].any[0].keywords.see', 'no such view'],
    [
      { terms: ['...'], see: ['Separators'] },
      'spec.rules[0].any[0].keywords.tuned[0].terms[0]',
      'nothing is left',
    ],
    [{ terms: ['a'], except: [' '] }, 'spec.rules[0].any[0].keywords.tuned[0].except[0]', 'nothing is left'],
  ])('are checked: %o', (tuned, path, says) => {
    const problems = problemsOf({ rules: [{ name: 'r', any: [{ keywords: { tuned: [tuned] } }] }] });
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.map((problem) => problem.message).join()).toContain(says);
  });
});

describe('except takes away', () => {
  const keywords = { tuned: [{ terms: ['飞单'], see: ['Pinyin'], except: ['一飞单号'] }] };

  it('the hit that it overlaps and no other', () => {
    expect(look(keywords, '一飞单号')).toEqual([]);
    expect(look(keywords, '一飞单号，做飞单')).toEqual(['飞单']);
  });

  it('nothing when it is all there is', () => {
    expect(look({ tuned: [{ terms: ['飞单'], except: ['保本'] }] }, '保本')).toEqual([]);
  });
});

describe('near', () => {
  // The rule is woken by whichever of the two are the longer words.
  test.each<[string, string[]]>([
    ['老板让你转账给他', ['老板']],
    ['老 板让你转 账', ['老 板']],
    ['让你转账的是老板', ['老板']],
    ['老板今天不在', []],
    ['让你转账', []],
  ])('short words near longer ones: %s', (text, evidence) => {
    const see = ['Folded', 'Separators'];
    expect(look({ terms: ['老板'], see, near: { terms: ['让你转账'], within: 8 } }, text)).toEqual(evidence);
    const turned = look({ terms: ['让你转账'], see, near: { terms: ['老板'], within: 8 } }, text);
    expect(turned.length).toBe(evidence.length);
  });

  const keywords: KeywordsOptions = {
    terms: ['保本'],
    see: ['Folded', 'Separators', 'Pinyin'],
    near: { terms: ['收益'], within: 4, order: 'KeywordFirst' },
  };

  test.each<[string, string[]]>([
    ['保本有收益', ['保本']],
    ['保-本有shouyi', ['保-本']],
    ['宝本有收.益', ['宝本']],
    ['保本……………收益', []],
    ['收益保本', []],
  ])('counts terms that another view sees, in the folded text: %s', (text, evidence) => {
    expect(look(keywords, text)).toEqual(evidence);
  });
});

describe('the severity of a finding', () => {
  const see = ['Folded', 'Separators', 'Pinyin', 'Initials'];
  const severityOf = (
    text: string,
    viewSeverity?: { view: string; severity: 'Low' | 'High' | 'Critical' }[],
  ) =>
    evaluate(
      ruleOf({
        severity: 'High',
        any: [{ keywords: { terms: ['内幕消息'], see } }],
        ...(viewSeverity && { viewSeverity }),
      }),
      message(text),
    ).map(({ severity }) => severity);

  test.each([
    ['plainly', '内幕消息', ['High']],
    ['with separators', '内-幕-消-息', ['High']],
    ['by sound only', '内木消息', ['Medium']],
    ['by sound and plainly', '内木消息，内幕消息', ['High']],
    ['by initials only', 'nmxx', ['Medium']],
    ['not at all', '消息', []],
  ])('seen %s', (_, text, expected) => {
    expect(severityOf(text)).toEqual(expected);
  });

  it('is what the rule says for the view', () => {
    const rule = [
      { view: 'Pinyin', severity: 'Critical' },
      { view: 'Separators', severity: 'Low' },
    ] as const;
    expect(severityOf('内木消息', [...rule])).toEqual(['Critical']);
    expect(severityOf('内-幕-消-息', [...rule])).toEqual(['Low']);
    expect(severityOf('内-幕-消-息 nmxx', [...rule])).toEqual(['Medium']);
  });

  it('does not fall below Low, nor for facts', () => {
    const low = ruleOf({ severity: 'Low', any: [{ keywords: { terms: ['内幕消息'], see } }] });
    expect(evaluate(low, message('nmxx'))[0]?.severity).toBe('Low');
    const fact = ruleOf({ severity: 'High', any: [{ type: { in: ['text'] } }] });
    expect(evaluate(fact, message('x'))[0]?.severity).toBe('High');
  });
});
