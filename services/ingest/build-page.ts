// What was pulled becomes one page: manifest, messages and dead letters in order. Pure but for the random salts it is handed,
// and for what a consent message teaches the directory on its way.
import {
  type CapturedMessage,
  encodeCaptured,
  LARGE_MESSAGE_BYTES,
  largeMessageKey,
  writeCaptured,
} from '@menshen/contracts/captured-message';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { type DeadLetterHead, type DeadReason, encodeDeadLetter } from '@menshen/contracts/dead-letter';
import { addToDecimal, compareDecimals, type Decimal, maxDecimal } from '@menshen/contracts/decimal';
import { contentDigest, SALT_BYTES, saltedDigest } from '@menshen/contracts/digest';
import { encodeFrame } from '@menshen/contracts/frame';
import { FrameBlock } from '@menshen/contracts/frame-block';
import { encodeManifest, type PageKind, type PageManifest } from '@menshen/contracts/page-manifest';
import { deadSubject, messageSubject } from '@menshen/contracts/subjects';
import type { Directory } from './directory/directory.ts';
import { learnConsent } from './directory/learn-consent.ts';
import type { Position } from './position.ts';
import type { ReadEntry } from './read-entries.ts';
import { stampMessage } from './stamp-message.ts';

export interface PageInput {
  readonly corpId: string;
  readonly kind: PageKind;
  readonly engine: string;
  readonly position: Position;
  /** When the page was pulled; an entry of a replay keeps the time of its first capture. */
  readonly pulledAtMs: number;
  /** In order of seq. */
  readonly entries: readonly (ReadEntry & { readonly capturedAtMs?: number })[];
  /** 32 random bytes for each entry. */
  readonly salts: Buffer;
  readonly gaps: readonly CoverageGap[];
  readonly mediaEnabled: boolean;
  /** True when WeCom has nothing more at this moment. */
  readonly isCaughtUp: boolean;
}

export interface BuiltPage {
  readonly manifest: PageManifest;
  readonly manifestBytes: Buffer;
  readonly messages: readonly { readonly subject: string; readonly payload: Buffer }[];
  /** To be written before the page commits. */
  readonly objects: readonly { readonly key: string; readonly bytes: Buffer }[];
  /** How many facts of the directory ride on the manifest. */
  readonly facts: number;
  readonly dead: readonly DeadReason[];
  readonly quarantined: number;
}

/** Facts of the directory on one manifest, bytes of JSON. */
export const FACT_BYTES = 512 * 1024;

export function buildPage(input: PageInput, directory: Directory): BuiltPage {
  const context = { input, directory, block: new FrameBlock() };
  const parts = input.entries.map((entry, index) => buildPart(context, entry, index));
  const facts = directory.pending(FACT_BYTES);
  const live = parts.filter((part) => part.dead === undefined);
  const manifest: PageManifest = {
    corpId: input.corpId,
    kind: input.kind,
    page: addToDecimal(input.position.page, 1),
    fromSeq: input.position.cursor,
    cursor: parts.reduce((cursor, part) => maxDecimal(cursor, part.seq), input.position.cursor),
    messageSeqs: live.map((part) => part.seq),
    deadSeqs: parts.filter((part) => part.dead !== undefined).map((part) => part.seq),
    pulledAtMs: input.pulledAtMs,
    ...coverageOf(input, live),
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
    objects: parts.map((part) => part.object).filter((object) => object !== undefined),
    facts: facts.length,
    dead: parts.map((part) => part.dead).filter((reason) => reason !== undefined),
    quarantined: parts.filter((part) => part.quarantined).length,
  };
}

/** Only a pull says how far coverage reaches; a replay or a page of facts repeats what was known. */
function coverageOf(input: PageInput, live: readonly Part[]): Pick<PageManifest, 'coveredUntilMs'> {
  const before = input.position.coveredUntilMs;
  if (input.kind === 'Directory' || input.kind === 'Replay')
    return before === undefined ? {} : { coveredUntilMs: before };
  if (input.isCaughtUp) return { coveredUntilMs: input.pulledAtMs };
  const newest = live.reduce((latest, part) => Math.max(latest, part.eventTimeMs), before ?? 0);
  return newest === 0 ? {} : { coveredUntilMs: Math.min(newest, input.pulledAtMs) };
}

