import { describe, expect, it } from 'vitest';
import { runCli } from '../run-cli.ts';
import { coverage } from './coverage.ts';

async function run(...argv: string[]): Promise<{ code: number; err: string }> {
  let err = '';
  const code = await runCli(['coverage', ...argv], [coverage], {
    environment: { MENSHEN_CLICKHOUSE_URL: 'http://127.0.0.1:1' },
    clock: { nowMs: () => Date.UTC(2026, 10, 24) },
    out: () => undefined,
    drained: async () => undefined,
    fetch,
    sleep: async () => undefined,
    input: () => process.stdin,
    err: (text) => (err += text),
  });
  return { code, err };
}

describe('menshen coverage refuses', () => {
  const corp = ['--corp', 'ww1'];
  it.each<[string, string[], number, string]>([
    ['a call without a corp', ['--from', '2026-11-01'], 2, '--corp is missing'],
    ['a call without a beginning', corp, 2, '--from is missing'],
    ['a corpId that is none', ['--corp', 'ww1; DROP', '--from', '2026-11-01'], 2, '--corp is "ww1; DROP"'],
    ['a day that does not exist', [...corp, '--from', '2026-02-30'], 2, '--from is "2026-02-30"'],
    ['a time without its offset', [...corp, '--from', '2026-11-01T08:00:00'], 2, 'with its offset'],
    [
      'an end before its beginning',
      [...corp, '--from', '2026-11-02', '--to', '2026-11-01'],
      2,
      'not after --from 2026-11-02',
    ],
    ['a beginning in the future', [...corp, '--from', '2026-12-01'], 2, '--to is now'],
    [
      'a zone nobody knows',
      [...corp, '--from', '2026-11-01', '--time-zone', 'Mars/North'],
      2,
      '--time-zone is "Mars/North"',
    ],
    ['a format nobody knows', [...corp, '--from', '2026-11-01', '--output', 'pdf'], 2, 'table or json'],
    [
      'an address that is none',
      [...corp, '--from', '2026-11-01', '--clickhouse-url', 'localhost'],
      2,
      '--clickhouse-url is "localhost"',
    ],
    [
      'a password file that is not there',
      [...corp, '--from', '2026-11-01', '--clickhouse-password-file', '/no/such'],
      2,
      '(ENOENT)',
    ],
    [
      'a ClickHouse that does not answer',
      [...corp, '--from', '2026-11-01'],
      1,
      'does not answer at http://127.0.0.1:1 (ECONNREFUSED): check --clickhouse-url',
    ],
  ])('%s', async (_what, argv, code, problem) => {
    const result = await run(...argv);
    expect(result.err).toContain(problem);
    expect(result.code).toBe(code);
  });
});
