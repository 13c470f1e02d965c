// The engine wakes rules by triggers and gates. Whatever it wakes, its findings are those of looking at everything.
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';
import { engineOf, message } from './judging.testkit.ts';
import type { ConditionSpec, PolicySpec, Rule } from './policy-spec.ts';
import { folded } from './views/folded.ts';
import { createBuffer, readUnits } from './views/text-buffer.ts';

const PATTERNS = [
  '(保证|确保).{0,4}(收益|回报)',
  '[傻蠢].?[货蛋]',
  '(加|换).{0,2}(vx|v信|微信)',
  '\\b1[3-9]\\d{3}\\b',
  '\\d{2}-\\d{2}',
  'https?://\\S+',
  '(?i)ltai\\w{2}',
  '^收益',
  '收益$',
  'a.b|保.本',
  '\\p{Han}{5}',
  '[^保]本',
];
const TERMS = ['保本', '收益', '微信', 'vx', 'a', '不', '13'];
const PIECES = [
  '保',
  '本',
  '保证',
  '確保',
  '收益',
  '回報',
  '傻',
  '蠢',
  '货',
  '加',
  '换',
  'vx',
  'VX',
  'v信',
  '微信',
  '138',
  '13800',
  '12-34',
  'http://',
  'x',
  'a',
  'b',
  ' ',
  '，',
  '\u200b',
  'LTAI9z',
  '不',
  '😀',
  '\n',
];

const condition: fc.Arbitrary<ConditionSpec> = fc.oneof(
  fc
    .uniqueArray(fc.constantFrom(...TERMS), { minLength: 1, maxLength: 3 })
    .map((terms) => ({ keywords: { terms, wholeWords: false } })),
  fc.constantFrom(...PATTERNS).map((regex) => ({ pattern: { regex } })),
  fc.constantFrom<ConditionSpec>(
    { type: { in: ['text'] } },
    { type: { in: ['file'] } },
    { size: { minBytes: 10 } },
    { size: { of: 'Text', minBytes: 20 } },
  ),
);
const rule = fc
  .record({ any: fc.array(condition, { maxLength: 2 }), all: fc.array(condition, { maxLength: 2 }) })
  .filter(({ any, all }) => any.length + all.length > 0);
const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(''));

function show(original: string): string {
  const buffer = createBuffer();
  folded.show(original, buffer);
  return readUnits(buffer, 0, buffer.length);
}

/** Whether a condition holds, found without any of the engine's machinery. */
function holds(spec: ConditionSpec, texts: readonly string[]): boolean {
  const shown = texts.map(show);
  if (spec.keywords)
    return shown.some((one) => spec.keywords?.terms?.some((term) => one.includes(show(term))));
  if (spec.pattern) return shown.some((one) => RE2JS.compile(`(?i)${spec.pattern?.regex}`).test(one));
  if (spec.type) return spec.type.in.includes('text');
  return (
    spec.size?.of === 'Text' && texts.some((one) => Buffer.byteLength(one) >= (spec.size?.minBytes ?? 0))
  );
}

const holdsRule = ({ any = [], all = [] }: Omit<Rule, 'name'>, texts: readonly string[]): boolean =>
  (any.length === 0 || any.some((one) => holds(one, texts))) && all.every((one) => holds(one, texts));

it('finds what a search of everything finds, for any rules and texts', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 5 }),
      fc.array(fc.array(text, { maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      (rules, messages) => {
        const named = rules.map((one, index) => ({ name: `r${index}`, ...one }));
        // Spread over two policies, so that shared patterns and terms are shared between policies too.
        const specs: Record<string, PolicySpec> = { a: { rules: named }, b: { rules: [...named].reverse() } };
        const engine = engineOf(specs);
        for (const texts of messages) {
          const facts = message('', { texts: texts.map((one, index) => ({ path: `t${index}`, text: one })) });
          const found = new Set(
            evaluate(engine, facts).map((finding) => `${finding.policy.name}/${finding.rule}`),
          );
          const expected = named
            .filter((one) => holdsRule(one, texts))
            .flatMap(({ name }) => [`a/${name}`, `b/${name}`]);
          expect([...found].sort()).toEqual(expected.sort());
        }
      },
    ),
    { numRuns: 1500 },
  );
});
