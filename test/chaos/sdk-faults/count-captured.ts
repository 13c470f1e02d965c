// What is in the stream against what the source sent: every message once, with exactly its bytes, and nothing else.
import { createHash } from 'node:crypto';
import { type CapturedMessage, decodeCaptured } from '@menshen/contracts/captured-message';
import { saltedDigest } from '@menshen/contracts/digest';
import { captureEventKind, captureStream } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { LoggedMessage } from '@menshen/wecom-simulator/message-log';
import type { JetStreamClient } from '@nats-io/jetstream';

export interface CapturedCount {
  readonly messages: number;
  /** Messages of the source that are not in the stream with their bytes. */
  readonly lost: number;
  /** Messages that are in the stream more than once. */
  readonly doubled: number;
  /** Events whose seq the source never sent, or whose bytes are not those it sent. */
  readonly forged: number;
  readonly deadLetters: number;
  readonly files: number;
  /** Files of the source that are not stored with their bytes: not settled yet, given up, or other bytes. */
  readonly filesMissing: number;
}

interface Seen {
  readonly counts: Map<string, number>;
  forged: number;
  deadLetters: number;
  /** seq → the newest facts about its files. */
  readonly files: Map<string, CapturedMessage['stamp']['facts']>;
}

/** Reads the whole stream of the corp. */
export async function countCaptured(
  js: JetStreamClient,
  corpId: string,
  truth: readonly LoggedMessage[],
): Promise<CapturedCount> {
  const bySeq = new Map(truth.map((message) => [String(message.seq), message]));
  const seen: Seen = { counts: new Map(), forged: 0, deadLetters: 0, files: new Map() };
  const tail = { stream: captureStream(corpId), subject: `wecom.${corpId}.>`, from: { sequence: 1 } };
  await readTail(js, tail, (event) => {
    const kind = captureEventKind(event.subject);
    if (kind === 'dead') seen.deadLetters++;
    if (kind === 'message' || kind === 'enriched') note(seen, decodeCaptured(event.data), { kind, bySeq });
  });
  const numbers = [...seen.counts.values()];
  const withFiles = truth.filter(({ media }) => Object.keys(media).length > 0);
  return {
    messages: truth.length,
    lost: truth.length - numbers.length,
    doubled: numbers.reduce((sum, times) => sum + times - 1, 0),
    forged: seen.forged,
    deadLetters: seen.deadLetters,
    files: withFiles.reduce((sum, { media }) => sum + Object.keys(media).length, 0),
    filesMissing: withFiles.reduce((sum, message) => sum + countMissing(message, seen), 0),
  };
}

function note(
  seen: Seen,
  { stamp, raw }: CapturedMessage,
  of: { readonly kind: 'message' | 'enriched'; readonly bySeq: ReadonlyMap<string, LoggedMessage> },
): void {
  const sent = of.bySeq.get(stamp.seq);
  const bytes = stamp.body === undefined ? raw : Buffer.from(sent?.plaintext ?? '');
  const isTrue =
    sent !== undefined &&
    stamp.msgid === sent.msgid &&
    Buffer.from(bytes).equals(Buffer.from(sent.plaintext)) &&
    stamp.digest === saltedDigest(Buffer.from(stamp.salt, 'base64'), bytes);
  if (!isTrue) seen.forged++;
  else if (of.kind === 'message') seen.counts.set(stamp.seq, (seen.counts.get(stamp.seq) ?? 0) + 1);
  else if (stamp.facts.version >= (seen.files.get(stamp.seq)?.version ?? 0))
    seen.files.set(stamp.seq, stamp.facts);
}

function countMissing({ seq, media }: LoggedMessage, seen: Seen): number {
  const facts = seen.files.get(String(seq))?.media ?? [];
  const stored = new Map(facts.map((fact) => [fact.path, fact.sha256]));
  return Object.entries(media).filter(([path, sha256]) => stored.get(path) !== `sha256:${sha256}`).length;
}

/** Of a file in the store, hex. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
