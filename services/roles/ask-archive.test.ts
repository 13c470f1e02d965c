import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askArchive } from './ask-archive.ts';

const T0 = 1_764_000_000_000;
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

const lines = (...rows: object[]): Buffer =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

describe('what a starting process asks the archive', () => {
  it('is nothing where nothing was archived: the tables are made', async () => {
    const archive = askArchive(await server.open('new', { empty: true }), 'single');
    expect(await archive.position()).toBeUndefined();
    expect(await archive.openGaps()).toEqual([]);
  });

  it('is where capture stands and how far coverage reaches, also when the stream was lost', async () => {
    const clickhouse = await server.open('position');
    const pages = [
      {
        page: '1',
        streamSequence: 1,
        cursor: '5',
        messageCount: 5,
        pulledAt: T0,
        coveredUntil: T0,
        directoryVersion: 3,
      },
      {
        page: '2',
        streamSequence: 7,
        cursor: '5',
        kind: 'Idle',
        pulledAt: T0 + 900,
        coveredUntil: T0 + 800,
        directoryVersion: 4,
      },
    ];
    await clickhouse.insert({ table: 'pages', rows: lines(...pages), token: 'p' });
    await clickhouse.insert({
      table: 'segments',
      rows: lines({ segment: 's', firstSequence: 1, lastSequence: 7 }),
      token: 's',
    });
    expect(await askArchive(clickhouse, 'single').position()).toEqual({
      cursor: '5',
      page: '2',
      coveredUntilMs: T0 + 800,
      lastManifestAtMs: T0 + 900,
      directoryVersion: 4,
    });
  });

  it('leaves out how far coverage reaches where nothing was ever pulled', async () => {
    const clickhouse = await server.open('unpulled');
    const page = {
      page: '1',
      streamSequence: 1,
      cursor: '0',
      kind: 'Directory',
      pulledAt: T0,
      directoryVersion: 1,
    };
    await clickhouse.insert({ table: 'pages', rows: lines(page), token: 'p' });
    await clickhouse.insert({
      table: 'segments',
      rows: lines({ segment: 's', firstSequence: 1, lastSequence: 1 }),
      token: 's',
    });
    expect(Object.keys((await askArchive(clickhouse, 'single').position()) ?? {})).not.toContain(
      'coveredUntilMs',
    );
  });
});
