// A page enters the stream as one atomic batch, fenced by the previous manifest: together or not at all, once or not at all.

import { captureStream, pageSubject } from '@menshen/contracts/subjects';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type BatchOutcome, commitBatch, type OutgoingMessage } from './commit-batch.ts';

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
  /** In every case: re-read the last manifest before trying again. */
  | Extract<BatchOutcome, { readonly ok: false }>;

/** Commits one page. Expected failures are values; it throws only on a bug (more than 999 messages). */
export async function commitPage(nats: NatsConnection, page: OutgoingPage): Promise<CommitOutcome> {
  const manifest = { subject: pageSubject(page.corpId), payload: page.manifest };
  const outcome = await commitBatch(nats, {
    messages: [manifest, ...page.messages],
    previousSequence: page.previousSequence,
  });
  if (!outcome.ok) return outcome;
  return { ok: true, manifestSequence: outcome.firstSequence, lastSequence: outcome.lastSequence };
}

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
