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
  /** Set when the answer must not reach the SDK. */
  readonly fault: RelayFault | undefined;
  readonly errcode: number | undefined;
  readonly range: AnsweredRange | undefined;
  /** Of a piece of a file, when there is no fault. */
  readonly ciphertext?: Buffer;
  /** For the SDK, when there is no fault. */
  readonly body: Buffer;
}

/** `asked` = the Range header of a media call, such as `bytes=0-524287`. */
export function judgeAnswer(call: SdkCall, answer: WeComAnswer, asked: string | undefined): Verdict {
  const { status, contentEncoding = 'identity', body } = answer;
  if (status !== 200) return stopped('BadStatus', `HTTP status ${status}`);
  if (contentEncoding.toLowerCase() !== 'identity') return stopped('NotJson', 'the body is compressed');
  if (call === 'getchatdata') return judgePage(body);
  const fields = readObject(body);
  const errcode = fields === undefined ? undefined : readErrcode(fields);
  if (fields === undefined || errcode === undefined) return stopped('NotJson', NO_OBJECT);
  if (call === 'gettoken') return judgeToken(fields, errcode);
  return errcode === 0 ? judgePiece(fields, answer, asked) : { ...FINE, errcode, body };
}

const NO_OBJECT = 'the body is not a JSON object with an errcode';
const FINE = { fault: undefined, range: undefined };

/**
 * A page may be many MB and is read strictly by capture itself, so here a look at both ends does: WeCom puts errcode first. Any other page is parsed.
 * The SDK hands pages on as they are.
 */
function judgePage(body: Buffer): Verdict {
  const head = /^\s*\{\s*"errcode"\s*:\s*(-?\d{1,9})\s*[,}]/.exec(body.toString('latin1', 0, 64))?.[1];
  const isClosed = body
    .toString('latin1', Math.max(0, body.length - 8))
    .trimEnd()
    .endsWith('}');
  if (head !== undefined && isClosed) return { ...FINE, errcode: Number(head), body };
  const fields = readObject(body);
  const errcode = fields === undefined ? undefined : readErrcode(fields);
  return errcode === undefined ? stopped('NotJson', NO_OBJECT) : { ...FINE, errcode, body };
}

/**
 * Written anew from the fields that the SDK reads, each of the type it expects: its JSON reader refuses what ours takes (a byte order mark, half a
 * surrogate, a NUL), and there its process ends.
 */
function judgeToken(fields: Fields, errcode: number): Verdict {
  const { access_token: token, expires_in: seconds } = fields;
  if (errcode !== 0) return { ...FINE, errcode, body: encode({ errcode, errmsg: 'refused by WeCom' }) };
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,512}$/.test(token))
    return stopped('NotJson', 'access_token is missing or not a token');
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0 || seconds > MOST_SECONDS)
    return stopped('NotJson', 'expires_in is missing or not a number of seconds');
  return {
    ...FINE,
    errcode,
    body: encode({ errcode, errmsg: 'ok', access_token: token, expires_in: seconds }),
  };
}

/** What fits in the SDK's signed 32 bits. */
const MOST_SECONDS = 2 ** 31 - 1;

/** A piece of a file: within the range asked for, from its beginning, and as long as it says. */
function judgePiece(fields: Fields, answer: WeComAnswer, asked: string | undefined): Verdict {
  const { content } = fields;
  if (typeof content !== 'string') return stopped('NotJson', 'content is not a text');
  const range = readRange(answer.contentRange);
  if (range === undefined) return stopped('BadRange', 'Content-Range is missing or malformed');
  if (!isWithin(range, asked)) return stopped('BadRange', 'another range than asked for');
  const ciphertext = Buffer.from(content, 'base64');
  if (base64Bytes(content) !== range.to - range.from + 1 || base64Bytes(content) !== ciphertext.length)
    return stopped('BadRange', 'content and Content-Range differ in length');
  return { fault: undefined, errcode: 0, range, ciphertext, body: answer.body };
}

function readRange(text: string | undefined): AnsweredRange | undefined {
  const match = /^bytes\s*(\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(text?.trim() ?? '');
  const [from, to, total] = [match?.[1], match?.[2], match?.[3]].map(Number);
  if (from === undefined || to === undefined || total === undefined) return undefined;
  return from <= to && to < total ? { from, to, total } : undefined;
}

function isWithin(range: AnsweredRange, asked: string | undefined): boolean {
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(asked ?? '');
  return match === null || (range.from === Number(match[1]) && range.to <= Number(match[2]));
}

/** Bytes that a base64 text stands for; no whole number when it is none. */
function base64Bytes(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}

type Fields = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readObject(body: Buffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(body));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Absent means 0: WeCom leaves out what is empty. */
function readErrcode({ errcode = 0 }: Fields): number | undefined {
  return typeof errcode === 'number' && Number.isSafeInteger(errcode) ? errcode : undefined;
}

const encode = (fields: Fields): Buffer => Buffer.from(JSON.stringify(fields));

function stopped(reason: RelayFault['reason'], detail: string): Verdict {
  return { fault: { reason, detail }, errcode: undefined, range: undefined, body: Buffer.alloc(0) };
}
