// Everything at once, as a large firm would run it: keywords in five views, personal data, secrets, addresses, lures and the language of every
// message, against modern-ahocorasick on the keywords alone; and what hundreds of patterns and policies cost that are there and do not apply.
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import type { Rule } from '@menshen/policy-engine/policy-spec';
import AhoCorasick from 'modern-ahocorasick';
import { asFacts } from './bench-scan.ts';
import { buildManyKeywords, FIVE_VIEWS } from './measure-views.ts';
import { buildMessages, PATTERNS } from './scan-corpus.ts';
import { type Turn, takeTurns } from './take-turns.ts';

const WORK = { items: 20_000, chunk: 1_000, rounds: 12, warmUp: 8 };

export interface EverythingResult {
  readonly what: string;
  readonly keywords: number;
  /** Messages a second of CPU. */
  readonly value: number;
  readonly reference: number;
  readonly ratio: number;
}

/**
 * Each detector added to the ones before it, so that the price of each can be read off. Each step in a thread of its own: V8 learns from what
 * runs, and four engines after one another are not what a scanner runs.
 */
export async function measureEverything(count: number, seed: number): Promise<EverythingResult[]> {
  const results: EverythingResult[] = [];
  for (let step = 0; step < STEPS.length; step++) results.push(await inThread({ step, count, seed }));
  return results;
}

interface StepOrder {
  readonly step: number;
  readonly count: number;
  readonly seed: number;
}

async function inThread(order: StepOrder): Promise<EverythingResult> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  const [result] = (await once(worker, 'message')) as [EverythingResult];
  return tell(result);
}

function measureStep({ step, count, seed }: StepOrder): EverythingResult {
  const keywords = buildManyKeywords(count, seed);
  const texts = buildMessages(WORK.items, keywords, seed + 1);
  const facts = texts.map(asFacts);
  const peer = new AhoCorasick([...keywords]);
  const rules = [...keywordRules(keywords), ...STEPS.slice(0, step + 1).flatMap(({ add }) => add)];
  const engine = compile([{ name: 'everything', spec: { rules } }]);
  const turns = takeTurns(
    WORK,
    (from, to) => judge(engine, facts, from, to),
    (from, to) => search(peer, texts, from, to),
  );
  return {
    what: STEPS[step]?.what ?? '',
    keywords: count,
    ...speedsOf(turns),
    ratio: round(sum(turns, 'theirs') / sum(turns, 'ours')),
  };
}

const one = (name: string, condition: object): Rule => ({ name, any: [condition] });

const STEPS: readonly { readonly what: string; readonly add: readonly Rule[] }[] = [
  { what: 'keywords in five views', add: [] },
  {
    what: '+ personal data, secrets, urls',
    add: [
      one('personal-data', { personalData: {} }),
      one('secrets', { secrets: {} }),
      one('urls', { urls: {} }),
    ],
  },
  { what: '+ language', add: [one('language', { language: { notIn: ['zh', 'yue', 'en'] } })] },
  { what: '+ lures', add: [one('lures', { lures: {} })] },
];

export interface ManyPolicies {
  readonly what: string;
  /** Messages a second of CPU with ten policies, and with what is added to them. */
  readonly base: number;
  readonly value: number;
  /** How much longer a message takes, per cent. */
  readonly costPercent: number;
}

const APPLYING = 10;
const POLICIES = 100;
const REGEXES = 200;

