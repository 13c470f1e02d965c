// Throws generated messages at an engine that looks through every view, and holds its evidence to what must always be true.
import { isDeepStrictEqual } from 'node:util';
import type { Evidence } from '@menshen/contracts/finding';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import { views } from '@menshen/policy-engine/views/registry';
import { asFacts } from './bench-scan.ts';
import { seededRandom } from './scan-corpus.ts';

export interface FuzzResult {
  readonly messages: number;
  readonly hits: number;
  /** Messages for which something that must be true was not; the first few, with what it was. */
  readonly wrong: readonly string[];
}

const TERMS = [
  ...[
    '保本',
    '内幕消息',
    '加微信',
    '赚钱',
    '违法',
    '12345',
    '返15个点',
    'password',
    'risk free',
    '方案',
    '一夜情',
  ],
  ...['银行卡', '诈骗', 'вот так', 'カード', '😀赌', 'é té', '𠮷野'],
];

/** Pieces of those terms in every writing, and what may stand between and beside them. */
const PIECES = [
  ...'保本内幕消息加微信赚钱违法方案一二三四五十五返个点夜情银行卡诈骗赌野',
  ...[
    '本',
    '証',
    '證',
    '銀',
    'bao',
    'ben',
    'nei',
    'mu',
    'fangan',
    'xian',
    'bb',
    'nmxx',
    'v信',
    '薇',
    '❤️',
    '💰',
    '🎲',
  ],
  ...[
    '氵去',
    '亻言',
    '一人',
    '弋',
    '讠乍',
    '马扁',
    'p@ss',
    'w0rd',
    'password',
    'risk',
    'free',
    '１２',
    '③',
    '4',
    '5',
    '幺两',
  ],
  ...[
    '宝',
    '笨',
    '木',
    '贝兼',
    'p',
    'а',
    'о',
    'カ',
    'ー',
    'ド',
    'вот',
    'так',
    'x',
    'Q',
    '7',
    '𠮷',
    '😀',
    'é',
    'e\u0301',
    't',
  ],
  ...[
    ' ',
    '　',
    '，',
    '。',
    '\n',
    '.',
    '*',
    '\u200b',
    '\ufe0f',
    '\u0301',
    '\u0336',
    '\u3099',
    '👍🏻',
    '👨‍👩‍👧',
    '\ue000',
    '\uffff',
  ],
  ...['丨', 'ﬁ', 'ﷺ', '㎏', '\ud83d', '\udc00', '\u{e0101}', '한', 'ก', 'ا', '[微笑]', '卐', '⿰', '０'],
];

/**
 * `count` messages of up to 24 pieces. Every tenth is judged again after the one behind it, every thousandth by a fresh engine: what was
 * judged before must make no difference.
 */
export function fuzzViews(count: number, seed: number): FuzzResult {
  const random = seededRandom(seed);
  const engine = compileAll();
  const wrong: string[] = [];
  let hits = 0;
  let before: { readonly text: string; readonly evidence: readonly Evidence[] } | undefined;
  for (let index = 0; index < count; index++) {
    const text = writePieces(random);
    const evidence = evidenceOf(engine, text);
    hits += evidence.length;
    const problem = evidence.map((one) => problemOf(one, text)).find((found) => found !== undefined);
    const tell = (what: string, of: string): void => {
      if (wrong.length < 10) wrong.push(`${what}: ${JSON.stringify(of)}`);
    };
    if (problem !== undefined) tell(problem, text);
    if (index % 1000 === 0 && !isDeepStrictEqual(evidence, evidenceOf(compileAll(), text)))
      tell('judged otherwise by a fresh engine', text);
    if (before !== undefined && !isDeepStrictEqual(before.evidence, evidenceOf(engine, before.text)))
      tell('judged otherwise afterwards', before.text);
    before = index % 10 === 0 ? { text, evidence } : undefined;
  }
  return { messages: count, hits, wrong };
}

function compileAll(): Engine {
  const rules = views.map(({ name }) => ({
    name: name.toLowerCase(),
    any: [{ keywords: { terms: TERMS, see: [name] } }],
  }));
  const { engine, rejected } = compilePolicySet(
    [{ namespace: 'fuzz', name: 'views', spec: { rules } }],
    new Map(),
  );
  if (rejected.length > 0)
    throw new Error(`the fuzzer's policy does not compile: ${JSON.stringify(rejected)}`);
  return engine;
}

function writePieces(random: () => number): string {
  let text = '';
  for (let left = Math.floor(random() * 25); left > 0; left--)
    text += PIECES[Math.floor(random() * PIECES.length)] as string;
  return text;
}

const evidenceOf = (engine: Engine, text: string): Evidence[] =>
  evaluate(engine, asFacts(text, 0)).flatMap(({ evidence }) => [...evidence]);

function problemOf({ start, end, text: shown, seen, view }: Evidence, text: string): string | undefined {
  if (!(start >= 0 && start < end && end <= text.length)) return `${view} points outside`;
  if (shown !== text.slice(start, end)) return `${view} shows another place`;
  if (isInsidePair(text, start) || isInsidePair(text, end)) return `${view} splits a pair`;
  if (MARK.test(text.slice(end, end + 2))) return `${view} splits a character`;
  if (seen === '' || !views.some(({ name }) => name === view)) return `${view} does not say what it saw`;
  return undefined;
}

const MARK = /^\p{M}/u;

const isInsidePair = (text: string, at: number): boolean =>
  at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
