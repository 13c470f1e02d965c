// Finds the entries of a chat data body in its bytes, without making strings of them. Ninety-nine hundredths of a body are base64 that only
// the decrypt workers look at: parsing it here would cost more than all the rest of capture together.
// Performance matters here more than small functions: this runs for every byte that WeCom sends, and what it makes lives as long as the page.

/** A value's place in the body, without quotes; `to` is 0 for a field that the entry lacks. */
export interface ScannedValue {
  from: number;
  to: number;
  isString: boolean;
}

/** The five fields that capture reads; others are passed over. When a name stands twice, the last counts, as in a JSON parser. */
export interface ScannedEntry {
  /** Place of `{`, and after `}`. */
  readonly from: number;
  to: number;
  readonly seq: ScannedValue;
  readonly msgid: ScannedValue;
  readonly publickeyVer: ScannedValue;
  readonly encryptRandomKey: ScannedValue;
  readonly encryptChatMsg: ScannedValue;
}

export interface ScannedBody {
  readonly entries: readonly ScannedEntry[];
  /** Place after `[` of chatdata, and of its `]`: what lies outside is small and is parsed as JSON. */
  readonly from: number;
  readonly to: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CHATDATA = Buffer.from('"chatdata"');

/**
 * `undefined` when the body is not a list of flat objects of plain numbers and strings without escapes, the form in which WeCom sends it:
 * then it has to be parsed as JSON. What is found is what a JSON parser would find.
 */
export function scanEntries(body: Buffer): ScannedBody | undefined {
  // An escape anywhere makes quotes ambiguous; WeCom's base64 and ids have none.
  if (body.includes(BACKSLASH)) return undefined;
  const name = body.indexOf(CHATDATA);
  if (name < 0) return undefined;
  const colon = skipSpace(body, name + CHATDATA.length);
  const bracket = skipSpace(body, colon + 1);
  if (body[colon] !== COLON || body[bracket] !== OPEN_BRACKET) return undefined;
  const from = bracket + 1;
  const entries: ScannedEntry[] = [];
  let at = skipSpace(body, from);
  if (body[at] === CLOSE_BRACKET) return { entries, from, to: at };
  for (;;) {
    const entry = scanEntry(body, at);
    if (entry === undefined) return undefined;
    entries.push(entry);
    at = skipSpace(body, entry.to);
    if (body[at] === CLOSE_BRACKET) return { entries, from, to: at };
    if (body[at] !== COMMA) return undefined;
    at = skipSpace(body, at + 1);
  }
}

const absent = (): ScannedValue => ({ from: 0, to: 0, isString: false });

function scanEntry(body: Buffer, from: number): ScannedEntry | undefined {
  if (body[from] !== OPEN_BRACE) return undefined;
  const entry: ScannedEntry = {
    from,
    to: 0,
    seq: absent(),
    msgid: absent(),
    publickeyVer: absent(),
    encryptRandomKey: absent(),
    encryptChatMsg: absent(),
  };
  let at = skipSpace(body, from + 1);
  if (body[at] !== CLOSE_BRACE) {
    for (;;) {
      at = scanField(body, at, entry);
      if (body[at] === CLOSE_BRACE) break;
      if (body[at] !== COMMA) return undefined;
      at = skipSpace(body, at + 1);
    }
  }
  entry.to = at + 1;
  return entry;
}

/** The place of what follows the field; beyond the body when there is no such field. */
function scanField(body: Buffer, at: number, entry: ScannedEntry): number {
  if (body[at] !== QUOTE) return body.length;
  const nameEnd = body.indexOf(QUOTE, at + 1);
  const colon = skipSpace(body, nameEnd + 1);
  if (nameEnd < 0 || body[colon] !== COLON) return body.length;
  const from = skipSpace(body, colon + 1);
  const value = fieldOf(body, entry, { from: at + 1, to: nameEnd }) ?? absent();
  if (!scanValue(body, from, value)) return body.length;
  return skipSpace(body, value.isString ? value.to + 1 : value.to);
}

const SEQ = Buffer.from('seq');
const MSGID = Buffer.from('msgid');
const PUBLICKEY_VER = Buffer.from('publickey_ver');
const ENCRYPT_CHAT_MSG = Buffer.from('encrypt_chat_msg');
const ENCRYPT_RANDOM_KEY = Buffer.from('encrypt_random_key');

/** The names have five different lengths: one comparison decides which it can be. */
function fieldOf(
  body: Buffer,
  entry: ScannedEntry,
  { from, to }: { readonly from: number; readonly to: number },
): ScannedValue | undefined {
  switch (to - from) {
    case SEQ.length:
      return isAt(body, from, SEQ) ? entry.seq : undefined;
    case MSGID.length:
      return isAt(body, from, MSGID) ? entry.msgid : undefined;
    case PUBLICKEY_VER.length:
      return isAt(body, from, PUBLICKEY_VER) ? entry.publickeyVer : undefined;
    case ENCRYPT_CHAT_MSG.length:
      return isAt(body, from, ENCRYPT_CHAT_MSG) ? entry.encryptChatMsg : undefined;
    case ENCRYPT_RANDOM_KEY.length:
      return isAt(body, from, ENCRYPT_RANDOM_KEY) ? entry.encryptRandomKey : undefined;
    default:
      return undefined;
  }
}

function isAt(body: Buffer, from: number, word: Buffer): boolean {
  for (let index = 0; index < word.length; index++) if (body[from + index] !== word[index]) return false;
  return true;
}

/** A string, or a number without sign, fraction and exponent. */
function scanValue(body: Buffer, from: number, value: ScannedValue): boolean {
  value.isString = body[from] === QUOTE;
  if (value.isString) {
    value.from = from + 1;
    value.to = body.indexOf(QUOTE, from + 1);
    return value.to > 0;
  }
  let to = from;
  while (isDigit(body[to])) to++;
  value.from = from;
  value.to = to;
  return to > from && (to === from + 1 || body[from] !== 0x30);
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function skipSpace(body: Buffer, at: number): number {
  let byte = body[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = body[++at];
  return at;
}
