// The body of getchatdata → entries, each with its JSON exactly as pulled. Every member may be absent (WeCom developer page p/91774;
// `chatdata` itself is missing when caught up).
import { compareDecimals, type Decimal, parseJsonKeepingIntegers } from '@menshen/contracts/decimal';
import { badAnswer, classifyErrcode, type SourceFault } from './classify-errcode.ts';
import { type ScannedEntry, type ScannedValue, scanEntries } from './scan-entries.ts';

/** One entry of chatdata. Long values stay bytes: nobody here looks into them. */
export interface PulledEntry {
  readonly seq: Decimal;
  readonly msgid: string;
  readonly publickeyVer: number;
  /** `encrypt_random_key`: base64. */
  readonly encryptRandomKey: Buffer;
  /** `encrypt_chat_msg`. */
  readonly encryptChatMsg: Buffer;
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

/** Reads the verbatim HTTP body of one pull. Never throws. */
export function readPage(body: Buffer): ReadPage {
  const scanned = scanEntries(body);
  if (scanned === undefined) return readParsed(body);
  const around = `${body.toString('utf8', 0, scanned.from)}${body.toString('utf8', scanned.to)}`;
  const checked = checkErrcode(parse(around));
  if (!checked.ok) return checked;
  return { ok: true, page: collect(scanned.entries.map((entry) => readScanned(body, entry))) };
}

/** A body of another form than WeCom's own: escapes, nested values, numbers with a sign. */
function readParsed(body: Buffer): ReadPage {
  const checked = checkErrcode(parse(body.toString('utf8')));
  if (!checked.ok) return checked;
  const list = checked.fields.chatdata ?? [];
  if (!Array.isArray(list)) return { ok: false, fault: badAnswer('chatdata is not a list') };
  return { ok: true, page: collect(list.map(readValue)) };
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
  if (!isFields(json)) return { ok: false, fault: badAnswer('the answer is not a JSON object') };
  const errcode = Number(json.errcode ?? 0);
  if (!Number.isInteger(errcode)) return { ok: false, fault: badAnswer('errcode is not a number') };
  return errcode === 0 ? { ok: true, fields: json } : { ok: false, fault: classifyErrcode(errcode) };
}

function collect(read: readonly (PulledEntry | undefined)[]): PulledPage {
  const bySeq = new Map<Decimal, PulledEntry>();
  let withoutSeq = 0;
  let repeated = 0;
  let previous = '';
  let ordered = true;
  for (const entry of read) {
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

/**
 * An entry that knows its places in the page and cuts the bytes out only when asked. A page is held while two more are on their way, and three
 * buffers for each of its entries would be most of what the garbage collector has to look at.
 */
class ScannedPulledEntry implements PulledEntry {
  readonly seq: Decimal;
  readonly msgid: string;
  readonly publickeyVer: number;
  readonly malformed?: string;
  readonly #body: Buffer;
  readonly #scanned: ScannedEntry;

  constructor(body: Buffer, scanned: ScannedEntry, checked: CheckedEntry) {
    this.seq = checked.seq;
    this.msgid = checked.msgid;
    this.publickeyVer = checked.publickeyVer;
    if (checked.malformed !== undefined) this.malformed = checked.malformed;
    this.#body = body;
    this.#scanned = scanned;
  }

  get encryptRandomKey(): Buffer {
    return textAt(this.#body, this.#scanned.encryptRandomKey);
  }

  get encryptChatMsg(): Buffer {
    return textAt(this.#body, this.#scanned.encryptChatMsg);
  }

  get envelope(): Buffer {
    return this.#body.subarray(this.#scanned.from, this.#scanned.to);
  }
}

/** Bytes of a string value; nothing for a number or a field that is not there. */
const textAt = (body: Buffer, value: ScannedValue): Buffer =>
  value.isString ? body.subarray(value.from, value.to) : NOTHING;

const lengthOf = (value: ScannedValue): number => (value.isString ? value.to - value.from : 0);

function readScanned(body: Buffer, scanned: ScannedEntry): PulledEntry | undefined {
  const { seq, msgid, publickeyVer } = scanned;
  const checked = checkEntry({
    seq: body.toString('latin1', seq.from, seq.to),
    msgid: msgid.isString ? body.toString('utf8', msgid.from, msgid.to) : '',
    publickeyVer: body.toString('latin1', publickeyVer.from, publickeyVer.to),
    randomKeyBytes: lengthOf(scanned.encryptRandomKey),
    messageBytes: lengthOf(scanned.encryptChatMsg),
  });
  return checked === undefined ? undefined : new ScannedPulledEntry(body, scanned, checked);
}

function readValue(value: unknown): PulledEntry | undefined {
  if (!isFields(value)) return undefined;
  const text = (name: string): string => (typeof value[name] === 'string' ? value[name] : '');
  const digits = (name: string): string =>
    typeof value[name] === 'number' ? String(value[name]) : text(name);
  const encryptRandomKey = Buffer.from(text('encrypt_random_key'));
  const encryptChatMsg = Buffer.from(text('encrypt_chat_msg'));
  const checked = checkEntry({
    seq: digits('seq'),
    msgid: text('msgid'),
    publickeyVer: digits('publickey_ver'),
    randomKeyBytes: encryptRandomKey.length,
    messageBytes: encryptChatMsg.length,
  });
  if (checked === undefined) return undefined;
  return { ...checked, encryptRandomKey, encryptChatMsg, envelope: Buffer.from(JSON.stringify(value)) };
}

/** One entry from its own JSON, as a dead letter kept it. */
export function readEnvelope(envelope: Buffer): PulledEntry | undefined {
  const entry = readValue(parse(envelope.toString('utf8')));
  return entry === undefined ? undefined : { ...entry, envelope };
}

const SEQ = /^(0|[1-9]\d{0,19})$/;

interface RawEntry {
  readonly seq: string;
  readonly msgid: string;
  readonly publickeyVer: string;
  readonly randomKeyBytes: number;
  readonly messageBytes: number;
}

type CheckedEntry = Pick<PulledEntry, 'seq' | 'msgid' | 'publickeyVer' | 'malformed'>;

/** `undefined` for an entry without a seq. */
function checkEntry(raw: RawEntry): CheckedEntry | undefined {
  const { seq, msgid } = raw;
  if (!SEQ.test(seq)) return undefined;
  const publickeyVer = /^\d{1,9}$/.test(raw.publickeyVer) ? Number(raw.publickeyVer) : Number.NaN;
  if (!Number.isNaN(publickeyVer) && raw.randomKeyBytes > 0 && raw.messageBytes > 0)
    return { seq, msgid, publickeyVer };
  const missing = [
    ...(Number.isNaN(publickeyVer) ? ['publickey_ver'] : []),
    ...(raw.randomKeyBytes === 0 ? ['encrypt_random_key'] : []),
    ...(raw.messageBytes === 0 ? ['encrypt_chat_msg'] : []),
  ];
  return { seq, msgid, publickeyVer, malformed: `the entry lacks a usable ${missing.join(', ')}` };
}

const NOTHING = Buffer.alloc(0);

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
