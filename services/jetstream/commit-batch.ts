// Messages enter a stream as one atomic batch, fenced by the last message of the first one's subject: together or not at all, once or not at all.
// The batch protocol (NATS ADR-50) is spoken here and not through the client's publisher, which hides why a batch was refused.

import { randomUUID } from 'node:crypto';
import { headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { injectTrace } from './trace-headers.ts';

export interface OutgoingMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  /** Names and values in ASCII, without line ends. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface OutgoingBatch {
  /** 1 to 1,000, in the order in which they are to stand in the stream. */
  readonly messages: readonly OutgoingMessage[];
  /** Stream sequence of the last message of the first message's subject, 0 when there is none. Refused when it is no longer the last. */
  readonly previousSequence: number;
}

export type BatchOutcome =
  | { readonly ok: true; readonly firstSequence: number; readonly lastSequence: number }
  /**
   * `Refused`: the server stored nothing (fence, or another reason it does not name for a batch).
   * `StreamFull`: back-pressure, nothing stored. `Unknown`: no answer came; it may or may not be stored.
   * In every case: re-read the last message of the subject before trying again.
   */
  | { readonly ok: false; readonly reason: 'Refused' | 'StreamFull' | 'Unknown'; readonly detail: string };

const FENCE_HEADER = 'Nats-Expected-Last-Subject-Sequence';
/** What the server takes at most [measured, nats-server 2.15.1]. */
export const MOST_MESSAGES_IN_BATCH = 1_000;
const COMMIT_TIMEOUT_MS = 10_000;

/** Expected failures are values; it throws only on a bug: no message, or more than a batch holds. */
export async function commitBatch(nats: NatsConnection, batch: OutgoingBatch): Promise<BatchOutcome> {
  const { messages } = batch;
  const [first] = messages;
  if (first === undefined || messages.length > MOST_MESSAGES_IN_BATCH)
    throw new Error(`${messages.length} messages are no atomic batch: it holds 1 to 1,000`);
  try {
    const answer = await (messages.length === 1
      ? publishAlone(nats, first, batch)
      : publishTogether(nats, first, batch));
    return readAnswer(answer, messages.length);
  } catch (error) {
    return { ok: false, reason: 'Unknown', detail: error instanceof Error ? error.message : String(error) };
  }
}

function publishAlone(nats: NatsConnection, message: OutgoingMessage, batch: OutgoingBatch): Promise<Msg> {
  const trace = injectTrace(headers());
  const meta = headersOf([...entriesOf(trace), fenceOf(batch), ...ownHeaders(message)]);
  return nats.request(message.subject, message.payload, { headers: meta, timeout: COMMIT_TIMEOUT_MS });
}

/** The answer to the commit, or the answer to the first message when that one was refused. */
async function publishTogether(
  nats: NatsConnection,
  first: OutgoingMessage,
  batch: OutgoingBatch,
): Promise<Msg> {
  const common: Entry[] = [['Nats-Batch-Id', randomUUID()], ...entriesOf(injectTrace(headers()))];
  // The server checks the fence on the message that carries it: so it rides on the first.
  const meta = headersOf([...common, [SEQUENCE, '1'], fenceOf(batch), ...ownHeaders(first)]);
  const options = { timeout: COMMIT_TIMEOUT_MS };
  const opened = await nats.request(first.subject, first.payload, { ...options, headers: meta });
  if (opened.data.length > 0) return opened;
  const lines = linesOf(common);
  const last = batch.messages.length - 1;
  for (const [at, message] of batch.messages.entries()) {
    if (at === 0) continue;
    const own = message.headers === undefined ? '' : linesOf(ownHeaders(message));
    if (at < last) {
      const encoded = encodedHeaders(`${lines}${own}${SEQUENCE}: ${at + 1}\r\n`);
      nats.publish(message.subject, message.payload, { headers: encoded });
    } else {
      const commit = headersOf([
        ...common,
        [SEQUENCE, String(at + 1)],
        [COMMIT, '1'],
        ...ownHeaders(message),
      ]);
      return await nats.request(message.subject, message.payload, { ...options, headers: commit });
    }
  }
  return opened;
}

const SEQUENCE = 'Nats-Batch-Sequence';
const COMMIT = 'Nats-Batch-Commit';

type Entry = readonly [name: string, value: string];

const fenceOf = ({ previousSequence }: OutgoingBatch): Entry => [FENCE_HEADER, String(previousSequence)];
const ownHeaders = ({ headers: own }: OutgoingMessage): Entry[] => Object.entries(own ?? {});
const entriesOf = (meta: MsgHdrs | undefined): Entry[] =>
  meta === undefined ? [] : meta.keys().map((name) => [name, meta.get(name)]);
const linesOf = (entries: readonly Entry[]): string =>
  entries.map(([name, value]) => `${name}: ${value}\r\n`).join('');

function headersOf(entries: readonly Entry[]): MsgHdrs {
  const meta = headers();
  for (const [name, value] of entries) meta.set(name, value);
  return meta;
}

/** Headers that are already bytes: the client asks nothing of them but these, and a map for each of a thousand messages costs as much as sending them. */
function encodedHeaders(lines: string): MsgHdrs {
  return { encode: () => Buffer.from(`NATS/1.0\r\n${lines}\r\n`, 'latin1') } as unknown as MsgHdrs;
}

interface PublishAnswer {
  readonly seq?: number;
  readonly count?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

function readAnswer(message: Msg, messages: number): BatchOutcome {
  if (message.headers?.code === NO_RESPONDERS)
    return {
      ok: false,
      reason: 'Unknown',
      detail: 'no stream takes this subject: it is missing or its server is away',
    };
  const answer = message.json<PublishAnswer>();
  if (answer.error !== undefined) {
    const detail = answer.error.description ?? 'refused without a reason';
    return { ok: false, reason: SAYS_FULL.test(detail) ? 'StreamFull' : 'Refused', detail };
  }
  const lastSequence = answer.seq ?? 0;
  if (messages > 1 && answer.count !== messages)
    return {
      ok: false,
      reason: 'Unknown',
      detail: `the server stored ${answer.count ?? 0} of ${messages} messages`,
    };
  return { ok: true, firstSequence: lastSequence - messages + 1, lastSequence };
}

const NO_RESPONDERS = 503;
/** nats-server has a dozen codes for "no room" (errors.json: maximum bytes exceeded, insufficient resources, …); the words are what they share. */
const SAYS_FULL = /maximum (bytes|messages)|insufficient|resource limits|no space left/i;
