// The body of getchatdata → entries, each with its JSON exactly as pulled. Every member may be absent (WeCom developer page p/91774;
// `chatdata` itself is missing when caught up).
import { compareDecimals, type Decimal, parseJsonKeepingIntegers } from '@menshen/contracts/decimal';
import { badAnswer, classifyErrcode, type SourceFault } from './classify-errcode.ts';

/** One entry of chatdata. */
export interface PulledEntry {
  readonly seq: Decimal;
  readonly msgid: string;
  readonly publickeyVer: number;
  readonly encryptRandomKey: string;
  readonly encryptChatMsg: string;
  /** The entry's JSON as pulled, for the record. */
  readonly envelope: Buffer;
  /** Why the entry cannot be opened, when its form is wrong; names fields only. */
  readonly malformed?: string;
}

export interface PulledPage {
  /** By seq, each seq once. */
  readonly entries: readonly PulledEntry[];
  /** Entries that name no seq: nothing can be said about them, not even whether they came before. */
  readonly withoutSeq: number;
  /** Entries that repeated a seq of the same page. */
  readonly repeated: number;
}

export type ReadPage =
  | { readonly ok: true; readonly page: PulledPage }
  | { readonly ok: false; readonly fault: SourceFault };

type Fields = Readonly<Record<string, unknown>>;
interface Item {
  readonly value: unknown;
  /** JSON of the value. */
  readonly bytes: Buffer;
}

/** Reads the verbatim HTTP body of one pull. Never throws. */
export function readPage(body: Buffer): ReadPage {
  const text = body.toString('utf8');
  const cut = cutEntries(text, body);
  const rest = parse(cut === undefined ? text : cut.rest);
  if (rest === undefined)
    return { ok: false, fault: badAnswer(`the answer (${body.length} bytes) is not JSON`) };
  const checked = checkErrcode(rest);
  if (!checked.ok) return checked;
  if (cut !== undefined) return { ok: true, page: readEntries(cut.items) };
  const list = checked.fields.chatdata ?? [];
  if (!Array.isArray(list)) return { ok: false, fault: badAnswer('chatdata is not a list') };
  const items = list.map((value: unknown) => ({ value, bytes: Buffer.from(JSON.stringify(value)) }));
  return { ok: true, page: readEntries(items) };
}

const ARRAY_START = /"chatdata"\s*:\s*\[/;
const BETWEEN = /^[\s,]*$/;

/**
 * Entries are flat objects whose long values are base64, so they are cut at their braces and parsed one by one: that keeps the bytes of each.
 * A slice that ends too early is not JSON, so a wrong cut cannot pass; then, or in any other form, the body is parsed as a whole.
 */
function cutEntries(text: string, body: Buffer): { items: Item[]; rest: string } | undefined {
  const start = ARRAY_START.exec(text);
  // Only in plain ASCII are places in the text places in the bytes; whatever WeCom writes here is ASCII.
  if (start === null || text.length !== body.length) return undefined;
  const from = start.index + start[0].length;
  const items: Item[] = [];
  let at = from;
  for (let next = cutEntry(text, at); next !== undefined; next = cutEntry(text, at)) {
    items.push({ value: next.value, bytes: body.subarray(next.open, next.end) });
    at = next.end;
  }
  const end = text.indexOf(']', at);
  if (end < 0 || !BETWEEN.test(text.slice(at, end))) return undefined;
  return { items, rest: `${text.slice(0, from)}${text.slice(end)}` };
}

/** The next entry after `at`, `undefined` when what follows is not one. */
function cutEntry(text: string, at: number): { value: unknown; open: number; end: number } | undefined {
  const open = text.indexOf('{', at);
  if (open < 0 || !BETWEEN.test(text.slice(at, open))) return undefined;
  const end = text.indexOf('}', open) + 1;
  if (end === 0) return undefined;
  const value = parse(text.slice(open, end));
  return value === undefined ? undefined : { value, open, end };
}

/** A seq beyond 2^53 was rounded: only then the parser that keeps integers is worth its price. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    const isRounded = !isFields(value) || (typeof value.seq === 'number' && !Number.isSafeInteger(value.seq));
    return isRounded || value.chatdata !== undefined ? parseJsonKeepingIntegers(text) : value;
  } catch {
    return undefined;
  }
}

/** An answer of WeCom is an object with `errcode`; 0 or absent is success. */
export function checkErrcode(
  json: unknown,
): { ok: true; fields: Fields } | { ok: false; fault: SourceFault } {
  if (!isFields(json)) return { ok: false, fault: badAnswer('the answer is JSON but not an object') };
  const errcode = Number(json.errcode ?? 0);
  if (!Number.isInteger(errcode)) return { ok: false, fault: badAnswer('errcode is not a number') };
  return errcode === 0 ? { ok: true, fields: json } : { ok: false, fault: classifyErrcode(errcode) };
}

function readEntries(items: readonly Item[]): PulledPage {
  const bySeq = new Map<Decimal, PulledEntry>();
  let withoutSeq = 0;
  let repeated = 0;
  let previous = '';
  let ordered = true;
  for (const item of items) {
    const entry = readEntry(item);
    if (entry === undefined) withoutSeq++;
    else if (bySeq.has(entry.seq)) repeated++;
    else {
      ordered = ordered && compareDecimals(previous, entry.seq) < 0;
      previous = entry.seq;
      bySeq.set(entry.seq, entry);
    }
  }
  const entries = [...bySeq.values()];
  if (!ordered) entries.sort((a, b) => compareDecimals(a.seq, b.seq));
  return { entries, withoutSeq, repeated };
}

/** One entry from its own JSON, as a dead letter kept it. */
export function readEnvelope(bytes: Buffer): PulledEntry | undefined {
  return readEntry({ value: parse(bytes.toString('utf8')), bytes });
}

function readEntry({ value, bytes }: Item): PulledEntry | undefined {
  if (!isFields(value)) return undefined;
  const seq = readSeq(value.seq);
  if (seq === undefined) return undefined;
  const publickeyVer = Number(value.publickey_ver ?? Number.NaN);
  const entry: PulledEntry = {
    seq,
    msgid: textOf(value.msgid),
    publickeyVer,
    encryptRandomKey: textOf(value.encrypt_random_key),
    encryptChatMsg: textOf(value.encrypt_chat_msg),
    envelope: bytes,
  };
  const complete =
    Number.isInteger(publickeyVer) && entry.encryptRandomKey !== '' && entry.encryptChatMsg !== '';
  return complete ? entry : { ...entry, malformed: describeMissing(entry) };
}

function describeMissing(entry: PulledEntry): string {
  const missing = [
    ...(Number.isInteger(entry.publickeyVer) ? [] : ['publickey_ver']),
    ...(entry.encryptRandomKey === '' ? ['encrypt_random_key'] : []),
    ...(entry.encryptChatMsg === '' ? ['encrypt_chat_msg'] : []),
  ];
  return `the entry lacks a usable ${missing.join(', ')}`;
}

const DIGITS = /^(0|[1-9]\d{0,19})$/;

function readSeq(value: unknown): Decimal | undefined {
  const digits = typeof value === 'number' ? String(value) : value;
  return typeof digits === 'string' && DIGITS.test(digits) ? digits : undefined;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
