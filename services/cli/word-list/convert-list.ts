// What others publish as a list becomes one of ours: an entry a line, each once, in order, so that the same entries have the same digest
// however they were sorted that day.
import { MAX_ADDRESS_LENGTH, MAX_TERM_LENGTH } from '@menshen/policy-engine/parse-lexicon';
import { Refusal } from '../command.ts';
import { splitRow } from '../message-file/read-table.ts';

export const LIST_FORMATS = ['lines', 'hosts', 'csv'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export interface ConvertedList {
  readonly bytes: Uint8Array;
  readonly entries: number;
  /** Lines that hold no entry, or one that is too long. */
  readonly skipped: number;
}

/** With more lines than this that hold no entry, it is most likely another format: of a hundred. */
const MOST_SKIPPED_PERCENT = 10;

/**
 * lines: an entry a line. hosts: the form of /etc/hosts (`0.0.0.0 evil.com`), of which the names are taken. csv: one column, by its name in
 * the first line or its number from 1; lines that begin with # are left out in each. Throws {@link Refusal} when that is not what it is.
 */
export function convertList(bytes: Uint8Array, format: ListFormat, column = '1'): ConvertedList {
  const lines = decode(bytes)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const found =
    format === 'csv' ? readColumn(lines, column) : lines.flatMap(format === 'hosts' ? readHosts : readLine);
  const entries = [
    ...new Set(found.filter((entry): entry is string => entry !== undefined && fits(entry))),
  ].sort();
  const skipped = found.filter((entry) => entry === undefined || !fits(entry)).length;
  if (skipped * 100 > found.length * MOST_SKIPPED_PERCENT)
    throw new Refusal(
      'Failed',
      `${skipped} of ${found.length} lines are no ${format === 'csv' ? 'rows with that column' : format}: choose another --format`,
    );
  if (entries.length === 0) throw new Refusal('Failed', 'the list has no entries: nothing is published');
  return { bytes: Buffer.from(`${entries.join('\n')}\n`), entries: entries.length, skipped };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Refusal('Failed', 'the list is not UTF-8: ask for another form of it', error);
  }
}

const fits = (entry: string): boolean =>
  entry.length <= (/^[a-z]+:\/\//i.test(entry) ? MAX_ADDRESS_LENGTH : MAX_TERM_LENGTH);

const readLine = (line: string): (string | undefined)[] => [line];

const HOST = /^(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?\.)+[\p{L}\p{N}-]{2,}$/u;
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$|^[0-9a-f]*:[0-9a-f:]+$/i;

/** An address and names behind it, or a name by itself; what comes after # is a remark. Names without a dot are the machine's own. */
function readHosts(line: string): (string | undefined)[] {
  const [first = '', ...rest] = line.replace(/#.*$/, '').trim().split(/\s+/);
  const names = ADDRESS.test(first) ? rest : [first, ...rest];
  const own = names.filter((name) => !name.includes('.') || ADDRESS.test(name));
  if (own.length === names.length) return own.length > 0 && ADDRESS.test(first) ? [] : [undefined];
  return names
    .filter((name) => !own.includes(name))
    .map((name) => (HOST.test(name) ? name.toLowerCase() : undefined));
}

function readColumn(lines: readonly string[], column: string): (string | undefined)[] {
  const rows = lines.map(splitRow);
  if (/^[1-9]\d*$/.test(column)) return rows.map((row) => entryAt(row, Number(column) - 1));
  const names = (rows[0] ?? []).map((name) => name.trim().toLowerCase());
  const index = names.indexOf(column.toLowerCase());
  if (index < 0)
    throw new Refusal(
      'Failed',
      `there is no column ${column}, but ${names.slice(0, 8).join(', ')}: correct --column`,
    );
  return rows.slice(1).map((row) => entryAt(row, index));
}

function entryAt(row: readonly string[] | undefined, index: number): string | undefined {
  const entry = row?.[index]?.trim();
  return entry === '' ? undefined : entry;
}
