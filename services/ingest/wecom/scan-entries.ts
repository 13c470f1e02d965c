// Finds the entries of a chat data body in its bytes, without making strings of them. Ninety-nine hundredths of a body are base64 that only
// the decrypt workers look at: parsing it here would cost more than all the rest of capture together.
// Performance matters here more than small functions: this runs for every byte that WeCom sends.

export interface ScannedValue {
  /** Place of the first character of the value, without quotes. */
  readonly from: number;
  readonly to: number;
  readonly isString: boolean;
}

export interface ScannedEntry {
  /** Place of `{`, and after `}`. */
  readonly from: number;
  readonly to: number;
  readonly fields: ReadonlyMap<string, ScannedValue>;
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

function scanEntry(body: Buffer, from: number): ScannedEntry | undefined {
  if (body[from] !== OPEN_BRACE) return undefined;
  const fields = new Map<string, ScannedValue>();
  let at = skipSpace(body, from + 1);
  if (body[at] === CLOSE_BRACE) return { from, to: at + 1, fields };
  for (;;) {
    at = scanField(body, at, fields);
    if (body[at] === CLOSE_BRACE) return { from, to: at + 1, fields };
    if (body[at] !== COMMA) return undefined;
    at = skipSpace(body, at + 1);
  }
}

/** The place of what follows the field; beyond the body when there is no such field. */
function scanField(body: Buffer, at: number, fields: Map<string, ScannedValue>): number {
  if (body[at] !== QUOTE) return body.length;
  const nameEnd = body.indexOf(QUOTE, at + 1);
  const colon = skipSpace(body, nameEnd + 1);
  if (nameEnd < 0 || body[colon] !== COLON) return body.length;
  const value = scanValue(body, skipSpace(body, colon + 1));
  if (value === undefined) return body.length;
  fields.set(body.toString('latin1', at + 1, nameEnd), value);
  return skipSpace(body, value.isString ? value.to + 1 : value.to);
}

/** A string, or a number without sign, fraction and exponent. */
function scanValue(body: Buffer, from: number): ScannedValue | undefined {
  if (body[from] === QUOTE) {
    const to = body.indexOf(QUOTE, from + 1);
    return to < 0 ? undefined : { from: from + 1, to, isString: true };
  }
  let to = from;
  while (isDigit(body[to])) to++;
  const isPlain = to > from && (to === from + 1 || body[from] !== 0x30);
  return isPlain ? { from, to, isString: false } : undefined;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function skipSpace(body: Buffer, at: number): number {
  let byte = body[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = body[++at];
  return at;
}
