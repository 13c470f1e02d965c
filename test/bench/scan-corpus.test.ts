// The scan benchmark measures what it says it measures.
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { expect, test } from 'vitest';
import { buildKeywords, buildMessages, PATTERNS } from './scan-corpus.ts';

const keywords = buildKeywords(1_000, 7);
const messages = buildMessages(20_000, keywords, 8);
const share = (pattern: RegExp): number =>
  messages.filter((text) => pattern.test(text)).length / messages.length;

test('a thousand distinct keywords and fifty distinct patterns, all of which compile', () => {
  expect(new Set(keywords).size).toBe(1_000);
  expect(new Set(PATTERNS).size).toBe(50);
  const rules = PATTERNS.map((regex, index) => ({ name: `p${index}`, any: [{ pattern: { regex } }] }));
  const policies = [rules.slice(0, 25), rules.slice(25)].map((some, index) => ({
    namespace: 'b',
    name: `p${index}`,
    spec: { rules: some },
  }));
  expect(compilePolicySet(policies, new Map()).rejected).toEqual([]);
});

test('messages of 38 characters in the mean, in several languages', () => {
  const mean = messages.reduce((sum, text) => sum + text.length, 0) / messages.length;
  expect(mean).toBeGreaterThan(37);
  expect(mean).toBeLessThan(39);
  expect(share(/[嘅喺哋佢唔冇]/)).toBeGreaterThan(0.1);
  expect(share(/^[\x20-\x7e\n]+$/)).toBeGreaterThan(0.05);
  expect(share(/[\p{sc=Hira}\p{sc=Hang}\p{sc=Thai}]/u)).toBeGreaterThan(0.02);
  expect(share(/\p{Emoji_Presentation}/u)).toBeGreaterThan(0.03);
});

test('one message in forty has a keyword planted', () => {
  const planted =
    messages.filter((text) => keywords.some((word) => text.includes(` ${word} `))).length / messages.length;
  expect(planted).toBeGreaterThan(0.02);
  expect(planted).toBeLessThan(0.03);
});

test('the same seed makes the same work', () => {
  expect(buildMessages(50, keywords, 8)).toEqual(messages.slice(0, 50));
});
