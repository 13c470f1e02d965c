// Answers of model servers are facts; what is missing is asked for, and only where everything else of the rule holds.
import type { ModelAnswer } from '@menshen/contracts/model-answer';
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { message, ruleOf } from '../judging.testkit.ts';
import type { Rule } from '../policy-spec.ts';

const answer = (...scores: Record<string, number>[]): ModelAnswer => ({
  server: 'toxicity',
  model: 'tiny',
  version: '3',
  scores,
});
const model = { model: { server: 'toxicity', label: 'harassment', atLeast: 0.9 } };

describe('model', () => {
  test.each<[string, ModelAnswer[], string[]]>([
    [
      'a score that is high enough',
      [answer({ harassment: 0.9 })],
      ['text.content harassment 0.90 by tiny 3'],
    ],
    ['one that is not', [answer({ harassment: 0.899 })], []],
    ['another label', [answer({ insult: 1 })], []],
    ['another server', [{ ...answer({ harassment: 1 }), server: 'other' }], []],
  ])('%s', (_what, models, expected) => {
    const found = evaluate(ruleOf({ any: [model] }), message('好', { models }));
    expect(found.flatMap(({ evidence }) => evidence.map(({ path, text }) => `${path} ${text}`))).toEqual(
      expected,
    );
  });

  it('holds for the text that has the score', () => {
    const texts = [
      { path: 'chatrecord.item[0].content', text: '好' },
      { path: 'chatrecord.item[1].content', text: '坏' },
    ];
    const facts = message('', { texts, models: [answer({ harassment: 0.1 }, { harassment: 0.95 })] });
    const [finding] = evaluate(ruleOf({ any: [model] }), facts);
    expect(finding?.evidence.map(({ path, condition }) => [path, condition])).toEqual([
      ['chatrecord.item[1].content', 'any[0].model.toxicity.harassment'],
    ]);
  });

  const hits = { keywords: { terms: ['你'] } };
  const misses = { keywords: { terms: ['她'] } };
  test.each<[string, Omit<Rule, 'name'>, string, boolean]>([
    ['when it stands alone', { any: [model] }, '你好', true],
    ['when all others hold, wherever it stands', { all: [model, hits] }, '你好', true],
    ['not when one of the others does not', { all: [model, misses, hits] }, '你好', false],
    ['not when none of any holds', { any: [misses], all: [model] }, '你好', false],
    ['among any, not when all does not hold', { any: [model, hits], all: [misses] }, '你好', false],
    ['among any, when all holds', { any: [model, misses], all: [hits] }, '你好', true],
    ['not of a message without text', { any: [model] }, '', false],
  ])('is asked %s', (_what, rule, text, expected) => {
    const engine = ruleOf(rule);
    evaluate(engine, message(text));
    expect([...engine.sighting.askedModels]).toEqual(expected ? ['toxicity'] : []);
  });

  it('is not asked out of scope, nor again when it has answered, nor for the message after', () => {
    const engine = ruleOf({ any: [model] }, { scope: { direction: ['Inbound'] } });
    const asked = (change: object): string[] => {
      evaluate(engine, message('好', { direction: 'Inbound', ...change }));
      return [...engine.sighting.askedModels];
    };
    expect(asked({ direction: 'Outbound' })).toEqual([]);
    expect(asked({})).toEqual(['toxicity']);
    expect(asked({ models: [answer({})] })).toEqual([]);
  });
});
