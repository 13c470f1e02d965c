// Messages of a file, one after the other, in constant memory: one JSON object a line, a table, or one plain text a line.
import { createReadStream, openSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { type CommandIo, type Flag, type Given, Refusal, required } from '../command.ts';
import { type ReadMessage, toMessage } from './message-line.ts';
import { readTable } from './read-table.ts';

const FORMATS = ['ndjson', 'csv', 'txt'] as const;
type Format = (typeof FORMATS)[number];

export const INPUT_FLAGS: readonly Flag[] = [
  {
    name: 'input',
    value: 'FILE',
    help: 'messages: .ndjson or .jsonl, .csv with a header, or text with one message a line; - reads stdin',
  },
  {
    name: 'format',
    value: 'FORMAT',
    help: 'ndjson, csv or txt, where the name of the file does not say (default: by its name)',
  },
];

/** For the help of a command with {@link INPUT_FLAGS}. */
export const ABOUT_INPUT = `A message is {"id","from","to","text","time","direction","conversation","type","room","sticker"}, of which only text is
needed, or sticker (the MD5 of one). A line that is no message is named with its number, the reason and what to do; the others go on, and the exit code is 1.`;

export interface MessageFile {
  readonly messages: AsyncIterable<ReadMessage>;
  /** Absent for stdin. */
  readonly sizeBytes?: number;
  readonly readBytes: () => number;
}

/** Throws {@link Refusal} when the file is not there or its format cannot be told. */
export function openMessages(given: Given, stdin: CommandIo['input']): MessageFile {
  const path = required(given, 'input', 'messages.ndjson');
  const format = formatOf(path, given.flags['format']);
  if (path === '-') return { messages: readMessages(() => stdin(), format), readBytes: () => 0 };
  const { fd, sizeBytes } = openFile(path);
  const stream = createReadStream(path, { fd, highWaterMark: 262_144 });
  return { messages: readMessages(() => stream, format), sizeBytes, readBytes: () => stream.bytesRead };
}

function formatOf(path: string, given: string | undefined): Format {
  const known = FORMATS.find((format) => format === given);
  if (known !== undefined) return known;
  if (given !== undefined)
    throw new Refusal('Usage', `--format is ${JSON.stringify(given)}: it must be ${FORMATS.join(' or ')}`);
  const extension = extname(path).toLowerCase();
  if (extension === '.csv') return 'csv';
  return ['.txt', '.text', '.log'].includes(extension) ? 'txt' : 'ndjson';
}

function openFile(path: string): { readonly fd: number; readonly sizeBytes: number } {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) throw new Refusal('Usage', `--input is ${path}, a folder: give a file in it`);
    return { fd: openSync(path, 'r'), sizeBytes: stats.size };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refusal('Usage', `--input is ${path}, which cannot be read (${code}): check the path`, error);
  }
}

/** Opened when the reading begins: lines that come before anyone asks for them would be lost. */
async function* linesOf(open: () => NodeJS.ReadableStream): AsyncGenerator<string> {
  let isFirst = true;
  for await (const line of createInterface({ input: open(), crlfDelay: Number.POSITIVE_INFINITY })) {
    yield isFirst ? line.replace(/^\uFEFF/, '') : line;
    isFirst = false;
  }
}

function readMessages(open: () => NodeJS.ReadableStream, format: Format): AsyncIterable<ReadMessage> {
  const lines = linesOf(open);
  return format === 'csv' ? readTable(lines) : readLines(lines, format === 'txt' ? readPlain : readJson);
}

async function* readLines(
  lines: AsyncIterable<string>,
  read: (text: string, line: number) => ReadMessage,
): AsyncGenerator<ReadMessage> {
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() !== '') yield read(line, number);
  }
}

const readPlain = (text: string, line: number): ReadMessage => toMessage({ text }, line);

function readJson(text: string, line: number): ReadMessage {
  const remedy = 'write one object a line, such as {"id":"1","text":"…"}, or say --format txt';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return toMessage(value as Readonly<Record<string, unknown>>, line);
    return { ok: false, bad: { line, reason: 'not a JSON object', remedy } };
  } catch (error) {
    // V8 quotes the line in its message; where it stands is enough, and a message may be secret.
    const place = /position \d+/.exec(error instanceof Error ? error.message : '')?.[0];
    return {
      ok: false,
      bad: { line, reason: `not JSON${place === undefined ? '' : `, at ${place}`}`, remedy },
    };
  }
}
