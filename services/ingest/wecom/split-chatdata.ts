// The body of getchatdata becomes entries, each with its JSON exactly as pulled. Entries are flat objects whose long values are base64,
// so they are cut at their braces and parsed one by one; a body of any other form is parsed as a whole.
import { parseJsonKeepingIntegers } from '@menshen/contracts/decimal';
import type { PulledEntry } from './source.ts';

/** Cuts `body` (JSON, already known to be an object with errcode 0) into entries. Missing or empty chatdata means caught up. */
export function splitChatdata(body: string): readonly PulledEntry[] {
  return cutFlat(body) ?? parseWhole(body);
}

const ARRAY_START = /"chatdata"\s*:\s*\[/;

function cutFlat(body: string): PulledEntry[] | undefined {
  const start = ARRAY_START.exec(body);
  if (start === null) return undefined;
  const entries: PulledEntry[] = [];
  for (let at = start.index + start[0].length; ; ) {
    const open = body.indexOf('{', at);
    const end = body.indexOf(']', at);
    // After the last entry only white space and the end of the array may come.
    if (open < 0 || (end >= 0 && end < open))
      return body.slice(at, end).trim() === '' || body.slice(at, end).trim() === ',' ? entries : undefined;
    const close = body.indexOf('}', open);
    if (close < 0) return undefined;
    const text = body.slice(open, close + 1);
    const fields = parseFlat(text);
    if (fields === undefined) return undefined;
    entries.push(readEntry(fields, text));
    at = close + 1;
  }
}

function parseFlat(text: string): unknown {
  try {
    return parseJsonKeepingIntegers(text);
  } catch {
    return undefined;
  }
}

function parseWhole(body: string): PulledEntry[] {
  const json = parseJsonKeepingIntegers(body) as { chatdata?: unknown };
  const list = Array.isArray(json.chatdata) ? (json.chatdata as unknown[]) : [];
  return list.map((entry) => readEntry(entry, JSON.stringify(entry)));
}

function readEntry(value: unknown, envelope: string): PulledEntry {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const entry = {
    seq: decimalOf(fields['seq']) ?? '0',
    msgid: typeof fields['msgid'] === 'string' ? fields['msgid'] : '',
    publickeyVer: Number(fields['publickey_ver'] ?? Number.NaN),
    encryptRandomKey: textOf(fields['encrypt_random_key']),
    encryptChatMsg: textOf(fields['encrypt_chat_msg']),
    envelope,
  };
  const missing = ['seq', 'publickey_ver', 'encrypt_random_key', 'encrypt_chat_msg'].filter(
    (name) => fields[name] === undefined || fields[name] === '',
  );
  if (missing.length > 0) return { ...entry, malformed: `the entry lacks ${missing.join(', ')}` };
  if (!Number.isSafeInteger(entry.publickeyVer))
    return { ...entry, malformed: 'publickey_ver is not a number' };
  return entry;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function decimalOf(value: unknown): string | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  return /^\d{1,20}$/.test(text) ? text : undefined;
}
