// `menshen facts`: everything that the detectors find in each message of a file, without any policy.
import { readFileSync } from 'node:fs';
import { readStickerList, type StickerMeanings } from '@menshen/policy-engine/detectors/sticker/sticker-list';
import { parseLexicon } from '@menshen/policy-engine/parse-lexicon';
import { type Command, oneOf, Refusal } from '../command.ts';
import { followMessages } from '../follow-messages.ts';
import { createFactLister, type MessageFactList } from '../list-facts.ts';
import type { FileMessage } from '../message-file/message-line.ts';
import { ABOUT_INPUT, INPUT_FLAGS, openMessages } from '../message-file/open-messages.ts';

export const facts: Command = {
  name: 'facts',
  summary:
    'what stands in each message of a file: languages, personal data, secrets, addresses, lures, emoji, stickers, without any policy',
  about: `Prints for every message of a file its languages stretch by stretch, personal data, secrets (both masked), addresses of the
net, lures and harassment, what its emoji stand for, and its sticker with what --stickers says of it: nothing else knows what it shows.
start and end count UTF-16 code units, as JavaScript and JSON editors do; end is not included.
${ABOUT_INPUT}`,
  flags: [
    ...INPUT_FLAGS,
    {
      name: 'stickers',
      value: 'FILE',
      help: 'what stickers mean: one a line, its MD5, a blank, the meaning (default: nothing is known)',
    },
    { name: 'output', value: 'FORMAT', help: 'ndjson, json or table (default: ndjson)' },
  ],
  async run(given, io) {
    const output = oneOf(given, 'output', ['ndjson', 'json', 'table']);
    const file = openMessages(given, io.input);
    const listFacts = createFactLister(readStickers(given.flags['stickers']));
    const { before, show, after } = RENDERERS[output]();
    io.out(before);
    const { badLines } = await followMessages(file, io, (message) => show(listFacts(message), message));
    io.out(after);
    return badLines === 0 ? 0 : 1;
  },
};

function readStickers(path: string | undefined): StickerMeanings {
  if (path === undefined) return new Map();
  const parsed = parseLexicon(readFlagFile('stickers', path));
  if (!parsed.ok) throw new Refusal('Usage', `--stickers is ${path}: ${parsed.message}`);
  const list = readStickerList(parsed.terms);
  if (list.ok) return list.meanings;
  throw new Refusal(
    'Usage',
    `--stickers is ${path}, which holds ${JSON.stringify(list.line.slice(0, 40))}: write an MD5, a blank and the meaning a line`,
  );
}

function readFlagFile(flag: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refusal('Usage', `--${flag} is ${path}, which cannot be read (${code}): check the path`, error);
  }
}

interface Renderer {
  readonly before: string;
  readonly show: (list: MessageFactList, message: FileMessage) => string;
  readonly after: string;
}

const RENDERERS: Readonly<Record<'ndjson' | 'json' | 'table', () => Renderer>> = {
  ndjson: () => ({ before: '', show: (list) => `${JSON.stringify(list)}\n`, after: '' }),
  json: () => {
    let separator = '';
    const show = (list: MessageFactList): string => {
      const text = `${separator}${JSON.stringify(list)}`;
      separator = ',\n';
      return text;
    };
    return { before: '[\n', show, after: '\n]\n' };
  },
  table: () => ({ before: rowOf(['line', 'id', 'from', 'to', 'fact', 'what']), show: showRows, after: '' }),
};

const WIDTHS = [6, 16, 6, 6, 34];

const rowOf = (cells: readonly string[]): string =>
  `${cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join(' ')}\n`;

/** A row for each fact; what cannot be seen in a terminal is left out of the last column. */
function showRows(list: MessageFactList, { text }: FileMessage): string {
  const rows: (readonly [start: number, end: number, fact: string, what: string])[] = [
    ...list.languages.map(
      (at) => [at.start, at.end, `language ${at.language}`, text.slice(at.start, at.end)] as const,
    ),
    ...list.personalData.map((at) => [at.start, at.end, named('personalData', at), at.value] as const),
    ...list.secrets.map((at) => [at.start, at.end, named('secret', at), at.value] as const),
    ...list.urls.map((at) => [at.start, at.end, ['url', ...at.kinds].join(' '), at.value] as const),
    ...list.lures.map((at) => [at.start, at.end, `lure ${at.kind}`, text.slice(at.start, at.end)] as const),
    ...list.stickers.map(({ md5, means = '' }) => [0, 0, `sticker ${means}`, md5] as const),
    ...list.emoji.map((at) => [at.start, at.end, ['emoji', ...at.meanings].join(' '), at.emoji] as const),
  ];
  return rows
    .sort((a, b) => a[0] - b[0] || b[1] - a[1])
    .map(([start, end, fact, what]) =>
      rowOf([String(list.line), list.id, String(start), String(end), fact, printable(what)]),
    )
    .join('');
}

const named = (what: string, { kind, validity }: { kind: string; validity: string }): string =>
  `${what} ${kind}${validity === 'Valid' ? '' : ` ${validity}`}`;

export const printable = (text: string): string => text.replace(/\p{C}/gu, ' ');
