import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from './clickhouse.testkit.ts';
import type { ClickHouse } from './client.ts';
import { quoteName } from './client.ts';
import { ensureSchema, SchemaMismatch, VersionTooOld } from './ensure-schema.ts';
import { readArchivedCursor } from './read-archived-cursor.ts';
import { schemaStatements, TABLES } from './schema.ts';
import { searchMessages } from './search-messages.ts';
import { countRows, TABLE_KEYS, TABLE_NAMES } from './table-keys.ts';

let server: TestClickHouse;
beforeAll(async () => {
  server = await startTestClickHouse();
});
afterAll(() => server.close());

const ndjson = (...rows: object[]): Buffer =>
  Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
const message = (seq: string, fields: object = {}): object => ({
  seq,
  msgid: `m${seq}`,
  streamSequence: seq,
  msgtype: 'text',
  eventTime: 1_764_000_000_123,
  conversationId: 'wr1',
  ...fields,
});

describe('the schema', () => {
  it('is made once, whoever makes it, however often', async () => {
    const clickhouse = await server.open('schema', { empty: true });
    const other = await server.open('schema', { empty: true });
    await Promise.all([ensureSchema(clickhouse, 'single'), ensureSchema(other, 'single')]);
    await ensureSchema(clickhouse, 'single');
    const tables = await clickhouse.query<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = {db: String}',
      { db: clickhouse.database },
    );
    const names = tables.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        ...TABLE_NAMES,
        'findings',
        'media',
        'current_notices',
        'recalled_messages',
        'migrations',
      ]),
    );
  });

  it('has a key for every table, made of its columns', () => {
    expect([...TABLE_NAMES].sort()).toEqual(TABLES.map(({ name }) => name).sort());
    for (const { name, columns } of TABLES)
      for (const column of TABLE_KEYS[name as keyof typeof TABLE_KEYS])
        expect(columns.map((line) => line.split(' ')[0])).toContain(column);
  });

  it('refuses a database whose migrations are others', async () => {
    const clickhouse = await server.open('changed');
    await clickhouse.run("INSERT INTO migrations (id, checksum) VALUES (1, 'sha256:other')");
    await clickhouse.run('OPTIMIZE TABLE migrations FINAL');
    await expect(ensureSchema(clickhouse, 'single')).rejects.toThrow(SchemaMismatch);
    const newer = await server.open('newer');
    await newer.run("INSERT INTO migrations (id, checksum) VALUES (99, 'sha256:other')");
    await expect(ensureSchema(newer, 'single')).rejects.toThrow(/newer version/);
  });

  it.each(['26.6.9.1', '25.12.1', 'unknown'])('refuses ClickHouse %s', async (version) => {
    const old = { database: 'x', run: async () => undefined, query: async () => [{ version }] };
    await expect(ensureSchema(old as unknown as ClickHouse, 'single')).rejects.toThrow(VersionTooOld);
  });

  it('is the same list for a cluster, with replicated engines everywhere', () => {
    const single = schemaStatements('single');
    const cluster = schemaStatements('cluster');
    expect(cluster).toHaveLength(single.length);
    for (const statement of cluster) {
      expect(statement).toContain("ON CLUSTER '{cluster}'");
      if (statement.startsWith('CREATE TABLE')) expect(statement).toContain('ReplicatedReplacingMergeTree');
    }
  });

  it.each(['', 'a`b', 'a b', "x'", '1a', 'a;b'])('takes no name like %j', (name) => {
    expect(() => quoteName(name)).toThrow(/not a name/);
  });
});

