import type { Evidence } from '@menshen/contracts/finding';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../evaluate.ts';
import type { MessageFacts } from '../facts.ts';
import { message, problemsOf, ruleOf } from '../judging.testkit.ts';
import type { Rule } from '../policy-spec.ts';

const judge = (rule: Omit<Rule, 'name'>, facts: MessageFacts): readonly Evidence[] =>
  evaluate(ruleOf(rule), facts).flatMap(({ evidence }) => evidence);
const wordsOf = (rule: Omit<Rule, 'name'>): string =>
  problemsOf({ rules: [{ name: 'rule', ...rule }] })
    .map(({ message: what, remedy }) => `${what}. ${remedy}`)
    .join(' ');

const SOME = message('', {
  recipients: { ids: ['wmA'], staff: 0, external: 1, robot: 0, unknown: 0, departments: [] },
  texts: ['你好，请看附件', '联系 13800138000'].map((text, at) => ({
    path: `mixed.item[${at}].content`,
    text,
  })),
  media: [{ path: 'file', sizeBytes: 3_000_000 }],
});

describe('an expression', () => {
  it.each([
    ["messageType == 'text'", true],
    ["direction == 'Outbound'", true],
    ["conversation == 'Group'", false],
    ["sender.kind == 'Staff' && sender.departments.exists(d, d.startsWith('Acme/Sales'))", true],
    ['recipients.external > 0 && recipients.external + recipients.staff == 1', true],
    ["'wmA' in recipients.ids", true],
    ["text.contains('附件') && texts.size() == 2", true],
    ["texts.exists(t, t.endsWith('8000'))", true],
    ['texts.all(t, size(t) > 100)', false],
    ['files.exists(f, f.sizeBytes > 1048576)', true],
    ["personalData.filter(k, k == 'Mobile').size() == 1", true],
    ['size(secrets) > 0', false],
    ['size(urls) > 0', false],
    ["languages.exists(l, l.startsWith('zh'))", true],
    // Has no value: it does not hold, whatever stands around it.
    ["texts[7] == 'a'", false],
    ["!(texts[7] == 'a')", false],
    ['recipients.external / recipients.robot > 0', false],
  ])('%s: %s', (expression, holds) => {
    expect(judge({ any: [{ expr: expression }] }, SOME)).toEqual(
      holds ? [expect.objectContaining({ path: 'expr', view: 'Fact', seen: expression })] : [],
    );
  });

  it.each([
    ['text.contains(', /is not CEL/],
    ['sender.knd == "x"', /No such key: knd/],
    ['nobody == "x"', /Unknown variable: nobody/],
    ['recipients.external == "x"', /is not valid/],
    ['size(text)', /is a int, not a bool/],
    ["text.matches('(a+)+$')", /matches is not allowed.*pattern condition/],
    ['texts.exists(t, texts.exists(u, u == t))', /texts is read anew for every item.*square of the message/],
    ['texts.exists(t, text.contains(t))', /text is read anew/],
    ['urls.exists(u, recipients.ids.exists(r, r == u.host))', /recipients is read anew/],
  ])('is refused when the policy is compiled: %s', (expression, words) => {
    expect(wordsOf({ any: [{ expr: expression }] })).toMatch(words);
  });

  it('under not takes away the rule', () => {
    const rule = { any: [{ keywords: { terms: ['附件'] } }], not: [{ expr: 'recipients.external > 0' }] };
    expect(judge(rule, SOME)).toEqual([]);
    expect(judge({ ...rule, not: [{ expr: 'recipients.external > 9' }] }, SOME)).toHaveLength(1);
  });

  it('costs a long message what it is long', () => {
    const texts = Array.from({ length: 2_000 }, (_, at) => ({
      path: `chatrecord.item[${at}].content`,
      text: `第${at}段 https://e${at}.example.com/`,
    }));
    const long = message('', { texts });
    const expression =
      "texts.exists(t, t.contains('nothing')) || urls.exists(u, u.host == 'nothing') || size(text) == 1";
    expect(judge({ any: [{ expr: expression }] }, long)).toEqual([]);
  });
});
