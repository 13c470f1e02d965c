// Questions to ClickHouse from tests: plain HTTP, so that what is asserted does not pass through the code under test.
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';

export type Row = Readonly<Record<string, unknown>>;

export interface AskClickHouse {
  /** Rows of a SELECT; UInt64 come as strings. Rejects with ClickHouse's own words. */
  rows(sql: string): Promise<readonly Row[]>;
  /** The first column of the first row, as a number. */
  number(sql: string): Promise<number>;
  run(sql: string): Promise<void>;
}

/** `database` is the default one of every query. */
export function askClickHouse(url: string, database: string): AskClickHouse {
  const send = async (sql: string): Promise<string> => {
    const answer = await fetch(`${url}/?database=${database}`, {
      method: 'POST',
      body: sql,
      headers: {
        'X-ClickHouse-User': LOCAL_CLICKHOUSE_USER.username,
        'X-ClickHouse-Key': LOCAL_CLICKHOUSE_USER.password,
      },
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`ClickHouse refused: ${text.trim()}`);
    return text;
  };
  const rows = async (sql: string): Promise<readonly Row[]> => {
    const text = await send(`${sql} FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 1`);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  };
  return {
    rows,
    async number(sql) {
      const [first] = await rows(sql);
      return first === undefined ? 0 : Number(Object.values(first)[0]);
    },
    async run(sql) {
      await send(sql);
    },
  };
}
