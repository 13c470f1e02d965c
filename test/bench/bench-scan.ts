// How many messages a second one thread judges: fold, 1,000 keywords, 50 patterns, rules, scope and evidence, against
// modern-ahocorasick, which looks for the same keywords and does nothing else. Both take turns in the same process.
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import type { MessageFacts } from '@menshen/policy-engine/facts';
import type { Rule } from '@menshen/policy-engine/policy-spec';
import AhoCorasick from 'modern-ahocorasick';
import type { BenchResult } from './main.ts';
import {
  type EverythingResult,
  type ManyPolicies,
  measureEverything,
  measurePolicies,
} from './measure-everything.ts';
import { type Flood, measureFloods } from './measure-floods.ts';
import { measurePeers, type PeerResult } from './measure-peers.ts';
import { buildManyKeywords, compileViews, FIVE_VIEWS } from './measure-views.ts';
import { buildKeywords, buildMessages, PATTERNS } from './scan-corpus.ts';
import { median, takeTurns } from './take-turns.ts';

const KEYWORDS = 1_000;
const MESSAGES = 20_000;
/** Messages a turn: a few milliseconds of work. */
const CHUNK = 2_000;
const ROUNDS = 9;
const WORK = { items: MESSAGES, chunk: CHUNK, rounds: ROUNDS };
const SEED = 20_261_124;

/** Keywords in several views, by how many there are. */
const VIEW_KEYWORDS = [10_000, 100_000];

interface ScanResult extends BenchResult {
  /** With `--peers`: packages from npm for parts of the work. */
  readonly peers?: readonly PeerResult[];
  /** With `--views`: keywords in five views. */
  readonly views?: readonly ViewsResult[];
  /** With `--floods`: the worst inputs at growing length, through every view. */
  readonly floods?: readonly Flood[];
  /** With `--everything`: each detector added to those before. */
  readonly everything?: readonly EverythingResult[];
  /** With `--policies`: the price of what is there and does not apply. */
  readonly policies?: readonly ManyPolicies[];
}

interface ViewsResult {
  readonly keywords: number;
  readonly see: readonly string[];
  readonly value: number;
  readonly reference: number;
  readonly ratio: number;
  readonly compileMs: number;
  readonly heapBytesPerKeyword: number;
}

/**
 * Prints progress to stderr. `--peers` also measures packages from npm that do a part of the work; `--views` keywords in five views, at 10,000
 * and 100,000 (`--views=N`: at N); `--floods` the worst inputs, `--everything` all detectors together, `--policies` many policies and patterns
 * of which few apply.
 */
export async function run(args: readonly string[] = []): Promise<ScanResult> {
  const asked = args.find((argument) => argument.startsWith('--views'));
  const counts = asked === undefined ? [] : asked === '--views' ? VIEW_KEYWORDS : [Number(asked.slice(8))];
  return {
    ...measureOne(),
    ...(args.includes('--peers') && { peers: await measurePeers(SEED) }),
    ...(counts.length > 0 && { views: counts.map(measureViews) }),
    ...(args.includes('--everything') && { everything: await measureEverything(10_000, SEED) }),
    ...(args.includes('--policies') && { policies: measurePolicies(1_000, SEED) }),
    ...(args.includes('--floods') && { floods: measureFloods() }),
  };
}

function measureOne(): BenchResult {
  const keywords = buildKeywords(KEYWORDS, SEED);
  const messages = buildMessages(MESSAGES, keywords, SEED + 1);
  const engine = compileEngine(keywords);
  const facts = messages.map(asFacts);
  const peer = new AhoCorasick(keywords);
  report(messages, engine, facts, peer);

  const turns = takeTurns(
    WORK,
    (from) => sum(facts.slice(from, from + CHUNK), (message) => evaluate(engine, message).length),
    (from) => sum(messages.slice(from, from + CHUNK), (text) => peer.search(text).length),
  );
  return {
    bench: 'scan',
    value: Math.round(CHUNK / median(turns.map(({ ours }) => ours))),
    unit: 'messages/s',
    reference: {
      name: 'modern-ahocorasick 3.3.0, the same 1,000 keywords alone',
      value: Math.round(CHUNK / median(turns.map(({ theirs }) => theirs))),
    },
    ratio: Number(median(turns.map(({ ours, theirs }) => theirs / ours)).toFixed(2)),
    rssBytes: process.memoryUsage.rss(),
  };
}

