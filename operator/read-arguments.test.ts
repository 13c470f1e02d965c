// What the operator's command line means, and what it says about one that means nothing.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readArguments, USAGE } from './read-arguments.ts';

const image = '--image=menshen:1';

test('the smallest command line', () => {
  expect(readArguments([image])).toEqual({
    ok: true,
    value: {
      image: 'menshen:1',
      port: 9464,
      host: '0.0.0.0',
      logLevel: 'info',
      leaderElection: { leaseName: 'menshen', leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 3000 },
      tenants: { maxRollingTenants: 5, secretCheckMs: 1_800_000 },
    },
  });
});

test('nobody is asked for the lead where there is no election', () => {
  expect(readArguments([image, '--leader-election=false'])).toMatchObject({
    ok: true,
    value: { leaderElection: undefined },
  });
});

describe('refuses', () => {
  test.each([
    ['no image', [], /--image is missing: name/],
    ['a port that is none', [image, '--port=70000'], /--port is 70000; use a number/],
    ['an unknown level', [image, '--log-level=loud'], /--log-level is loud; use one of debug/],
    ['half an election', [image, '--leader-election=maybe'], /--leader-election is maybe; use true or false/],
    ['a bare number', [image, '--lease-duration=15'], /--lease-duration is 15; use a duration such as 15s/],
    ['no time at all', [image, '--retry-period=0s'], /--retry-period is 0s; use a duration/],
    ['two that could act at once', [image, '--renew-deadline=20s'], /--renew-deadline is 20s, not less than/],
    ['a single try', [image, '--retry-period=10s'], /--retry-period is 10s, not less than/],
    ['nobody in turn', [image, '--max-rolling-tenants=0'], /--max-rolling-tenants is 0; use a number/],
    ['a user without password', [image, '--clickhouse-admin-user=a'], /password-file is missing; give/],
    ['an unknown flag', [image, '--shout'], /--shout.*--help lists the flags/],
    ['a stray word', [image, 'run'], /run.*--help lists the flags/],
  ])('%s', (_what, argv, says) => {
    const parsed = readArguments(argv);
    expect(parsed.ok ? '' : parsed.problem).toMatch(says);
  });
});

test('knows and documents every flag that the chart gives', () => {
  const chart = readFileSync(new URL('../charts/menshen/templates/deployment.yaml', import.meta.url), 'utf8');
  const flags = [...chart.matchAll(/- --([a-z-]+)=/g)].map(([, flag]) => flag ?? '');
  expect(flags.length).toBeGreaterThanOrEqual(8);
  for (const flag of flags) {
    expect(USAGE).toContain(`--${flag} `);
    const parsed = readArguments([image, `--${flag}=?`]);
    expect(parsed.ok ? '' : parsed.problem).not.toMatch(/lists the flags/);
  }
});
