// The stamp of a message as JSON, written for every message that is captured: JSON.stringify would cost more than parsing the message did.
// Everything is ASCII, other characters as \u escapes: such a text is half as large in memory and is copied, not encoded, into a payload.
import type { CaptureStamp, Recipients, Sender } from './captured-message.ts';

/** JSON of a stamp: `JSON.parse` gives back the stamp. ASCII only. */
export function encodeStamp(stamp: CaptureStamp): string {
  const { facts, body } = stamp;
  const derived = facts.version === 0 && facts.media.length === 0 ? nothingDerived(facts) : asciiJson(facts);
  return (
    `{"corpId":${asciiJson(stamp.corpId)},"seq":"${stamp.seq}","msgid":${asciiJson(stamp.msgid)},"msgtype":${asciiJson(stamp.msgtype)},` +
    `"publickeyVer":${stamp.publickeyVer},"capturedAtMs":${stamp.capturedAtMs},"eventTimeMs":${stamp.eventTimeMs},` +
    `"conversationId":${asciiJson(stamp.conversationId)},"conversationKind":"${stamp.conversationKind}","partition":${stamp.partition},` +
    `"direction":"${stamp.direction}","sender":${senderJson(stamp.sender)},"recipients":${recipientsJson(stamp.recipients)},` +
    `"directoryVersion":${stamp.directoryVersion},"consent":"${stamp.consent}","quarantined":${stamp.quarantined},` +
    `"salt":"${stamp.salt}","digest":"${stamp.digest}","facts":${derived}` +
    (body === undefined ? '}' : `,"body":${asciiJson(body)}}`)
  );
}

function nothingDerived({ pending }: CaptureStamp['facts']): string {
  return pending.length === 0
    ? '{"version":0,"media":[],"pending":[]}'
    : `{"version":0,"media":[],"pending":${asciiJson(pending)}}`;
}

/** Capture hands out one object for each participant until the directory changes: so each is written once. */
const senders = new WeakMap<Sender, string>();

function senderJson(sender: Sender): string {
  const known = senders.get(sender);
  if (known !== undefined) return known;
  const json = asciiJson(sender);
  senders.set(sender, json);
  return json;
}

/** Likewise for the one recipient of a direct conversation; those of a group are summed anew for every message. */
const alone = new WeakMap<Recipients, string>();

function recipientsJson(recipients: Recipients): string {
  const { staff, external, robot, unknown } = recipients;
  if (staff + external + robot + unknown !== 1) return asciiJson(recipients);
  const known = alone.get(recipients);
  if (known !== undefined) return known;
  const json = asciiJson(recipients);
  alone.set(recipients, json);
  return json;
}

function asciiJson(value: unknown): string {
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  const json = JSON.stringify(value);
  return BEYOND_ASCII.test(json) ? json.replace(EACH_BEYOND_ASCII, escapeUnit) : json;
}

/** What needs no escape at all: nearly every id. */
const PLAIN = /^[\w:.@+/=-]*$/;
const BEYOND_ASCII = /[^\0-\x7f]/;
const EACH_BEYOND_ASCII = /[^\0-\x7f]/g;

/** Each UTF-16 code unit by itself: a pair of surrogates becomes two escapes, as JSON wants it (RFC 8259 §7). */
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
