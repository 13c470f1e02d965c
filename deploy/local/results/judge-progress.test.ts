import { expect, test } from 'vitest';
import { NOTHING } from './count-run.ts';
import { judgeProgress, PATIENCE_MS } from './judge-progress.ts';

const whole = {
  ...NOTHING,
  captured: 98,
  deadLettered: 2,
  archived: 98,
  judged: 98,
  findings: 5,
  complianceAlerts: 4,
};
const at = { generated: 100, nowMs: 1000, movedAtMs: 1000 };

test.each([
  ['everything is told', whole, 'Finished'],
  ['the source has more', { ...whole, captured: 97 }, 'Running'],
  ['some are not archived', { ...whole, archived: 97 }, 'Running'],
  ['one is not judged', { ...whole, unjudged: 1 }, 'Running'],
  ['one alert is owed', { ...whole, owedAlerts: 1 }, 'Running'],
] as const)('%s', (_what, counts, state) => expect(judgeProgress({ ...at, counts })).toBe(state));

test('a source that still generates is never finished', () => {
  expect(judgeProgress({ ...at, counts: whole, generated: undefined })).toBe('Running');
});

test('what does not move for long is stuck', () => {
  const counts = { ...whole, unjudged: 1 };
  expect(judgeProgress({ ...at, counts, nowMs: 1000 + PATIENCE_MS + 1 })).toBe('Stuck');
  expect(judgeProgress({ ...at, counts: whole, nowMs: 1000 + PATIENCE_MS + 1 })).toBe('Finished');
});
