// A table of comma-separated values (RFC 4180) whose first line names the columns: fields may be quoted and go over several lines.
import { type ReadMessage, toMessage } from './message-line.ts';

/** What may stand in front of the columns that are read. */
const KNOWN = ['id', 'from', 'to', 'text', 'time', 'direction', 'conversation', 'type', 'room', 'sticker'];
/** A quoted field that is longer was most likely never closed. Characters. */
const LONGEST_ROW = 1_048_576;

/** Bad rows are told one by one. A header without `text` ends the reading. Empty rows are left out. */
export async function* readTable(lines: AsyncIterable<string>): AsyncGenerator<ReadMessage> {
  let columns: readonly string[] | undefined;
  for await (const { line, row } of joinRows(lines)) {
    if (typeof row === 'string') yield { ok: false, bad: { line, reason: row, remedy: UNCLOSED } };
    else if (columns === undefined) {
      columns = row.map((name) => name.trim().toLowerCase());
      if (columns.includes('text')) continue;
      const reason = `the first line names no column text, but ${columns.slice(0, 8).join(', ')}`;
      yield { ok: false, bad: { line, reason, remedy: `name the columns, such as ${KNOWN.join(',')}` } };
      return;
    } else if (row.some((field) => field !== '')) yield toRowMessage(columns, row, line);
  }
}

const UNCLOSED = 'close the quote, and write a quote inside a quoted field twice';

function toRowMessage(columns: readonly string[], row: readonly string[], line: number): ReadMessage {
  if (row.length > columns.length)
    return {
      ok: false,
      bad: {
        line,
        reason: `${row.length} fields where the first line names ${columns.length} columns`,
        remedy: 'put a field with a comma into double quotes',
      },
    };
  const fields: Record<string, unknown> = {};
  for (const [index, name] of columns.entries())
    if (KNOWN.includes(name) && (name === 'text' || (row[index] ?? '') !== '')) fields[name] = row[index];
  const time = fields['time'];
  if (typeof time === 'string' && /^\d{11,}$/.test(time)) fields['time'] = Number(time);
  return toMessage(fields, line);
}

/** Rows, each with the number of its first line; a text instead of a row says what is wrong with it. */
async function* joinRows(
  lines: AsyncIterable<string>,
): AsyncGenerator<{ readonly line: number; readonly row: readonly string[] | string }> {
  let [number, first, open] = [0, 1, ''];
  for await (const line of lines) {
    number++;
    if (open === '') first = number;
    open = open === '' ? line : `${open}\n${line}`;
    const row = splitRow(open);
    if (row === undefined && open.length <= LONGEST_ROW) continue;
    yield { line: first, row: row ?? 'a quoted field does not end' };
    open = '';
  }
  if (open !== '') yield { line: first, row: 'a quoted field does not end' };
}

/** Undefined when a quoted field goes on in the next line. */
export function splitRow(line: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at);
      const end = comma < 0 ? line.length : comma;
      fields.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    const close = findQuote(line, at + 1);
    if (close === undefined) return undefined;
    const comma = line.indexOf(',', close);
    const end = comma < 0 ? line.length : comma;
    fields.push(line.slice(at + 1, close).replaceAll('""', '"') + line.slice(close + 1, end));
    at = end + 1;
  }
  return fields;
}

function findQuote(line: string, from: number): number | undefined {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2))
    if (line[at + 1] !== '"') return at;
  return undefined;
}
