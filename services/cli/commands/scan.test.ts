// The command itself, on policies and messages as people have them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { contentDigest } from '@menshen/contracts/digest';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Folder, makeFolder, menshen } from '../run-from-source.testkit.ts';

const policy = (name: string, spec: string): string =>
  `apiVersion: menshen.dev/v1alpha1\nkind: CompliancePolicy\nmetadata: { name: ${name}, namespace: acme }\nspec:\n${spec}`;

const LEXICON = '# words\n内部消息\n';
const PROMISE = `  description: Nobody may promise anything.
  severity: High
  scope: { direction: [Outbound] }
  rules:
    - name: principal
      description: It is against the law.
      any:
        - keywords: { terms: [保本] }
      not:
        - keywords: { terms: [不保本] }
  exceptions:
    - { name: review, reason: under review, expires: 2027-01-01T00:00:00Z, senders: { ids: [wang] } }
`;
const LISTED = `  rules:
    - name: listed
      any:
        - keywords: { lexiconRef: { digest: '${contentDigest(Buffer.from(LEXICON))}' } }
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  for (const name of ['good', 'mixed', 'bad', 'twice', 'burst']) mkdirSync(join(folder.path, name));
  folder.write({
    'good/promise.yaml': policy('promise', PROMISE),
    'good/listed.yml': policy('listed', LISTED),
    'good/words.txt': LEXICON,
    'good/tenant.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\n',
    'mixed/promise.yaml': policy('promise', PROMISE),
    'mixed/broken.yaml': policy(
      'broken',
      "  rules:\n    - name: a\n      any:\n        - pattern: { regex: '(a' }\n",
    ),
    'mixed/mistyped.yaml': policy(
      'mistyped',
      '  severity: Urgent\n  rules:\n    - name: a\n      any:\n        - keyword: { terms: [a] }\n',
    ),
    'mixed/lexicon.yaml': policy('lexicon', LISTED),
    'mixed/not.yaml': 'a: [1\n',
    'bad/broken.yaml': policy('broken', '  rules: []\n'),
    'twice/a.yaml': policy('promise', PROMISE),
    'twice/b.yaml': policy('promise', PROMISE),
    'chat.ndjson': [
      { id: 'hit', text: '😀这个保本', from: 'li' },
      { id: 'denied', text: '不保本' },
      { id: 'both', text: '不保本？我说保本' },
      { id: 'inside', text: '保本', direction: 'Internal' },
      { id: 'excepted', text: '保本', from: 'wang', time: '2026-11-24T00:00:00Z' },
      { id: 'expired', text: '保本', from: 'wang', time: '2027-11-24T00:00:00Z' },
      { id: 'listed', text: '有内部消息' },
    ]
      .map((message) => `${JSON.stringify(message)}\n`)
      .join(''),
    'burst/flood.yaml': policy(
      'flood',
      '  rules:\n    - name: flood\n      any:\n        - burst: { atLeast: 3, withinSeconds: 60 }\n',
    ),
    'flood.csv': `id,from,to,room,time,text\n${[
      ['a', 'zhang', 'wm1', '', '00:00'],
      ['b', 'zhang', 'wm1', '', '00:10'],
      ['other room', 'zhang', 'wm1', 'wr1', '00:15'],
      ['other sender', 'li', 'wm1', '', '00:16'],
      ['third', 'zhang', 'wm1', '', '00:20'],
      ['fourth', 'zhang', 'wm1', '', '00:30'],
      ['late', 'zhang', 'wm1', '', '05:00'],
    ]
      .map(([id, from, to, room, time]) => `${id},${from},${to},${room},2026-11-24T09:${time}Z,在吗`)
      .join('\n')}\n`,
    'chat.txt': '这个保本\n天气好\n',
  });
});
afterAll(() => folder.remove());

const scan = (...args: string[]) => menshen(['scan', ...args], { cwd: folder.path });
const rowsOf = (out: string): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('menshen scan', () => {
  it('prints a line for each finding, with evidence in the original', async () => {
    const { code, out, err } = await scan('--policies', 'good', '--input', 'chat.ndjson');
    expect({ code, err }).toEqual({ code: 0, err: '7 messages, 2 policies\n' });
    const rows = rowsOf(out);
    expect(rows.map(({ id, rule }) => `${id} ${rule}`)).toEqual([
      'hit principal',
      'both principal',
      'expired principal',
      'listed listed',
    ]);
    expect(rows[0]).toMatchObject({
      line: 1,
      policy: 'acme/promise',
      severity: 'High',
      reason: 'It is against the law.',
      evidence: [{ start: 4, end: 6, text: '保本', view: 'Folded', condition: 'any[0].keywords.terms[0]' }],
    });
  });

  it('explains for every message and rule why and why not', async () => {
    const { out } = await scan('--policies', 'good/promise.yaml', '--input', 'chat.ndjson', '--explain');
    expect(rowsOf(out).map(({ id, holds, because }) => [id, holds, because])).toEqual([
      ['hit', true, 'hit by any[0] (keywords)'],
      ['denied', false, 'what hits is taken away by not[0] (keywords)'],
      ['both', true, 'hit by any[0] (keywords)'],
      ['inside', false, 'the message is out of scope: direction'],
      ['excepted', false, 'excepted by exception review (under review), until 2027-01-01T00:00:00Z'],
      ['expired', true, 'hit by any[0] (keywords)'],
      ['listed', false, 'nothing hits of any[0] (keywords)'],
    ]);
  });

  it('says what a rule that holds is for, in the words of the rule or else of the policy', async () => {
    const { out } = await scan('--policies', 'good', '--input', 'chat.txt', '--explain', '--output', 'table');
    expect(out).toContain('acme/promise principal: hit by any[0] (keywords). It is against the law.\n');
    folder.write({ 'mixed/promise.yaml': policy('promise', PROMISE.replace(/ {6}description.*\n/, '')) });
    const { out: rows } = await scan('--policies', 'mixed/promise.yaml', '--input', 'chat.txt');
    expect(rowsOf(rows)).toMatchObject([{ reason: 'Nobody may promise anything.' }]);
  });

  it('leaves a bad policy out by itself and names file, line, field and remedy', async () => {
    const { code, out, err } = await scan('--policies', 'mixed', '--input', 'chat.txt');
    expect(code).toBe(1);
    expect(rowsOf(out)).toMatchObject([{ id: '1', rule: 'principal' }]);
    for (const words of [
      /^mixed\/broken\.yaml:8: CompliancePolicy acme\/broken: spec\.rules\[0\]\.any\[0\]\.pattern\.regex: .*not a valid RE2 pattern/m,
      /^mixed\/mistyped\.yaml:5: .*spec\.severity: "Urgent" .*Use Low/m,
      /^mixed\/lexicon\.yaml:8: .*lexiconRef\.digest: .*the lexicon is not there\. Upload/m,
      /^mixed\/not\.yaml:\d+: not YAML/m,
    ])
      expect(err).toMatch(words);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no folder', ['--input', 'chat.txt'], 2, /--policies is missing/],
    [
      'a folder that is not there',
      ['--policies', 'none', '--input', 'chat.txt'],
      2,
      /--policies is none, which cannot be read \(ENOENT\)/,
    ],
    [
      'a folder without a valid policy',
      ['--policies', 'bad', '--input', 'chat.txt'],
      1,
      /broken\.yaml:4: .*\n.*no valid policy in bad/,
    ],
    [
      'two policies of one name',
      ['--policies', 'twice', '--input', 'chat.txt'],
      1,
      /twice\/b\.yaml: CompliancePolicy acme\/promise: is in twice\/a\.yaml as well/,
    ],
  ])('refuses %s', async (_what, args, code, says) => {
    const outcome = await scan(...args);
    expect(outcome.err).toMatch(says);
    expect(outcome.code).toBe(code);
  });

  it('counts what each sender wrote to each conversation lately, by the times of the file', async () => {
    const { out } = await scan('--policies', 'burst', '--input', 'flood.csv');
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; evidence: { text: string }[] });
    expect(rows.map(({ id, evidence }) => [id, evidence[0]?.text])).toEqual([
      ['third', '3 messages within 60 s'],
    ]);
  });

  it('prints a table', async () => {
    const { out } = await scan('--policies', 'good', '--input', 'chat.txt', '--output', 'table');
    expect(out).toBe(`1      1                High     acme/promise principal: 2-4 保本\n`);
  });
});
