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
  readonly envelope: string;
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
  readonly text: string;
}

/** Reads the verbatim HTTP body of one pull. Never throws. */
export function readPage(body: Buffer): ReadPage {
  const text = body.toString('utf8');
  const cut = cutEntries(text);
  const rest = parse(cut === undefined ? text : cut.rest);
  if (rest === undefined)
    return { ok: false, fault: badAnswer(`the answer (${body.length} bytes) is not JSON`) };
  const checked = checkErrcode(rest);
  if (!checked.ok) return checked;
  if (cut !== undefined) return { ok: true, page: readEntries(cut.items) };
  const list = checked.fields.chatdata ?? [];
  if (!Array.isArray(list)) return { ok: false, fault: badAnswer('chatdata is not a list') };
  return {
    ok: true,
    page: readEntries(list.map((value: unknown) => ({ value, text: JSON.stringify(value) }))),
  };
}

const ARRAY_START = /"chatdata"\s*:\s*\[/;
const BETWEEN = /^[\s,]*$/;

/**
 * Entries are flat objects whose long values are base64, so they are cut at their braces and parsed one by one: that keeps the text of each.
 * A slice that ends too early is not JSON, so a wrong cut cannot pass; then, or in any other form, the body is parsed as a whole.
 */
function cutEntries(body: string): { items: Item[]; rest: string } | undefined {
  const start = ARRAY_START.exec(body);
  if (start === null) return undefined;
  const from = start.index + start[0].length;
  const items: Item[] = [];
  let at = from;
  for (let next = cutEntry(body, at); next !== undefined; next = cutEntry(body, at)) {
    items.push(next);
    at = next.end;
  }
  const end = body.indexOf(']', at);
  if (end < 0 || !BETWEEN.test(body.slice(at, end))) return undefined;
  return { items, rest: `${body.slice(0, from)}${body.slice(end)}` };
}

/** The next entry after `at`, `undefined` when what follows is not one. */
function cutEntry(body: string, at: number): (Item & { readonly end: number }) | undefined {
  const open = body.indexOf('{', at);
  if (open < 0 || !BETWEEN.test(body.slice(at, open))) return undefined;
  const end = body.indexOf('}', open) + 1;
  if (end === 0) return undefined;
  const text = body.slice(open, end);
  const value = parse(text);
  return value === undefined ? undefined : { value, text, end };
}

function parse(text: string): unknown {
  try {
    return parseJsonKeepingIntegers(text);
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
export function readEnvelope(text: string): PulledEntry | undefined {
  return readEntry({ value: parse(text), text });
}

function readEntry({ value, text }: Item): PulledEntry | undefined {
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
    envelope: text,
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
