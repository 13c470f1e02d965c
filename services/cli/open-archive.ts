// The archive of one corporation, as the flags and the environment of a command say where it is.
import { readFile } from 'node:fs/promises';
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { databaseOf } from '@menshen/clickhouse/ensure-schema';
import { type CommandIo, type Flag, type Given, Refusal, required } from './command.ts';

export const ARCHIVE_FLAGS: readonly Flag[] = [
  { name: 'corp', value: 'ID', help: 'corpId of the tenant, e.g. ww1234567890abcdef' },
  {
    name: 'clickhouse-url',
    value: 'URL',
    help: 'HTTP address of ClickHouse (default: MENSHEN_CLICKHOUSE_URL, else http://127.0.0.1:8123)',
  },
  {
    name: 'clickhouse-user',
    value: 'NAME',
    help: 'user; reading the tenant’s database is enough (default: MENSHEN_CLICKHOUSE_USER, else default)',
  },
  {
    name: 'clickhouse-password-file',
    value: 'FILE',
    help: 'file with the password (default: MENSHEN_CLICKHOUSE_PASSWORD_FILE; MENSHEN_CLICKHOUSE_PASSWORD holds it itself)',
  },
];

export interface Archive {
  readonly corpId: string;
  /** Runs questions and ends the connection. Throws {@link Refusal} when ClickHouse cannot be asked or has no such tenant. */
  ask<T>(work: (clickhouse: ClickHouse) => Promise<T>): Promise<T>;
}

export async function openArchive(given: Given, { environment }: CommandIo): Promise<Archive> {
  const corpId = required(given, 'corp', 'ww1234567890abcdef');
  if (!/^[A-Za-z0-9_-]+$/.test(corpId))
    throw new Refusal('Usage', `--corp is ${JSON.stringify(corpId)}: a corpId has letters and digits only`);
  const url =
    given.flags['clickhouse-url'] ?? environment['MENSHEN_CLICKHOUSE_URL'] ?? 'http://127.0.0.1:8123';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Refusal(
      'Usage',
      `--clickhouse-url is ${JSON.stringify(url)}: it must be like http://127.0.0.1:8123`,
    );
  const username = given.flags['clickhouse-user'] ?? environment['MENSHEN_CLICKHOUSE_USER'] ?? 'default';
  const database = databaseOf(corpId);
  const password = await readPassword(given, environment);
  const clickhouse = openClickHouse({ url, username, password, database });
  return {
    corpId,
    async ask(work) {
      try {
        return await work(clickhouse);
      } catch (error) {
        if (error instanceof Refusal) throw error;
        throw new Refusal('Failed', explain(error, { url, username, database, corpId }), error);
      } finally {
        await clickhouse.close();
      }
    },
  };
}

async function readPassword(given: Given, environment: CommandIo['environment']): Promise<string> {
  const file = given.flags['clickhouse-password-file'] ?? environment['MENSHEN_CLICKHOUSE_PASSWORD_FILE'];
  if (file === undefined) return environment['MENSHEN_CLICKHOUSE_PASSWORD'] ?? '';
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new Refusal(
      'Usage',
      `--clickhouse-password-file is ${JSON.stringify(file)}: it cannot be read (${code})`,
    );
  }
}

interface Asked {
  readonly url: string;
  readonly username: string;
  readonly database: string;
  readonly corpId: string;
}

/** ClickHouse's own errors by their number: their texts change. Anything else is a broken outside, or a bug whose cause is kept. */
function explain(error: unknown, { url, username, database, corpId }: Asked): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === '81')
    return `${url} has no database ${database}: compare --corp ${corpId} with spec.corpId of the tenant, or nothing was archived yet`;
  if (code === '60')
    return `the database ${database} has not all tables: it is of another version; start the archiver of this version once`;
  if (code === '516' || code === '194')
    return `${url} refuses the user ${username}: check --clickhouse-user and --clickhouse-password-file`;
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'ETIMEDOUT')
    return `ClickHouse does not answer at ${url} (${code}): check --clickhouse-url or MENSHEN_CLICKHOUSE_URL`;
  const message = error instanceof Error ? error.message : String(error);
  return `cannot read the archive at ${url}: ${message}`;
}
