// The border: exact decrypted bytes become a WeComMessage, or a value that says why not. Inside, the result is trusted.
import { Ajv, type ValidateFunction } from 'ajv';
import { parseJsonKeepingIntegers } from './decimal.ts';
import type {
  KnownMessage,
  KnownMsgtype,
  MessageHead,
  SwitchEvent,
  UnknownMessage,
  WeComMessage,
} from './message.ts';
import { BODY_KEYS, BODY_SCHEMAS, HEAD_SCHEMA } from './message-schemas.ts';

export type ParsedMessage =
  | { readonly ok: true; readonly message: WeComMessage }
  | { readonly ok: false; readonly reason: 'not-json' | 'invalid-message'; readonly detail: string };

type Fields = Record<string, unknown>;

/**
 * Parses the decrypted JSON of one message (WeCom developer page p/91774).
 * Never throws. An unknown msgtype, or a known one with a malformed body, is an `UnknownMessage`, not a failure;
 * `not-json` means damaged plaintext (the envelope has no MAC), `invalid-message` a JSON value without a usable msgid.
 * `detail` names fields and types only, never content.
 */
export function parseMessage(bytes: Uint8Array): ParsedMessage {
  const text = decodeUtf8(bytes);
  if (text === undefined)
    return { ok: false, reason: 'not-json', detail: 'the plaintext is not valid UTF-8' };
  const json = parseJson(text);
  if (json === undefined) return { ok: false, reason: 'not-json', detail: 'the plaintext is not JSON' };
  if (!isFields(json))
    return { ok: false, reason: 'invalid-message', detail: 'the plaintext is JSON but not an object' };
  if (!validHead(json))
    return { ok: false, reason: 'invalid-message', detail: describe(validHead, 'message') };
  return { ok: true, message: readMessage(json) };
}

function readMessage(fields: Fields): WeComMessage {
  if (fields.action === 'switch') return readSwitch(fields);
  const head = readHead(fields);
  const wireType = typeof fields.msgtype === 'string' ? fields.msgtype : '';
  if (!isKnown(wireType)) return { ...head, msgtype: 'unknown', wireType, raw: fields };
  const keys = BODY_KEYS[wireType] ?? [wireType];
  const body = keys.map((key) => fields[key]).find((value) => value !== undefined);
  const valid = bodyValidators[wireType];
  if (!valid(body)) return unknown(head, wireType, { fields, fault: describe(valid, wireType) });
  const callId = fields.voiceid ?? fields.voipid;
  // The validator above is what makes this cast true: `body` has the form that `wireType` names.
  return {
    ...head,
    msgtype: wireType,
    body,
    ...(typeof callId === 'string' ? { callId } : {}),
  } as KnownMessage;
}

function unknown(
  head: MessageHead,
  wireType: string,
  why: { fields: Fields; fault: string },
): UnknownMessage {
  return { ...head, msgtype: 'unknown', wireType, raw: why.fields, fault: why.fault };
}

function readHead(fields: Fields): MessageHead {
  return {
    msgid: fields.msgid as string,
    action: fields.action === 'recall' ? 'recall' : 'send',
    from: (fields.from as string | undefined) ?? '',
    tolist: (fields.tolist as string[] | undefined) ?? [],
    roomid: (fields.roomid as string | undefined) ?? '',
    msgtime: (fields.msgtime as number | undefined) ?? 0,
  };
}

function readSwitch(fields: Fields): SwitchEvent {
  const user = typeof fields.user === 'string' ? fields.user : '';
  const time = Number(fields.time);
  return {
    ...readHead(fields),
    action: 'send',
    from: user,
    msgtime: Number.isFinite(time) ? time : 0,
    msgtype: 'switch',
    user,
  };
}

const ajv = new Ajv({ coerceTypes: true, allErrors: false, strict: true });
const validHead = ajv.compile(HEAD_SCHEMA);
const bodyValidators = Object.fromEntries(
  Object.entries(BODY_SCHEMAS).map(([msgtype, schema]) => [msgtype, ajv.compile(schema)]),
) as Record<KnownMsgtype, ValidateFunction>;

/** True for a msgtype that has a documented body. */
export function isKnown(msgtype: string): msgtype is KnownMsgtype {
  return Object.hasOwn(BODY_SCHEMAS, msgtype);
}

function describe(validator: ValidateFunction, what: string): string {
  const error = validator.errors?.[0];
  return `${what}${error?.instancePath ?? ''} ${error?.message ?? 'is malformed'}`;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return parseJsonKeepingIntegers(text);
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
