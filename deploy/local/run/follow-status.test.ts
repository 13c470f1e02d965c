import type { StatusReport } from '@menshen/contracts/status-report';
import { expect, test } from 'vitest';
import { adviceOf, followStatus, type StatusBucket } from './follow-status.ts';

const report = (instance: string, reason: string, reportedAtMs = 0): StatusReport => ({
  role: 'ingest',
  instance,
  reportedAtMs,
  reason,
  message: 'do this',
  facts: {},
});

test('keeps the newest report of each process, and forgets those that ceased', async () => {
  const entries = [
    { key: 'a', operation: 'PUT', value: report('a', 'Verified') },
    { key: 'b', operation: 'PUT', value: report('b', 'CaughtUp') },
    { key: 'c', operation: 'PUT', value: report('c', 'CaughtUp', -70_000) },
    { key: 'a', operation: 'PUT', value: report('a', 'RejectedByWeCom') },
    { key: 'b', operation: 'DEL', value: undefined },
  ];
  const { promise: read, resolve: allRead } = Promise.withResolvers<void>();
  const bucket: StatusBucket = {
    watch: async ({ key }) => {
      expect(key).toBe('ww1.>');
      async function* updates() {
        for (const { value, ...entry } of entries) yield { ...entry, json: <T>() => value as T };
        allRead();
      }
      return Object.assign(updates(), { stop: () => {} });
    },
  };
  const follower = await followStatus(bucket, 'ww1', { nowMs: () => 0 });
  await read;
  expect(follower.reports().map(({ instance, reason }) => `${instance} ${reason}`)).toEqual([
    'a RejectedByWeCom',
  ]);
});

test.each([
  ['CaughtUp', undefined],
  ['Archiving', undefined],
  ['RejectedByWeCom', 'RejectedByWeCom: do this'],
  ['SomethingNew', 'SomethingNew: do this'],
])('%s asks for %j', (reason, advice) => expect(adviceOf(report('a', reason))).toBe(advice));
