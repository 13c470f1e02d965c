// Full text search over a tenant's messages: the index finds candidates by their words, a comparison of the text decides.
import type { Decimal } from '@menshen/contracts/decimal';
import type { ClickHouse, QueryParams } from './client.ts';

export interface MessageSearch {
  /** Words that must all occur, each as it is written. Chinese needs no spaces; an ASCII word or number is found whole only: `wo` is not in `wow`. */
  readonly words: readonly string[];
  readonly conversationId?: string;
  readonly senderId?: string;
  /** eventTime, inclusive and exclusive, ms. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly limit: number;
}

export interface FoundMessage {
  readonly seq: Decimal;
  readonly msgid: string;
  readonly msgtype: string;
  /** UTC, `YYYY-MM-DD hh:mm:ss.mmm` */
  readonly eventTime: string;
  readonly conversationId: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly text: string;
}

/** The newest messages that fit, newest first. */
export async function searchMessages(clickhouse: ClickHouse, search: MessageSearch): Promise<FoundMessage[]> {
  const { where, params } = conditionsOf(search);
  return await clickhouse.query<FoundMessage>(
    `SELECT seq, msgid, msgtype, eventTime, conversationId, senderId, senderName, text
FROM messages FINAL
${where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`}
ORDER BY eventTime DESC, seq DESC
LIMIT {limit: UInt32}`,
    params,
  );
}

/** ASCII signs alone are no token of the index, and hasAllTokens finds no text that has all of none. */
const HAS_TOKEN = /[A-Za-z0-9_]|[^\p{ASCII}]/u;

function conditionsOf(search: MessageSearch): { where: string[]; params: QueryParams } {
  const where: string[] = [];
  const params: Record<string, unknown> = { limit: search.limit };
  const add = (condition: string, name: string, value: unknown): void => {
    if (value === undefined) return;
    where.push(condition);
    params[name] = value;
  };
  for (const [index, word] of search.words.filter((one) => one.trim() !== '').entries()) {
    // hasAllTokens uses the index but knows only tokens and no order between them; LIKE knows the word.
    if (HAS_TOKEN.test(word)) {
      where.push(`hasAllTokens(text, {word${index}: String})`);
      params[`word${index}`] = word;
    }
    where.push(`text LIKE {like${index}: String}`);
    params[`like${index}`] = `%${word.replace(/[\\%_]/g, '\\$&')}%`;
  }
  add('conversationId = {conversationId: String}', 'conversationId', search.conversationId);
  add('senderId = {senderId: String}', 'senderId', search.senderId);
  add('eventTime >= fromUnixTimestamp64Milli({fromMs: Int64})', 'fromMs', search.fromMs);
  add('eventTime < fromUnixTimestamp64Milli({toMs: Int64})', 'toMs', search.toMs);
  return { where, params };
}
