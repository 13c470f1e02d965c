import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askArchive } from './ask-archive.ts';

let server: TestClickHouse;
beforeAll(async () => {
  server = await startTestClickHouse();
});
afterAll(() => server.close());

it('gives the newest fact of everyone, those who are gone too, and the last consents of each contact', async () => {
  const clickhouse = await server.open('archive', { empty: true });
  const archive = askArchive(clickhouse, 'single');
  expect(await archive.directory()).toEqual([]);
  const row = (kind: string, id: string, version: number) => ({
    kind,
    id,
    version,
    streamSequence: version,
    deleted: false,
    fact: JSON.stringify({ kind, id, version }),
  });
  const rows = [
    row('User', 'ann', 1),
    row('User', 'ann', 7),
    row('Permit', 'ann', 3),
    ...Array.from({ length: 12 }, (_, i) => row('Consent', 'ann:wm1', i + 1)),
    row('Consent', 'bob:wm1', 2),
  ];
  await clickhouse.insert({
    table: 'directory',
    rows: Buffer.from(rows.map((one) => `${JSON.stringify(one)}\n`).join('')),
    token: 'x',
  });
  const facts = await archive.directory();
  const told = facts.map(({ kind, id, version }) => `${kind} ${id} ${version}`).sort();
  expect(told).toEqual(
    [
      'User ann 7',
      'Permit ann 3',
      'Consent bob:wm1 2',
      ...Array.from({ length: 8 }, (_, i) => `Consent ann:wm1 ${i + 5}`),
    ].sort(),
  );
});