/** Ten policies of keywords and patterns apply; then 90 more are there that do not, and 200 patterns instead of 50. */
export function measurePolicies(count: number, seed: number): ManyPolicies[] {
  const keywords = buildManyKeywords(count, seed);
  const facts = buildMessages(WORK.items, keywords, seed + 1).map(asFacts);
  const share = (index: number): string[] => keywords.filter((_, at) => at % APPLYING === index);
  const firm = (regexes: readonly string[]) =>
    Array.from({ length: APPLYING }, (_, index) => ({
      name: `policy-${index}`,
      spec: {
        rules: [
          ...keywordRules(share(index)),
          ...patternRules(regexes.filter((_, at) => at % APPLYING === index)),
        ],
      },
    }));
  // Of other departments: they look for the same and more, and nobody of theirs is in these conversations.
  const others = Array.from({ length: POLICIES - APPLYING }, (_, index) => ({
    name: `other-${index}`,
    spec: {
      scope: { senders: { departments: [`Acme/Branch ${index}`] } },
      rules: [
        ...keywordRules(share(index % APPLYING).slice(0, 200)),
        ...patternRules([PATTERNS[index % PATTERNS.length] as string]),
      ],
    },
  }));
  const base = compile(firm(PATTERNS));
  const against = (what: string, engine: Engine): ManyPolicies => {
    const turns = takeTurns(
      WORK,
      (from, to) => judge(engine, facts, from, to),
      (from, to) => judge(base, facts, from, to),
    );
    const ratio = sum(turns, 'ours') / sum(turns, 'theirs');
    const { value, reference } = speedsOf(turns);
    return tell({ what, base: reference, value, costPercent: Math.round(100 * (ratio - 1)) });
  };
  const many = distinctPatterns(seed);
  return [
    against(`${REGEXES} patterns instead of ${PATTERNS.length}`, compile(firm(many))),
    against(`${POLICIES} policies of which ${APPLYING} apply`, compile([...firm(PATTERNS), ...others])),
    against(`${REGEXES} patterns and ${POLICIES} policies`, compile([...firm(many), ...others])),
    against(`${REGEXES} patterns, four that hit where one did`, compile(firm(repeatedPatterns()))),
  ];
}

/** Those of the firm, and others about everything else that is said at work. */
function distinctPatterns(seed: number): string[] {
  const words = buildManyKeywords(1_000 + 3 * REGEXES, seed + 7).slice(1_000);
  const others = Array.from({ length: REGEXES - PATTERNS.length }, (_, index) => {
    const [first, second, third] = words.slice(3 * index, 3 * index + 3).map((word) => word.slice(0, 2));
    return `${first}.{0,6}(${second}|${third})`;
  });
  return [...PATTERNS, ...others];
}

/** Those of the firm in four versions, as four branches would write them. */
function repeatedPatterns(): string[] {
  return Array.from({ length: REGEXES }, (_, index) => {
    const regex = PATTERNS[index % PATTERNS.length] as string;
    const version = Math.floor(index / PATTERNS.length);
    return version === 0 ? regex : `${regex}.{0,${version}}`;
  });
}

function keywordRules(terms: readonly string[]): Rule[] {
  return Array.from({ length: Math.ceil(terms.length / 1000) }, (_, part) =>
    one(`words-${part}`, {
      keywords: { terms: terms.slice(1000 * part, 1000 * (part + 1)), see: FIVE_VIEWS },
    }),
  );
}

const patternRules = (regexes: readonly string[]): Rule[] =>
  regexes.map((regex, index) => one(`pattern-${index}`, { pattern: { regex } }));

function compile(policies: readonly { readonly name: string; readonly spec: object }[]): Engine {
  const sources = policies.map(({ name, spec }) => ({ namespace: 'bench', name, spec }));
  const { engine, rejected } = compilePolicySet(sources, new Map());
  if (rejected.length > 0)
    throw new Error(`the benchmark's policies do not compile: ${JSON.stringify(rejected[0])}`);
  return engine;
}

type Facts = ReturnType<typeof asFacts>;

function judge(engine: Engine, facts: readonly Facts[], from: number, to: number): number {
  let found = 0;
  for (let at = from; at < to; at++) found += evaluate(engine, facts[at] as Facts).length;
  return found;
}

function search(peer: AhoCorasick, texts: readonly string[], from: number, to: number): number {
  let found = 0;
  for (let at = from; at < to; at++) found += peer.search(texts[at] as string).length;
  return found;
}

// Sums, not medians: the clock of a thread ticks in milliseconds here and there, and a turn is a few of them.
const sum = (turns: readonly Turn[], side: keyof Turn): number =>
  turns.reduce((total, turn) => total + turn[side], 0);

const speedsOf = (turns: readonly Turn[]): { value: number; reference: number } => ({
  value: Math.round((WORK.chunk * turns.length) / sum(turns, 'ours')),
  reference: Math.round((WORK.chunk * turns.length) / sum(turns, 'theirs')),
});

const round = (ratio: number): number => Number(ratio.toFixed(2));

function tell<Result>(result: Result): Result {
  process.stderr.write(`${JSON.stringify(result)}\n`);
  return result;
}

if (parentPort !== null && isOrder(workerData)) parentPort.postMessage(measureStep(workerData));

function isOrder(value: unknown): value is StepOrder {
  return typeof value === 'object' && value !== null && 'step' in value;
}
