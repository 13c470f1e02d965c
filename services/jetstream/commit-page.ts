// A page enters the stream as one atomic batch, fenced by the previous manifest: together or not at all, once or not at all.

import { randomUUID } from 'node:crypto';
import { captureStream, pageSubject } from '@menshen/contracts/subjects';
import type { JetStreamManager } from '@nats-io/jetstream';
import { headers, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { injectTrace } from './trace-headers.ts';

export interface OutgoingMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
}

export interface OutgoingPage {
  readonly corpId: string;
  readonly manifest: Uint8Array;
  /** Stream sequence of the previous manifest, 0 when there is none. The batch is refused when it is no longer the last. */
  readonly previousSequence: number;
  /** Messages and dead letters, in record order. At most 990. */
  readonly messages: readonly OutgoingMessage[];
}

export type CommitOutcome =
  | {
      readonly ok: true /** Stream sequence of the manifest just committed. */;
      readonly manifestSequence: number;
      readonly lastSequence: number;
    }
  /**
   * `Refused`: the server stored nothing (fence, or another reason it does not name for a batch).
   * `StreamFull`: back-pressure, nothing stored. `Unknown`: no answer came; it may or may not be stored.
   * In every case: re-read the last manifest before trying again.
   */
  | { readonly ok: false; readonly reason: 'Refused' | 'StreamFull' | 'Unknown'; readonly detail: string };

const FENCE_HEADER = 'Nats-Expected-Last-Subject-Sequence';
const MOST_MESSAGES = 999;
const COMMIT_TIMEOUT_MS = 10_000;

/**
 * Commits one page. Expected failures are values; it throws only on a bug (more than 999 messages).
 * The batch protocol (NATS ADR-50) is spoken here and not through the client's publisher, which hides why a batch was refused.
 */
export async function commitPage(nats: NatsConnection, page: OutgoingPage): Promise<CommitOutcome> {
  if (page.messages.length > MOST_MESSAGES)
    throw new Error(`a page of ${page.messages.length} messages does not fit into one atomic batch of 1,000`);
  try {
    return readAnswer(
      await (page.messages.length === 0 ? publishAlone(nats, page) : publishBatch(nats, page)),
      page.messages.length,
    );
  } catch (error) {
    return { ok: false, reason: 'Unknown', detail: error instanceof Error ? error.message : String(error) };
  }
}

function publishAlone(nats: NatsConnection, page: OutgoingPage): Promise<Msg> {
  return nats.request(pageSubject(page.corpId), page.manifest, {
    headers: fenced(headers(), page),
    timeout: COMMIT_TIMEOUT_MS,
  });
}

/** The answer to the commit, or the answer to the first message when that one was refused. */
async function publishBatch(nats: NatsConnection, page: OutgoingPage): Promise<Msg> {
  const id = randomUUID();
  const trace = injectTrace(headers());
  // The server checks the fence on the message that carries it: so it rides on the first.
  const options = { headers: fenced(batchHeaders(id, 1, trace), page), timeout: COMMIT_TIMEOUT_MS };
  const opened = await nats.request(pageSubject(page.corpId), page.manifest, options);
  if (opened.data.length > 0) return opened;
  const last = page.messages.length - 1;
  const common = linesOf(batchHeaders(id, 0, trace), (name) => name !== 'Nats-Batch-Sequence');
  for (const [index, message] of page.messages.entries()) {
    if (index < last) {
      const meta = encodedHeaders(`${common}Nats-Batch-Sequence: ${index + 2}\r\n`);
      nats.publish(message.subject, message.payload, { headers: meta });
    } else {
      const meta = batchHeaders(id, index + 2, trace);
      meta.set('Nats-Batch-Commit', '1');
      return await nats.request(message.subject, message.payload, {
        headers: meta,
        timeout: COMMIT_TIMEOUT_MS,
      });
    }
  }
  return opened;
}

function fenced(meta: MsgHdrs, page: OutgoingPage): MsgHdrs {
  meta.set(FENCE_HEADER, String(page.previousSequence));
  return meta;
}

function linesOf(meta: MsgHdrs, isWanted: (name: string) => boolean): string {
  return meta
    .keys()
    .filter(isWanted)
    .map((name) => `${name}: ${meta.get(name)}\r\n`)
    .join('');
}

/** Headers that are already bytes: the client asks nothing of them but these, and a map for each of a thousand messages costs as much as sending them. */
function encodedHeaders(lines: string): MsgHdrs {
  return { encode: () => Buffer.from(`NATS/1.0\r\n${lines}\r\n`, 'latin1') } as unknown as MsgHdrs;
}

function batchHeaders(id: string, sequence: number, trace: MsgHdrs | undefined): MsgHdrs {
  const meta = headers();
  meta.set('Nats-Batch-Id', id);
  meta.set('Nats-Batch-Sequence', String(sequence));
  if (trace !== undefined) for (const key of trace.keys()) meta.set(key, trace.get(key));
  return meta;
}

interface PublishAnswer {
  readonly seq?: number;
  readonly count?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

function readAnswer(message: Msg, messages: number): CommitOutcome {
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
  if (messages > 0 && answer.count !== messages + 1) {
    return {
      ok: false,
      reason: 'Unknown',
      detail: `the server stored ${answer.count ?? 0} of ${messages + 1} messages`,
    };
  }
  return { ok: true, manifestSequence: lastSequence - messages, lastSequence };
}

const NO_RESPONDERS = 503;
/** nats-server has a dozen codes for "no room" (errors.json: maximum bytes exceeded, insufficient resources, …); the words are what they share. */
const SAYS_FULL = /maximum (bytes|messages)|insufficient|resource limits|no space left/i;

export interface LastManifest {
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** The last manifest in the stream, `undefined` when there is none. Rejects when the server or the stream is away. */
export async function readLastManifest(
  jsm: JetStreamManager,
  corpId: string,
): Promise<LastManifest | undefined> {
  const message = await jsm.streams.getMessage(captureStream(corpId), { last_by_subj: pageSubject(corpId) });
  return message === null ? undefined : { sequence: message.seq, payload: message.data };
}
