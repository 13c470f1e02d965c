// What the SDK may be given. It ends its process on answers to gettoken that are empty or no JSON object (measured: SIGABRT), and takes a piece of a
// file whose range header is missing or in lower case for the whole file, silently. Pure.
import type { AnsweredRange, RelayFault, SdkCall } from './relayed-answer.ts';

export interface WeComAnswer {
  readonly status: number;
  /** Value of Content-Range, in any case, if there was one. */
  readonly contentRange: string | undefined;
  /** Value of Content-Encoding: the SDK asks for none. */
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
}

export interface Verdict {
  readonly fault: RelayFault | undefined;
  readonly errcode: number | undefined;
  readonly range: AnsweredRange | undefined;
}

/** `askedFrom` = first byte that a media call asked for, when it said so. */
export function judgeAnswer(call: SdkCall, answer: WeComAnswer, askedFrom: number | undefined): Verdict {
  if (answer.status !== 200) return stopped('BadStatus', `HTTP status ${answer.status}`);
  if (answer.contentEncoding !== undefined && answer.contentEncoding.toLowerCase() !== 'identity')
    return stopped('NotJson', 'the body is compressed');
  if (call === 'getchatdata') return judgePage(answer.body);
  const fields = readObject(answer.body);
  if (fields === undefined) return stopped('NotJson', 'the body is not a JSON object');
  const errcode = readErrcode(fields);
  if (errcode === undefined) return stopped('NotJson', 'errcode is not an integer');
  if (call === 'gettoken') return judgeToken(fields, errcode);
  return errcode === 0
    ? judgePiece(fields, answer, askedFrom)
    : { fault: undefined, errcode, range: undefined };
}

/**
 * A page may be many MB and is read strictly by capture itself, so here a look at both ends does: WeCom puts errcode first. Any other object is
 * parsed. An escaped quote cannot pass for the one that begins `"errcode"` at the very start.
 */
function judgePage(body: Buffer): Verdict {
  const head = /^\s*\{\s*"errcode"\s*:\s*(-?\d{1,9})\s*[,}]/.exec(body.toString('latin1', 0, 64))?.[1];
  if (
    head !== undefined &&
    body
      .toString('latin1', body.length - 8)
      .trimEnd()
      .endsWith('}')
  )
    return { fault: undefined, errcode: Number(head), range: undefined };
  const fields = readObject(body);
  const errcode = fields === undefined ? undefined : readErrcode(fields);
  return errcode === undefined
    ? stopped('NotJson', 'the body is not a JSON object with an errcode')
    : { fault: undefined, errcode, range: undefined };
}

/** Every field that the SDK reads has the type it expects: what it does with another was not measured, so it does not get one. */
function judgeToken(fields: Fields, errcode: number): Verdict {
  const { access_token: token, expires_in: seconds, errmsg } = fields;
  const fits =
    (token === undefined || (typeof token === 'string' && /^[\x21-\x7e]{0,512}$/.test(token))) &&
    (seconds === undefined ||
      (Number.isInteger(seconds) && Number(seconds) >= 0 && Number(seconds) < 2 ** 31)) &&
    (errmsg === undefined || typeof errmsg === 'string');
  if (!fits) return stopped('NotJson', 'a field has another type than documented');
  if (errcode === 0 && (token === undefined || token === '')) return stopped('NotJson', 'no access_token');
  return { fault: undefined, errcode, range: undefined };
}

/** A piece of a file: the range must be the one asked for and as long as what came. */
function judgePiece(fields: Fields, answer: WeComAnswer, askedFrom: number | undefined): Verdict {
  const { content } = fields;
  if (typeof content !== 'string') return stopped('NotJson', 'content is not a string');
  const match = /^bytes\s*(\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(answer.contentRange?.trim() ?? '');
  if (match === null) return stopped('BadRange', 'Content-Range is missing or malformed');
  const range = { from: Number(match[1]), to: Number(match[2]), total: Number(match[3]) };
  if (range.to >= range.total || range.from > range.to)
    return stopped('BadRange', 'Content-Range contradicts itself');
  if (askedFrom !== undefined && range.from !== askedFrom)
    return stopped('BadRange', 'another range than asked for');
  if (decodedLength(content) !== range.to - range.from + 1)
    return stopped('BadRange', 'content and Content-Range differ in length');
  return { fault: undefined, errcode: 0, range };
}

/** Bytes that a base64 text stands for. */
function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}

type Fields = Readonly<Record<string, unknown>>;

function readObject(body: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Absent means 0: WeCom leaves out what is empty. */
function readErrcode({ errcode = 0 }: Fields): number | undefined {
  return typeof errcode === 'number' && Number.isInteger(errcode) ? errcode : undefined;
}

function stopped(reason: RelayFault['reason'], detail: string): Verdict {
  return { fault: { reason, detail }, errcode: undefined, range: undefined };
}
