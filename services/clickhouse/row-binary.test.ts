import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestClickHouse, type TestClickHouse } from './clickhouse.testkit.ts';
import { quoteName } from './client.ts';
import { type Row, RowEncoder } from './row-binary.ts';
import { columnsOf, TABLES } from './schema.ts';

let server: TestClickHouse;
beforeAll(async () => {
  server = await startTestClickHouse();
});
afterAll(() => server.close());

function encodeRows(table: string, rows: readonly Row[]): { columns: readonly string[]; rows: Buffer } {
  const encoder = new RowEncoder(table);
  for (const row of rows) encoder.add(row);
  return { columns: encoder.columns, rows: encoder.bytes() };
}

const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '',
    '刘芳',
    '𠮷😀',
    'a"b\\c\n\0',
    'x'.repeat(99),
    'x'.repeat(101),
    '宽'.repeat(127),
    'y'.repeat(20_000),
  ),
);

function anyValue(type: string): fc.Arbitrary<unknown> {
  if (type.startsWith('Array')) return fc.array(text, { maxLength: 4 });
  if (type.startsWith('Nullable(DateTime64'))
    return fc.option(fc.nat(2_000_000_000).map((at) => at * 1_000 + 7));
  if (type.startsWith('Nullable(UInt64')) return fc.option(fc.constantFrom('0', '18446744073709551615'));
  if (type.startsWith('DateTime64')) return fc.nat(2_000_000_000).map((at) => at * 1_000 + 123);
  if (type === 'UInt64')
    return fc.constantFrom(
      '0',
      '1',
      '4294967296',
      '9007199254740993',
      '18446744073709551615',
      7,
      2 ** 52 + 1,
    );
  if (type === 'UInt32') return fc.constantFrom(0, 1, 2 ** 32 - 1);
  if (type === 'UInt8') return fc.nat(255);
  if (type === 'Bool') return fc.boolean();
  return text;
}

const rowsOf = (table: string): fc.Arbitrary<Row[]> => {
  const fields = Object.fromEntries(columnsOf(table).map(({ name, type }) => [name, anyValue(type)]));
  // Some columns are left out of some rows.
  return fc.array(fc.record(fields, { requiredKeys: [] }), { minLength: 40, maxLength: 40 });
};

describe('rows as RowBinary', () => {
  it.each(TABLES.map(({ name }) => name))('are in %s what the same rows are as JSON', async (table) => {
    const [binary, json] = [await server.open(`binary_${table}`), await server.open(`json_${table}`)];
    const [rows = []] = fc.sample(rowsOf(table), { numRuns: 1, seed: 7 });
    await binary.insert({ table, token: 'a', ...encodeRows(table, rows) });
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    await json.insert({ table, token: 'a', rows: Buffer.from(lines) });
    const all = `SELECT * FROM ${quoteName(table)} ORDER BY ALL`;
    const stored = await binary.query(all);
    // Rows of one key become one while they are inserted.
    expect(stored.length).toBeGreaterThan(5);
    expect(stored).toEqual(await json.query(all));
  });

  it('keep bytes that are no text', async () => {
    const clickhouse = await server.open('bytes');
    const raw = Buffer.from([0, 0xff, 0xfe, 0x22]);
    await clickhouse.insert({
      table: 'messages',
      token: 'a',
      ...encodeRows('messages', [{ seq: '1', raw }]),
    });
    expect(await clickhouse.query('SELECT hex(raw) AS hex FROM messages')).toEqual([{ hex: '00FFFE22' }]);
  });

  it.each<[string, Row]>([
    ['no column surprise', { seq: '1', surprise: 1 }],
    ['does not fit into UInt32', { recipientStaff: 2 ** 32 }],
    ['does not fit into UInt64', { seq: 'x' }],
    ['does not fit into UInt64', { seq: 1.5 }],
    ['does not fit into DateTime64', { eventTime: -1 }],
    ['is no text', { text: 5 }],
  ])('are refused: %s', (message, row) => {
    const encoder = new RowEncoder('messages');
    const length = encoder.add({ seq: '1' });
    expect(() => encoder.add(row)).toThrow(message);
    expect(encoder.bytes()).toHaveLength(length);
  });

  it('have a table', () => {
    expect(() => encodeRows('nothing', [])).toThrow(/no table nothing/);
  });
});
