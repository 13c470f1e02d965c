// Lines where there is no terminal: only when something changed, and not too often.
import { expect, test } from 'vitest';
import type { DemoSnapshot } from './demo-snapshot.ts';
import { lineDisplay } from './display.ts';
import { renderFindingLine } from './render-progress.ts';

const counts = {
  generated: 5000,
  captured: 10,
  archived: 9,
  judged: 8,
  findings: 2,
  complianceAlerts: 1,
  deadLettered: 0,
};
const snapshot = (nowMs: number, change: Partial<typeof counts> = {}): DemoSnapshot => ({
  nowMs,
  startedAtMs: 0,
  tenant: 'demo/acme',
  corpId: 'ww1',
  timeZone: 'UTC',
  counts: { ...counts, ...change },
  capturedPerSecond: 0,
  lag: { toJudge: 0, toArchive: 0 },
  findingLatencyMs: undefined,
  processes: [
    { name: 'acme-ingest', phase: 'BackOff', pid: 1, residentBytes: 1, restarts: 1, problem: 'x' },
    { name: 'nats', phase: 'Running', pid: 1, residentBytes: 1, restarts: 0, problem: undefined },
  ],
  findings: [],
  events: [],
  policiesFolder: '',
  dataFolder: '',
});

test('a line when something changed, and not more often than every two seconds', () => {
  const lines: string[] = [];
  const display = lineDisplay((line) => lines.push(line));
  display.show(snapshot(1000));
  display.show(snapshot(2000, { judged: 9 }));
  display.show(snapshot(3500));
  display.show(snapshot(6000, { deadLettered: 4 }));
  expect(lines).toEqual([
    '1 s: 10 of 5,000 captured, 9 archived, 8 judged, 2 findings, 1 alerts; acme-ingest is BackOff',
    '6 s: 10 of 5,000 captured, 9 archived, 8 judged, 2 findings, 1 alerts, 4 dead letters; acme-ingest is BackOff',
  ]);
});

test('what is bad is marked', () => {
  const lines: string[] = [];
  const display = lineDisplay((line) => lines.push(line));
  display.tell('a: revision 1 is in force', true);
  display.tell('a.yaml:3: is wrong', false);
  expect(lines).toEqual(['a: revision 1 is in force', '! a.yaml:3: is wrong']);
});

test('a finding is one line, whatever is in the text', () => {
  const excerpt = { before: '一\n', hit: '保\u001b[31m本', after: '二' };
  const finding = {
    id: 'f',
    msgid: 'm1',
    timeMs: 0,
    severity: 'High',
    policy: 'p',
    rule: 'r',
    sender: 'a',
    excerpt,
  } as const;
  expect(renderFindingLine(finding)).toBe('m1: High p r a: 一 【保 [31m本】二');
});
