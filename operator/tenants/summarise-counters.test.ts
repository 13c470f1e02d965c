// Numbers for people: rounded, seldom written, never lost.
import type { StatusReport } from '@menshen/contracts/status-report';
import { describe, expect, test } from 'vitest';
import {
  type Counters,
  countersDueInMs,
  REFRESH_MS,
  readBlocks,
  summariseCounters,
} from './summarise-counters.ts';

const NOW_MS = Date.UTC(2026, 5, 1, 12);
const report = (role: string, facts: StatusReport['facts'], reportedAtMs = 1): StatusReport => ({
  role,
  instance: `${role}-${reportedAtMs}`,
  reportedAtMs,
  reason: 'CaughtUp',
  message: 'm',
  facts,
});
const reports = (cursor: string, pendingMessages: number): StatusReport[] => [
  report('ingest', {
    cursor,
    lastMessageAtMs: NOW_MS - 12_345,
    permittedSeats: 50,
    openGaps: 1,
    deadLetters: 1234,
  }),
  report('scanner', { pendingMessages, oldestPendingSeconds: 3, policies: 4, rejected: 1 }),
  report('scanner', { pendingMessages: 1, oldestPendingSeconds: 1, policies: 4, rejected: 1 }, 2),
];
const at = (nowMs: number) => ({ nowMs, jitter: 0, scanners: 2 });
const first = summariseCounters({}, reports('100', 12_345), at(NOW_MS));

describe('counters', () => {
  test('are rounded to what can be seen at a glance', () => {
    expect(first).toEqual({
      ingest: {
        cursor: '100',
        lastMessageTime: '2026-06-01T11:59:00Z',
        permittedSeats: 50,
        openGaps: 1,
        deadLetters: 1200,
      },
      scanner: { pending: 12_000, oldestPendingSeconds: 3, replicas: 2 },
      policies: { matched: 4, rejected: 1 },
      countersRefreshedAt: '2026-06-01T12:00:00Z',
    });
  });

  test.each<[string, number, boolean]>([
    ['a moment later', 1000, false],
    ['just before their time', REFRESH_MS - 1000, false],
    ['when their time has come', REFRESH_MS, true],
  ])('that changed are written %s: %d ms → %s', (_what, laterMs, expected) => {
    const next = summariseCounters(first, reports('200', 5), at(NOW_MS + laterMs));
    expect(next.ingest?.cursor === '200').toBe(expected);
  });

  test.each<[string, number, number, number | undefined]>([
    ['at once', 0, 0, REFRESH_MS],
    ['at once, of a tenant that comes last', 0, 0.5, 1.1 * REFRESH_MS],
    ['just before their time', REFRESH_MS - 1000, 0, 1000],
    ['when their time has come', REFRESH_MS, 0, undefined],
  ])('are looked at again %s', (_what, laterMs, jitter, expected) => {
    const dueInMs = countersDueInMs(first, { nowMs: NOW_MS + laterMs, jitter });
    if (expected === undefined) expect(dueInMs).toBeUndefined();
    else expect(dueInMs).toBeCloseTo(expected);
  });

  test('that nobody has written yet are due', () => {
    expect(countersDueInMs({}, { nowMs: NOW_MS, jitter: 0 })).toBeUndefined();
  });

  test('that did not change are not written, not even the time', () => {
    const next = summariseCounters(first, reports('100', 12_349), at(NOW_MS + 10 * REFRESH_MS));
    expect(next).toEqual(first);
  });

  test('that were not known before are written at once', () => {
    const early = summariseCounters({}, [report('scanner', { pendingMessages: 0 })], at(NOW_MS));
    const next = summariseCounters(early, reports('7', 0), at(NOW_MS + 1000));
    expect(next.ingest?.cursor).toBe('7');
  });

  test('stay when nobody reports', () => {
    expect(summariseCounters(first, [], at(NOW_MS + REFRESH_MS))).toEqual(first);
  });

  test('wait longer for tenants whose own time is later', () => {
    const late = summariseCounters(first, reports('200', 5), { ...at(NOW_MS + REFRESH_MS), jitter: 0.9 });
    expect(late).toEqual(first);
  });

  test('of scanners wanted, and where WeCom is, are written at once', () => {
    const told = [report('ingest', { cursor: '200', wecomBlocks: '2.0.0.0/24,1.0.0.0/24' })];
    const next: Counters = summariseCounters(first, told, { ...at(NOW_MS + 1), scanners: 5 });
    expect(next.scanner?.replicas).toBe(5);
    expect(next.ingest?.apiAddressBlocks).toEqual(['1.0.0.0/24', '2.0.0.0/24']);
    expect(next.ingest?.cursor).toBe('100');
    expect(summariseCounters(next, [], at(NOW_MS + 2)).ingest?.apiAddressBlocks).toEqual([
      '1.0.0.0/24',
      '2.0.0.0/24',
    ]);
  });
});

test('address blocks are those of the newest report', () => {
  const old = report('ingest', { wecomBlocks: '1.1.1.1/32' }, 1);
  const newer = report('ingest', { wecomBlocks: '2.2.2.2/32' }, 2);
  expect(readBlocks([newer, old])).toEqual(['2.2.2.2/32']);
  expect(readBlocks([report('ingest', {})])).toBeUndefined();
});
