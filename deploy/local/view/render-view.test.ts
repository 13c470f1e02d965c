// What stands on the screen, for small and large terminals and hostile text.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DemoSnapshot, ShownFinding } from './demo-snapshot.ts';
import { textWidth } from './measure-text.ts';
import { renderView } from './render-view.ts';

const finding: ShownFinding = {
  id: 'f1',
  msgid: 'm1',
  timeMs: Date.UTC(2026, 10, 24, 1, 2, 3),
  severity: 'Critical',
  policy: 'no-guaranteed-return',
  rule: 'promised-yield',
  sender: 'lihua',
  excerpt: { before: '这款产品绝对', hit: '保本', after: '稳赚，年化 12%' },
};
const snapshot: DemoSnapshot = {
  nowMs: 65_000,
  startedAtMs: 0,
  tenant: 'menshen-demo/acme',
  corpId: 'ww1234567890abcdef',
  timeZone: 'Asia/Shanghai',
  counts: {
    generated: 12_345,
    captured: 12_000,
    archived: 11_000,
    judged: 11_990,
    findings: 42,
    complianceAlerts: 7,
    deadLettered: 3,
  },
  capturedPerSecond: 51.6,
  lag: { toJudge: 10, toArchive: 1000 },
  findingLatencyMs: { p50: 80.4, p95: 120, p99: 240.6 },
  processes: [
    {
      name: 'acme-compact-1f',
      phase: 'Ready',
      pid: 4711,
      residentBytes: 214 * 2 ** 20,
      restarts: 0,
      problem: undefined,
    },
    {
      name: 'acme-ingest-2a',
      phase: 'BackOff',
      pid: undefined,
      residentBytes: undefined,
      restarts: 2,
      problem: 'exit code 1',
    },
  ],
  findings: [finding],
  events: [{ timeMs: 0, good: false, text: 'a.yaml:6: spec.severity: "Severe" is not supported.' }],
  policiesFolder: 'deploy/policies',
  dataFolder: '/tmp/x',
};
const size = { columns: 120, rows: 30 };
// Only what the view itself writes: colours.
const SGR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g');
const plain = (line: string): string => line.replace(SGR, '');
const screen = (change: Partial<DemoSnapshot> = {}, using = size): string[] =>
  renderView({ ...snapshot, ...change }, using);
const text = (change: Partial<DemoSnapshot> = {}, using = size): string =>
  screen(change, using).map(plain).join('\n');

describe('the screen', () => {
  test.each([
    ['who and how long', /menshen-demo\/acme {2}ww1234567890abcdef.*1:05/],
    ['counts', /12,345 +12,000 +11,000 +11,990 +42 +7 +3/],
    [
      'pace and what waits',
      /52 messages\/s · 10 to judge · 1,000 to archive · found after 80 ms \(p50\), 241 ms \(p99\)/,
    ],
    ['a healthy process', /acme-compact-1f +Ready +pid 4711 +214 MiB/],
    ['a sick process and why', /acme-ingest-2a +BackOff +2 restarts\n {4}! exit code 1/],
    [
      'a finding in the time of the tenant',
      /09:02:03 Critical no-guaranteed-return promised-yield +lihua: 这款产品绝对保本稳赚/,
    ],
    ['what is wrong with a manifest', /08:00:00 a\.yaml:6: spec\.severity: "Severe" is not supported/],
  ])('shows %s', (_what, words) => expect(text()).toMatch(words));

  test('highlights the evidence and nothing else', () => {
    const line = screen().find((one) => one.includes('promised-yield')) ?? '';
    expect(line).toContain('绝对\u001b[7m保本\u001b[0m稳赚');
  });

  test('says so while there is no finding and no latency', () => {
    expect(text({ findings: [], findingLatencyMs: undefined })).toMatch(/Findings\n {2}none yet/);
  });

  test('shows the newest findings that fit, and the policies below them', () => {
    const findings = Array.from({ length: 100 }, (_, at) => ({ ...finding, rule: `rule-${at}` }));
    const shown = text({ findings });
    expect(shown).toContain('rule-0');
    expect(shown).not.toContain('rule-99');
    expect(shown).toMatch(/Policies +deploy\/policies/);
  });
});

describe('any size and any text', () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 1, max: 60 }),
  });
  const strange = fc.string({ unit: 'binary', maxLength: 80 });

  test('fills exactly the rows, and no line is wider than the screen', () => {
    fc.assert(
      fc.property(sizes, strange, strange, (using, words, hit) => {
        const one = { ...finding, sender: words, excerpt: { before: words, hit, after: words } };
        const lines = screen({ findings: [one], events: [{ timeMs: 0, good: true, text: words }] }, using);
        expect(lines).toHaveLength(using.rows);
        for (const line of lines) expect(textWidth(plain(line))).toBeLessThanOrEqual(using.columns);
      }),
    );
  });

  test('lets no escape sequence of a message through', () => {
    const excerpt = { before: '\u001b]0;owned\u0007', hit: '\u001b[2J', after: '\u009b2J\u202e' };
    const lines = screen({ findings: [{ ...finding, excerpt, sender: '\u001b[31m' }] });
    for (const line of lines) expect(plain(line)).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(lines.join()).toContain('[2J');
  });
});
