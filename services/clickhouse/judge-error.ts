// What an error of ClickHouse or of the way to it means to whoever has to tell people.
import { ClickHouseError } from '@clickhouse/client';

/** ClickHouse's ErrorCodes.cpp: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
const MISSING = new Set(['60', '81']);
/** UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, ACCESS_DENIED, AUTHENTICATION_FAILED. */
const DENIED = new Set(['192', '193', '194', '497', '516']);

/** The table or its database is not there. */
export const isMissing = (error: unknown): boolean => MISSING.has(serverErrorOf(error)?.code ?? '');

/** The server refuses the user, or what the user wants. */
export const isDenied = (error: unknown): boolean => DENIED.has(serverErrorOf(error)?.code ?? '');

const TRANSPORT =
  /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ETIMEDOUT|EPIPE|socket hang up|Timeout error/i;

/** No answer came. */
export const isUnreachable = (error: unknown): boolean =>
  causesOf(error).some((each) => TRANSPORT.test(`${(each as { code?: string }).code ?? ''} ${each.message}`));

/** What the server said, in one line that is the same each time; `undefined` when it said nothing. */
export function serverMessage(error: unknown): string | undefined {
  const said = serverErrorOf(error)?.message;
  return said === undefined ? undefined : (said.split('\n')[0] ?? '').replace(/[. ]+$/, '').slice(0, 300);
}

function serverErrorOf(error: unknown): ClickHouseError | undefined {
  return causesOf(error).find((each) => each instanceof ClickHouseError);
}

function causesOf(error: unknown): Error[] {
  const all: Error[] = [];
  for (let each = error; each instanceof Error; each = each.cause) all.push(each);
  return all;
}
