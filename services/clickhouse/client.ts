// The connection to ClickHouse of one tenant: every query and insert goes through here, with the settings that keep numbers exact and rows single.
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { insertId } from './find-running-inserts.ts';

export interface ClickHouseOptions {
  /** `http://host:8123` */
  readonly url: string;
  readonly username: string;
  /** A function is asked for each request: a password that is changed while we run is the new one from then on. */
  readonly password: string | (() => string);
  /** The tenant's database; made by `ensureSchema`. */
  readonly database: string;
}

/** Values of `{name: Type}` in a query. 64-bit numbers as decimal strings. */
export type QueryParams = Readonly<Record<string, unknown>>;

export interface Insert {
  readonly table: string;
  /** RowBinary of `columns`, as `encodeRows` makes it; without `columns` one JSON object a line. */
  readonly rows: Buffer;
  /**
   * Names the work. An insert is refused while another of the same table and token still runs, and the same rows under the same token
   * are stored once: so a retry whose first attempt went through unseen doubles no row. Other rows under the same token are stored.
   */
  readonly token: string;
  readonly columns?: readonly string[];
}

export interface ClickHouse {
  readonly database: string;
  /** Rows of a SELECT; UInt64 come as decimal strings, DateTime64 as `YYYY-MM-DD hh:mm:ss.mmm` in UTC. */
  query<Row>(sql: string, params?: QueryParams): Promise<Row[]>;
  /** Runs a statement without a result. `asAdmin`: outside the tenant's database, which may not exist yet. */
  run(sql: string, options?: { readonly asAdmin?: boolean }): Promise<void>;
  /** Resolves when the rows are on disk. Rejects when some of them may not be. */
  insert(insert: Insert): Promise<void>;
  close(): Promise<void>;
}

/** The server closes an idle connection after 60 s or less (`keep_alive_timeout`): ours go first, so that no request meets a closing one, ms. */
const IDLE_SOCKET_MS = 2_500;
const REQUEST_TIMEOUT_MS = 120_000;

/** Makes the client; nothing is sent until it is used. */
export function openClickHouse(options: ClickHouseOptions): ClickHouse {
  const { username, password } = options;
  const base = {
    url: options.url,
    username,
    password: typeof password === 'string' ? password : password(),
    request_timeout: REQUEST_TIMEOUT_MS,
    keep_alive: { enabled: true, idle_socket_ttl: IDLE_SOCKET_MS },
    max_open_connections: 16,
    // What goes wrong is thrown; the client would say it a second time, on stderr.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      async_insert: 0,
      date_time_input_format: 'best_effort',
      // An unknown field is a bug on our side: it must not vanish silently.
      input_format_skip_unknown_fields: 0,
    },
  } as const;
  const admin = createClient(base);
  const tenant = createClient({ ...base, database: options.database });
  const login =
    typeof password === 'string' ? () => ({}) : () => ({ auth: { username, password: password() } });
  return new Connection(options.database, { tenant, admin, login });
}

interface Clients {
  readonly tenant: ClickHouseClient;
  readonly admin: ClickHouseClient;
  /** Who asks, where that may change. */
  readonly login: () => { readonly auth?: { readonly username: string; readonly password: string } };
}

class Connection implements ClickHouse {
  readonly database: string;
  readonly #login: Clients['login'];
  readonly #tenant: ClickHouseClient;
  readonly #admin: ClickHouseClient;

  constructor(database: string, { tenant, admin, login }: Clients) {
    this.database = database;
    this.#login = login;
    this.#tenant = tenant;
    this.#admin = admin;
  }

  async query<Row>(sql: string, params: QueryParams = {}): Promise<Row[]> {
    const answer = await this.#tenant.query({
      query: sql,
      query_params: { ...params },
      ...this.#login(),
      format: 'JSONEachRow',
    });
    return await answer.json<Row>();
  }

  async run(sql: string, options: { readonly asAdmin?: boolean } = {}): Promise<void> {
    await (options.asAdmin === true ? this.#admin : this.#tenant).command({ query: sql, ...this.#login() });
  }

  async insert({ table, rows, token, columns }: Insert): Promise<void> {
    const answer = await this.#tenant.exec({
      query: `INSERT INTO ${quoteName(table)} ${formatOf(columns)}`,
      values: Readable.from([rows], { objectMode: false }),
      ...this.#login(),
      query_id: insertId(this.database, table, token),
      clickhouse_settings: {
        insert_deduplicate: 1,
        // With what tells rows apart: the rest of a half stored insert must not pass for its beginning.
        insert_deduplication_token: `${token}-${rows.length}-${crc32(rows)}`,
        // Indexes are built when parts merge; until then a search reads the few new rows without them.
        materialize_skip_indexes_on_insert: 0,
      },
    });
    // The answer ends when the insert has; what it says is nothing, but an unread body keeps its socket.
    for await (const _ of answer.stream);
  }

  async close(): Promise<void> {
    await Promise.all([this.#tenant.close(), this.#admin.close()]);
  }
}

function formatOf(columns: readonly string[] | undefined): string {
  if (columns === undefined) return 'FORMAT JSONEachRow';
  return `(${columns.map(quoteName).join(', ')}) FORMAT RowBinary`;
}

/** A name of ours in backquotes. Throws on anything that is not a plain name. */
export function quoteName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) throw new Error(`not a name: ${JSON.stringify(name)}`);
  return `\`${name}\``;
}