interface Part {
  readonly seq: Decimal;
  readonly digest: string;
  readonly subject: string;
  readonly payload: Buffer;
  readonly eventTimeMs: number;
  readonly quarantined: boolean;
  readonly dead?: DeadReason;
  readonly object?: { readonly key: string; readonly bytes: Buffer };
}

type PageEntry = PageInput['entries'][number];

interface PageContext {
  readonly input: PageInput;
  readonly directory: Directory;
  /** Where the payloads are written. */
  readonly block: FrameBlock;
}

function buildPart(context: PageContext, entry: PageEntry, index: number): Part {
  const salt = context.input.salts.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES);
  if (!entry.ok) return buildDead(context.input, entry, salt);
  learnConsent(entry.message, context.directory);
  return buildMessage(context, entry, salt);
}

function buildMessage(context: PageContext, of: Extract<PageEntry, { ok: true }>, salt: Buffer): Part {
  const { input, directory, block } = context;
  const { entry, raw, message } = of;
  const stamp = stampMessage(
    {
      corpId: input.corpId,
      seq: entry.seq,
      publickeyVer: entry.publickeyVer,
      message,
      raw,
      salt,
      capturedAtMs: of.capturedAtMs ?? input.pulledAtMs,
      mediaEnabled: input.mediaEnabled,
    },
    directory,
  );
  const { envelope } = entry;
  const part = {
    seq: entry.seq,
    digest: stamp.digest,
    subject: messageSubject(input.corpId, stamp.partition, stamp.msgtype),
    eventTimeMs: stamp.eventTimeMs,
    quarantined: stamp.quarantined,
  };
  const sizeBytes = raw.length + envelope.length;
  if (sizeBytes <= LARGE_MESSAGE_BYTES)
    return { ...part, payload: writeCaptured({ stamp, raw, envelope }, block) };
  const objectKey = largeMessageKey(input.corpId, stamp.digest);
  const reference: CapturedMessage = {
    stamp: { ...stamp, body: { objectKey, sizeBytes } },
    raw: NOTHING,
    envelope: NOTHING,
  };
  return {
    ...part,
    payload: encodeCaptured(reference),
    object: { key: objectKey, bytes: encodeFrame([raw, envelope]) },
  };
}

const NOTHING = Buffer.alloc(0);

function buildDead(input: PageInput, of: Extract<PageEntry, { ok: false }>, salt: Buffer): Part {
  const { entry, raw } = of;
  const { envelope } = entry;
  const digest = saltedDigest(salt, envelope);
  const sizeBytes = raw.length + envelope.length;
  const objectKey = largeMessageKey(input.corpId, digest);
  const isLarge = sizeBytes > LARGE_MESSAGE_BYTES;
  const head: DeadLetterHead = {
    corpId: input.corpId,
    seq: entry.seq,
    msgid: entry.msgid,
    publickeyVer: Number.isSafeInteger(entry.publickeyVer) ? entry.publickeyVer : 0,
    reason: of.reason,
    detail: of.detail,
    capturedAtMs: of.capturedAtMs ?? input.pulledAtMs,
    salt: salt.toString('base64'),
    digest,
    ...(isLarge ? { body: { objectKey, sizeBytes } } : {}),
  };
  return {
    seq: entry.seq,
    digest,
    subject: deadSubject(input.corpId, of.reason),
    payload: encodeDeadLetter(isLarge ? { head, raw: NOTHING, envelope: NOTHING } : { head, raw, envelope }),
    eventTimeMs: 0,
    quarantined: false,
    dead: of.reason,
    ...(isLarge ? { object: { key: objectKey, bytes: encodeFrame([raw, envelope]) } } : {}),
  };
}

/** Entries after the cursor; what WeCom repeats is already captured. */
export function entriesAfter<T extends { readonly seq: Decimal }>(
  entries: readonly T[],
  cursor: Decimal,
): T[] {
  return entries.filter((entry) => compareDecimals(entry.seq, cursor) > 0);
}
