// One answer of WeCom becomes one page: manifest, messages and dead letters in order. Pure but for the random salts it is handed.
import {
  type CapturedMessage,
  encodeCaptured,
  LARGE_MESSAGE_BYTES,
  largeMessageKey,
} from '@menshen/contracts/captured-message';
import { type DeadReason, encodeDeadLetter } from '@menshen/contracts/dead-letter';
import { addToDecimal, type Decimal, maxDecimal } from '@menshen/contracts/decimal';
import { contentDigest, SALT_BYTES, saltedDigest } from '@menshen/contracts/digest';
import { encodeFrame } from '@menshen/contracts/frame';
import type { WeComMessage } from '@menshen/contracts/message';
import {
  type CoverageGap,
  encodeManifest,
  type PageKind,
  type PageManifest,
} from '@menshen/contracts/page-manifest';
import { parseMessage } from '@menshen/contracts/parse-message';
import { deadSubject, messageSubject } from '@menshen/contracts/subjects';
import type { Decrypted } from './decrypt/decrypt-pool.ts';
import type { Directory } from './directory/directory.ts';
import { learnConsent } from './directory/learn-consent.ts';
import { stampMessage } from './stamp-message.ts';
import type { PulledEntry } from './wecom/read-page.ts';

/** Where capture stands: what the last manifest says. */
export interface Position {
  /** Stream sequence of the last manifest, 0 when there is none. */
  readonly sequence: number;
  readonly cursor: Decimal;
  readonly page: Decimal;
  readonly pulledAtMs: number;
}

export interface PageInput {
  readonly corpId: string;
  readonly kind: PageKind;
  readonly engine: string;
  readonly position: Position;
  readonly pulledAtMs: number;
  /** In order of seq; `opened[i]` belongs to `entries[i]`. */
  readonly entries: readonly PulledEntry[];
  readonly opened: readonly Decrypted[];
  /** 32 bytes for each entry. */
  readonly salts: Buffer;
  readonly gaps: readonly CoverageGap[];
  readonly mediaEnabled: boolean;
}

export interface BuiltPage {
  readonly manifest: PageManifest;
  readonly manifestBytes: Buffer;
  readonly messages: readonly { readonly subject: string; readonly payload: Buffer }[];
  /** To be written before the page commits. */
  readonly objects: readonly { readonly key: string; readonly bytes: Buffer }[];
  readonly facts: number;
  readonly dead: readonly DeadReason[];
}

/** Facts of the directory on one manifest, bytes of JSON. */
const FACT_BYTES = 512 * 1024;

export function buildPage(input: PageInput, directory: Directory): BuiltPage {
  const parts = input.entries.map((entry, index) => buildEntry(input, directory, { entry, index }));
  const facts = directory.pending(FACT_BYTES);
  const dead = parts.flatMap((part) => (part.dead === undefined ? [] : [part.dead]));
  const manifest: PageManifest = {
    corpId: input.corpId,
    kind: input.kind,
    page: addToDecimal(input.position.page, 1),
    fromSeq: input.position.cursor,
    cursor: parts.reduce((cursor, part) => maxDecimal(cursor, part.seq), input.position.cursor),
    messageSeqs: parts.flatMap((part) => (part.dead === undefined ? [part.seq] : [])),
    deadSeqs: parts.flatMap((part) => (part.dead === undefined ? [] : [part.seq])),
    pulledAtMs: input.pulledAtMs,
    previousSequence: input.position.sequence,
    engine: input.engine,
    directoryVersion: directory.version,
    pageDigest: contentDigest(parts.map((part) => part.digest).join('\n')),
    gaps: input.gaps,
    directory: facts,
  };
  return {
    manifest,
    manifestBytes: encodeManifest(manifest),
    messages: parts.map(({ subject, payload }) => ({ subject, payload })),
    objects: parts.flatMap((part) => (part.object === undefined ? [] : [part.object])),
    facts: facts.length,
    dead,
  };
}

interface Part {
  readonly seq: Decimal;
  readonly digest: string;
  readonly subject: string;
  readonly payload: Buffer;
  readonly dead?: DeadReason;
  readonly object?: { readonly key: string; readonly bytes: Buffer };
}

function buildEntry(input: PageInput, directory: Directory, at: { entry: PulledEntry; index: number }): Part {
  const salt = input.salts.subarray(at.index * SALT_BYTES, (at.index + 1) * SALT_BYTES);
  const opened = input.opened[at.index];
  if (at.entry.malformed !== undefined)
    return buildDead(input, { ...at, salt }, { reason: 'malformed-envelope', detail: at.entry.malformed });
  if (opened === undefined || !opened.ok)
    return buildDead(
      input,
      { ...at, salt },
      opened ?? { reason: 'malformed-envelope', detail: 'the entry was not decrypted' },
    );
  const parsed = parseMessage(opened.plaintext);
  if (!parsed.ok) return buildDead(input, { ...at, salt }, { ...parsed, raw: opened.plaintext });
  learnConsent(parsed.message, directory);
  return buildMessage(input, directory, {
    entry: at.entry,
    salt,
    message: parsed.message,
    raw: opened.plaintext,
  });
}

interface Sealed {
  readonly entry: PulledEntry;
  readonly salt: Buffer;
}

function buildMessage(
  input: PageInput,
  directory: Directory,
  of: Sealed & { message: WeComMessage; raw: Buffer },
): Part {
  const { entry, raw } = of;
  const capture = {
    ...of,
    corpId: input.corpId,
    seq: entry.seq,
    publickeyVer: entry.publickeyVer,
    capturedAtMs: input.pulledAtMs,
    mediaEnabled: input.mediaEnabled,
  };
  const stamp = stampMessage(capture, directory);
  const whole: CapturedMessage = { stamp, raw, envelope: Buffer.from(entry.envelope, 'utf8') };
  const subject = messageSubject(input.corpId, stamp.partition, stamp.msgtype);
  const sizeBytes = raw.length + whole.envelope.length;
  if (sizeBytes <= LARGE_MESSAGE_BYTES)
    return { seq: entry.seq, digest: stamp.digest, subject, payload: encodeCaptured(whole) };
  const objectKey = largeMessageKey(input.corpId, stamp.digest);
  const reference: CapturedMessage = {
    stamp: { ...stamp, body: { objectKey, sizeBytes } },
    raw: EMPTY,
    envelope: EMPTY,
  };
  return {
    seq: entry.seq,
    digest: stamp.digest,
    subject,
    payload: encodeCaptured(reference),
    object: { key: objectKey, bytes: encodeFrame([raw, whole.envelope]) },
  };
}

const EMPTY = Buffer.alloc(0);

function buildDead(
  input: PageInput,
  of: Sealed,
  why: { reason: DeadReason; detail: string; raw?: Buffer },
): Part {
  const { entry, salt } = of;
  const envelope = Buffer.from(entry.envelope, 'utf8');
  const digest = saltedDigest(salt, envelope);
  const head = {
    corpId: input.corpId,
    seq: entry.seq,
    msgid: entry.msgid,
    publickeyVer: Number.isSafeInteger(entry.publickeyVer) ? entry.publickeyVer : 0,
    reason: why.reason,
    detail: why.detail,
    capturedAtMs: input.pulledAtMs,
    salt: salt.toString('base64'),
    digest,
  };
  const payload = encodeDeadLetter({ head, raw: why.raw ?? EMPTY, envelope });
  return {
    seq: entry.seq,
    digest,
    subject: deadSubject(input.corpId, why.reason),
    payload,
    dead: why.reason,
  };
}