describe('inserts', () => {
  it('keep 64-bit numbers and milliseconds', async () => {
    const clickhouse = await server.open('numbers');
    await clickhouse.insert({
      table: 'messages',
      rows: ndjson(message('18446744073709551615')),
      token: 'a',
    });
    expect(await clickhouse.query('SELECT seq, eventTime FROM messages')).toEqual([
      { seq: '18446744073709551615', eventTime: '2025-11-24 16:00:00.123' },
    ]);
  });

  it('store the same token once', async () => {
    const clickhouse = await server.open('tokens');
    const rows = ndjson(message('1'), message('2', { eventTime: 1_700_000_000_000 }));
    await clickhouse.insert({ table: 'messages', rows, token: '1-2' });
    await clickhouse.insert({ table: 'messages', rows, token: '1-2' });
    expect(await clickhouse.query('SELECT count() AS n FROM messages')).toEqual([{ n: '2' }]);
    await clickhouse.insert({ table: 'messages', rows: ndjson(message('3')), token: '1-2' });
    expect(await clickhouse.query('SELECT count() AS n FROM messages')).toEqual([{ n: '3' }]);
    await clickhouse.insert({ table: 'messages', rows, token: 'another' });
    const counts = await countRows(clickhouse);
    expect(counts.find(({ table }) => table === 'messages')).toEqual({
      table: 'messages',
      rows: 5,
      doubled: 2,
    });
  });

  it('reject a row that does not fit, and a field nobody knows', async () => {
    const clickhouse = await server.open('broken');
    const insert = (row: object): Promise<void> =>
      clickhouse.insert({ table: 'messages', rows: ndjson(row), token: JSON.stringify(row).slice(0, 9) });
    await expect(insert({ seq: 'x' })).rejects.toThrow();
    await expect(insert({ seq: '1', surprise: 1 })).rejects.toThrow(/surprise/);
    expect(await clickhouse.query('SELECT count() AS n FROM messages')).toEqual([{ n: '0' }]);
  });
});

describe('the archived cursor', () => {
  it('is zero for an empty archive, then the last whole page and the highest of every table', async () => {
    const clickhouse = await server.open('cursor');
    expect(await readArchivedCursor(clickhouse)).toEqual({
      cursor: '0',
      page: '0',
      coveredUntilMs: 0,
      lastPageAtMs: 0,
      captureSequence: 0,
      outcomeSequence: 0,
    });
    const pages = [
      {
        page: '3',
        streamSequence: 40,
        messageCount: 3,
        deadCount: 1,
        cursor: '9007199254740993',
        coveredUntil: 1_764_000_000_123,
        pulledAt: 1_764_000_060_000,
      },
      {
        page: '4',
        streamSequence: 45,
        messageCount: 2,
        cursor: '9007199254740995',
        coveredUntil: 1_764_000_070_000,
        pulledAt: 1_764_000_070_000,
      },
    ];
    await clickhouse.insert({ table: 'pages', rows: ndjson(...pages), token: 'p' });
    const segment = { segment: 's', firstSequence: 1, lastSequence: 46 };
    await clickhouse.insert({ table: 'segments', rows: ndjson(segment), token: 's' });
    await clickhouse.insert({
      table: 'dead_letters',
      rows: ndjson({ seq: '5', streamSequence: 47, reason: 'not-json' }),
      token: 'd',
    });
    await clickhouse.insert({
      table: 'notices',
      rows: ndjson({ noticeId: 'n', outcomeSequence: 7 }),
      token: 'n',
    });
    expect(await readArchivedCursor(clickhouse)).toEqual({
      cursor: '9007199254740993',
      page: '3',
      coveredUntilMs: 1_764_000_000_123,
      lastPageAtMs: 1_764_000_060_000,
      captureSequence: 47,
      outcomeSequence: 7,
    });
  });
});

