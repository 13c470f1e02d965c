// Rows on their way into ClickHouse, collected by table. Each is encoded when it is added: twenty thousand rows kept as objects until their insert
// would be most of the garbage collector's work.
import { type Row, RowEncoder } from '@menshen/clickhouse/row-binary';
import { TABLE_KEYS, type TableName } from '@menshen/clickhouse/table-keys';

/** What these tables are made of is published at least once, so the same row may come from another place of the stream: always looked up by seq. */
export const REPEATED: ReadonlySet<TableName> = new Set([
  'media_links',
  'media_gaps',
  'dead_letters',
  'judgements',
  'verdicts',
]);

/** Rows of every table, in the order in which tables were first added to. */
export class RowBatch {
  readonly #tables = new Map<TableName, TableRows>();

  /** Throws on a row that the table cannot hold; nothing is added then. */
  add(table: TableName, row: Row): void {
    const rows = this.#tables.get(table) ?? new TableRows(table);
    this.#tables.set(table, rows);
    rows.add(row);
  }

  tables(): TableName[] {
    return [...this.#tables.keys()].filter((table) => this.of(table).count > 0);
  }

  of(table: TableName): TableRows {
    return this.#tables.get(table) ?? new TableRows(table);
  }

  /** What `add` does all at once: when it throws, everything it had added is gone again. */
  allOrNothing(add: () => void): void {
    const before = new Map([...this.#tables].map(([table, rows]) => [table, rows.count]));
    try {
      add();
    } catch (error) {
      for (const [table, rows] of this.#tables) rows.truncate(before.get(table) ?? 0);
      throw error;
    }
  }
}

/** Encoded rows of one table. Of the {@link REPEATED} tables the first row of each key is kept. */
export class TableRows {
  readonly table: TableName;
  readonly #encoder: RowEncoder;
  readonly #keys: string[] = [];
  /** Where each row ends, bytes. */
  readonly #ends: number[] = [];
  /** By what the rows of a repeated table are looked up. */
  readonly #seqs: string[] = [];
  readonly #known: Set<string> | undefined;

  constructor(table: TableName) {
    this.table = table;
    this.#encoder = new RowEncoder(table);
    this.#known = REPEATED.has(table) ? new Set() : undefined;
  }

  get count(): number {
    return this.#keys.length;
  }

  add(row: Row): void {
    const key = keyOf(this.table, row);
    if (this.#known?.has(key) === true) return;
    this.#ends.push(this.#encoder.add(row));
    this.#keys.push(key);
    if (this.#known === undefined) return;
    this.#known.add(key);
    this.#seqs.push(String(row['seq']));
  }

  truncate(count: number): void {
    for (const key of this.#keys.splice(count)) this.#known?.delete(key);
    this.#ends.length = count;
    if (this.#known !== undefined) this.#seqs.length = count;
    this.#encoder.truncate(this.#ends.at(-1) ?? 0);
  }

  /** The seqs of a repeated table's rows. */
  seqs(): readonly string[] {
    return this.#seqs;
  }

  /** The rows whose keys are not among `stored`. */
  without(stored: ReadonlySet<string>): EncodedRows {
    const { columns } = this.#encoder;
    const all = this.#encoder.bytes();
    if (stored.size === 0) return { columns, rows: all, count: this.count };
    const left: Buffer[] = [];
    this.#keys.forEach((key, at) => {
      if (!stored.has(key)) left.push(all.subarray(this.#ends[at - 1] ?? 0, this.#ends[at]));
    });
    return { columns, rows: Buffer.concat(left), count: left.length };
  }
}

export interface EncodedRows {
  readonly columns: readonly string[];
  readonly rows: Buffer;
  readonly count: number;
}

/** What makes a row of a table one of its kind. */
export function keyOf(table: TableName, row: Row): string {
  let key = '';
  for (const column of TABLE_KEYS[table]) key += `${String(row[column])}\0`;
  return key;
}