function measureViews(count: number): ViewsResult {
  const keywords = buildManyKeywords(count, SEED);
  const messages = buildMessages(MESSAGES, keywords, SEED + 1);
  const facts = messages.map(asFacts);
  globalThis.gc?.();
  const before = memoryInUse();
  const start = process.hrtime.bigint();
  const engine = compileViews(keywords, FIVE_VIEWS);
  const compileMs = Number(process.hrtime.bigint() - start) / 1e6;
  globalThis.gc?.();
  const taken = memoryInUse() - before;
  const peer = new AhoCorasick([...keywords]);
  const turns = takeTurns(
    WORK,
    (from) => sum(facts.slice(from, from + CHUNK), (message) => evaluate(engine, message).length),
    (from) => sum(messages.slice(from, from + CHUNK), (text) => peer.search(text).length),
  );
  const result = {
    keywords: count,
    see: FIVE_VIEWS,
    value: Math.round(CHUNK / median(turns.map(({ ours }) => ours))),
    reference: Math.round(CHUNK / median(turns.map(({ theirs }) => theirs))),
    ratio: Number(median(turns.map(({ ours, theirs }) => theirs / ours)).toFixed(2)),
    compileMs: Math.round(compileMs),
    heapBytesPerKeyword: Math.round(taken / count),
  };
  process.stderr.write(`${JSON.stringify(result)}\n`);
  return result;
}

function memoryInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function sum<T>(items: readonly T[], count: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += count(item);
  return total;
}

/** Ten policies, as a firm would have them: each a share of the keywords and of the patterns, two directions, exclusions. */
function compileEngine(keywords: readonly string[]): Engine {
  const policies = Array.from({ length: 10 }, (_, index) => ({
    namespace: 'bench',
    name: `policy-${index}`,
    spec: {
      scope: index % 2 === 0 ? { direction: ['Outbound'] } : {},
      rules: [
        ...keywordRules(keywords.filter((_, at) => at % 10 === index)),
        ...PATTERNS.filter((_, at) => at % 10 === index).map(patternRule),
      ],
    },
  }));
  const { engine, rejected } = compilePolicySet(policies, new Map());
  if (rejected.length > 0)
    throw new Error(`the benchmark's policies do not compile: ${JSON.stringify(rejected)}`);
  return engine;
}

function keywordRules(terms: readonly string[]): Rule[] {
  const half = terms.length / 2;
  return [
    { name: 'words', any: [{ keywords: { terms: terms.slice(0, half) } }] },
    {
      name: 'words-unless-denied',
      any: [{ keywords: { terms: terms.slice(half) } }],
      not: [{ pattern: { regex: '(不|没|勿|not )\\S{0,4}' } }],
    },
  ];
}

const patternRule = (regex: string, index: number): Rule => ({
  name: `pattern-${index}`,
  any: [{ pattern: { regex } }],
});

export function asFacts(text: string, index: number): MessageFacts {
  return {
    corpId: 'ww-bench',
    msgid: `bench_${index}`,
    seq: String(index),
    messageType: 'text',
    conversationId: `direct:a-b${index % 97}`,
    conversationKind: 'Direct',
    direction: index % 3 === 0 ? 'Internal' : 'Outbound',
    sender: { id: 'zhang.san', kind: 'Staff', departments: ['Acme/Sales'] },
    recipients: { ids: ['wm1'], staff: 0, external: 1, robot: 0, unknown: 0, departments: [] },
    texts: [{ path: 'text.content', text }],
    media: [],
    stickers: [],
    recent: [],
    models: [],
    capturedAtMs: 1_795_000_000_000 + index,
    eventTimeMs: 1_795_000_000_000 + index,
    messageDigest: 'sha256:bench',
    factsVersion: 0,
  };
}

function report(
  messages: readonly string[],
  engine: Engine,
  facts: readonly MessageFacts[],
  peer: AhoCorasick,
): void {
  const characters = sum(messages, (text) => text.length);
  const findings = sum(facts, (message) => evaluate(engine, message).length);
  const hits = sum(messages, (text) => peer.search(text).length);
  const gated = engine.patterns.filter(({ gate }) => gate !== undefined).length;
  process.stderr.write(
    `${messages.length} messages, ${(characters / messages.length).toFixed(1)} characters in the mean; ${KEYWORDS} keywords, ` +
      `${PATTERNS.length} patterns (${gated} behind literals); ${findings} findings, peer ${hits} hits\n`,
  );
}

if (isMainThread && import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(JSON.stringify(await run(process.argv.slice(2))));