describe('the views', () => {
  it('show the newest verdict of a finding', async () => {
    const clickhouse = await server.open('views');
    const verdict = (factsVersion: number, severity: string): object => ({
      findingId: 'f1',
      seq: '1',
      factsVersion,
      severity,
    });
    await clickhouse.insert({
      table: 'verdicts',
      rows: ndjson(verdict(2, 'High'), verdict(0, 'Low')),
      token: 'v',
    });
    expect(await clickhouse.query('SELECT findingId, severity FROM findings')).toEqual([
      { findingId: 'f1', severity: 'High' },
    ]);
  });

  it('keep the verdict of every revision of a policy, and show the one that was given last', async () => {
    const clickhouse = await server.open('rescans');
    const verdict = (policyDigest: string, outcomeSequence: number): object => ({
      findingId: 'f1',
      seq: '1',
      factsVersion: 0,
      policyDigest,
      outcomeSequence,
    });
    for (const row of [verdict('sha256:b', 8), verdict('sha256:a', 9)])
      await clickhouse.insert({ table: 'verdicts', rows: ndjson(row), token: JSON.stringify(row) });
    await clickhouse.run('OPTIMIZE TABLE verdicts FINAL');
    expect(await clickhouse.query('SELECT policyDigest FROM findings')).toEqual([
      { policyDigest: 'sha256:a' },
    ]);
    const verdicts = (await countRows(clickhouse)).find(({ table }) => table === 'verdicts');
    expect(verdicts).toEqual({ table: 'verdicts', rows: 2, doubled: 0 });
  });

  it('link a recall to its original when that comes', async () => {
    const clickhouse = await server.open('recalls');
    await clickhouse.insert({
      table: 'recalls',
      rows: ndjson({ seq: '2', msgid: 'm2', recalledMsgid: 'm1' }),
      token: 'r',
    });
    const linked = 'SELECT msgid, seq, conversationId FROM recalled_messages';
    expect(await clickhouse.query(linked)).toEqual([{ msgid: 'm1', seq: '0', conversationId: '' }]);
    await clickhouse.insert({ table: 'messages', rows: ndjson(message('1')), token: 'm' });
    expect(await clickhouse.query(linked)).toEqual([{ msgid: 'm1', seq: '1', conversationId: 'wr1' }]);
    // A row that got through the nets twice is still one message.
    await clickhouse.insert({ table: 'messages', rows: ndjson(message('1')), token: 'again' });
    expect(await clickhouse.query(linked)).toHaveLength(1);
  });
});

describe('search', () => {
  it.each([
    ['Chinese inside a sentence', ['保本'], ['1', '4']],
    ['characters that stand apart', ['息保'], []],
    ['a word', ['guaranteed'], ['2']],
    ['all words', ['guaranteed', '收益'], ['2']],
    ['one word that is missing', ['guaranteed', '合同'], []],
    ['a sign that LIKE knows', ['100%'], ['3']],
    ['signs alone', ['%,'], []],
    ['one sign alone', ['%'], ['3']],
    ['a backslash', ['\\'], ['5']],
    ['an emoji', ['😀'], ['5']],
    ['ASCII words whole only', ['guarant'], []],
    ['no words', [], ['5', '4', '3', '2', '1']],
  ])('finds %s', async (_what, words, seqs) => {
    const clickhouse = await server.open('search');
    const texts = ['这个产品保本保息', 'guaranteed 收益', '100% 安全, 1000 分', '保本', '哈\\😀'];
    const rows = texts.map((text, index) =>
      message(String(index + 1), { text, eventTime: 1_764_000_000_000 + index }),
    );
    await clickhouse.insert({ table: 'messages', rows: ndjson(...rows), token: 'search' });
    const found = await searchMessages(clickhouse, { words, limit: 10 });
    expect(found.map(({ seq }) => seq).sort()).toEqual([...seqs].sort());
  });

  it('keeps to conversation, sender and time', async () => {
    const clickhouse = await server.open('narrow');
    const rows = [1, 2, 3].map((seq) =>
      message(String(seq), {
        text: '你好',
        senderId: `s${seq % 2}`,
        conversationId: `c${seq}`,
        eventTime: seq * 1000,
      }),
    );
    await clickhouse.insert({ table: 'messages', rows: ndjson(...rows), token: 'narrow' });
    const seqs = async (narrow: object): Promise<string[]> =>
      (await searchMessages(clickhouse, { words: ['你好'], limit: 10, ...narrow })).map(({ seq }) => seq);
    expect(await seqs({ senderId: 's1' })).toEqual(['3', '1']);
    expect(await seqs({ conversationId: 'c2' })).toEqual(['2']);
    expect(await seqs({ fromMs: 2000, toMs: 3000 })).toEqual(['2']);
    expect(await seqs({ limit: 1 })).toEqual(['3']);
  });
});
