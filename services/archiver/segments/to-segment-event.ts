// Between the events of the capture stream and those of a segment. What cannot be read is kept as it came: it stops nothing and is not lost.
import {
  type CapturedMessage,
  type CaptureStamp,
  decodeCaptured,
  decodeWithStamp,
} from '@menshen/contracts/captured-message';
import { type DeadLetter, type DeadLetterHead, decodeDeadLetter } from '@menshen/contracts/dead-letter';
import { type Digest, saltedDigest } from '@menshen/contracts/digest';
import { decodeFrame } from '@menshen/contracts/frame';
import { decodeManifest, type PageManifest } from '@menshen/contracts/page-manifest';
import { captureEventKind } from '@menshen/contracts/subjects';
import { cutSalt, withoutSalt } from './cut-salt.ts';
import { SegmentDamaged, type SegmentEvent } from './segment-format.ts';

/** One message of a stream, wherever it was read from. */
export interface StreamEvent {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** An event with what the archiver needs of its content. */
export type ReadEvent =
  | { readonly kind: 'page'; readonly streamSequence: number; readonly manifest: PageManifest }
  | {
      readonly kind: 'message';
      readonly streamSequence: number;
      readonly message: CapturedMessage;
      /** JSON of the stamp as it came, without the salt. */
      readonly unsalted: Buffer;
    }
  | { readonly kind: 'enriched'; readonly streamSequence: number; readonly stamp: CaptureStamp }
  | { readonly kind: 'dead'; readonly streamSequence: number; readonly letter: DeadLetter }
  | {
      readonly kind: 'unreadable';
      readonly streamSequence: number;
      readonly subject: string;
      readonly data: Uint8Array;
    };

/** Reads raw + envelope of a message whose bytes lie in the object store. Rejects when the object is not there. */
export type LoadBody = (objectKey: string) => Promise<Buffer>;

/** Never rejects for what the event says; rejects when a large message's object cannot be read. */
export async function readEvent(event: StreamEvent, loadBody: LoadBody): Promise<ReadEvent> {
  const read = decodeEvent(event);
  if (read.kind !== 'message' || read.message.stamp.body === undefined) return read;
  const [raw, envelope] = decodeFrame(await loadBody(read.message.stamp.body.objectKey));
  if (raw === undefined || envelope === undefined)
    throw new Error(`the large message at stream sequence ${event.sequence} lacks its parts`);
  return { ...read, message: { stamp: read.message.stamp, raw, envelope } };
}

function decodeEvent(event: StreamEvent): ReadEvent {
  const streamSequence = event.sequence;
  try {
    switch (captureEventKind(event.subject)) {
      case 'page':
        return { kind: 'page', streamSequence, manifest: decodeManifest(event.data) };
      case 'message':
        return { kind: 'message', streamSequence, ...decodeMessage(event.data) };
      case 'enriched':
        return { kind: 'enriched', streamSequence, stamp: decodeCaptured(event.data).stamp };
      case 'dead':
        return { kind: 'dead', streamSequence, letter: decodeDeadLetter(event.data) };
      default:
        return { kind: 'unreadable', streamSequence, subject: event.subject, data: event.data };
    }
  } catch {
    return { kind: 'unreadable', streamSequence, subject: event.subject, data: event.data };
  }
}

function decodeMessage(data: Uint8Array): { readonly message: CapturedMessage; readonly unsalted: Buffer } {
  const { message, stampJson } = decodeWithStamp(data);
  return { message, unsalted: cutSalt(stampJson, message.stamp) };
}

/** What the segment keeps of it. */
export function toSegmentEvent(event: ReadEvent): SegmentEvent {
  const { kind, streamSequence } = event;
  switch (kind) {
    case 'page':
      return { kind, streamSequence, seq: event.manifest.cursor, parts: [json(event.manifest)], salt: '' };
    case 'message': {
      const { stamp, raw, envelope } = event.message;
      return {
        kind,
        streamSequence,
        seq: stamp.seq,
        parts: [event.unsalted, raw, envelope],
        salt: stamp.salt,
      };
    }
    case 'enriched':
      return {
        kind,
        streamSequence,
        seq: event.stamp.seq,
        parts: [withoutSalt(event.stamp)],
        salt: event.stamp.salt,
      };
    case 'dead': {
      const { head, raw, envelope } = event.letter;
      return {
        kind,
        streamSequence,
        seq: head.seq,
        parts: [withoutSalt(head), raw, envelope],
        salt: head.salt,
      };
    }
    case 'unreadable':
      return { kind, streamSequence, seq: '0', parts: [Buffer.from(event.subject), event.data], salt: '' };
  }
}

/**
 * Inverse of {@link toSegmentEvent}. Throws `SegmentDamaged` on an event of another stream, and on a message or dead letter whose bytes
 * are not those that were captured. Where the salt was removed that cannot be told.
 */
export function fromSegmentEvent(event: SegmentEvent): ReadEvent {
  const { kind, streamSequence, salt, parts } = event;
  const [first, raw, envelope] = parts;
  const second = raw ?? EMPTY;
  const third = envelope ?? EMPTY;
  if (first === undefined) throw new SegmentDamaged(`event ${streamSequence} has no parts`);
  switch (kind) {
    case 'page':
      return { kind, streamSequence, manifest: decodeManifest(first) };
    case 'message': {
      const stamp = { ...parse<CaptureStamp>(first), salt };
      checkDigest(event, stamp, second);
      const message = { stamp, raw: second, envelope: third };
      return { kind, streamSequence, message, unsalted: Buffer.from(first) };
    }
    case 'enriched':
      return { kind, streamSequence, stamp: { ...parse<CaptureStamp>(first), salt } };
    case 'dead': {
      const head = { ...parse<DeadLetterHead>(first), salt };
      checkDigest(event, head, third);
      return { kind, streamSequence, letter: { head, raw: second, envelope: third } };
    }
    case 'unreadable':
      return { kind, streamSequence, subject: Buffer.from(first).toString('utf8'), data: second };
    default:
      throw new SegmentDamaged(`event ${streamSequence} is a ${kind}, not of the capture stream`);
  }
}

function checkDigest({ streamSequence }: SegmentEvent, of: Digested, bytes: Uint8Array): void {
  if (of.salt === '' || saltedDigest(Buffer.from(of.salt, 'base64'), bytes) === of.digest) return;
  throw new SegmentDamaged(`the bytes of event ${streamSequence} are not those of its digest`);
}

interface Digested {
  readonly salt: string;
  readonly digest: Digest;
}

const EMPTY = Buffer.alloc(0);

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const parse = <T>(bytes: Uint8Array): T => JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
