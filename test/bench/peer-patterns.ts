// The 50 patterns of the scan corpus: ours, with the place of each match, policies and evidence, against RE2 in WebAssembly and in JavaScript.
// Native RE2 (`re2` 1.27.1) is not here: its package holds no binary; installing it downloads one from GitHub or compiles RE2 with node-gyp.
// Its Set is not in re2-wasm, but re2js has one; it and the alternation tell no places, and the alternation not which pattern matched.
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import { RE2 } from 're2-wasm';
import { RE2JS, RE2Set } from 're2js';
import { asFacts } from './bench-scan.ts';
import { type Contest, type ContestOrder, searchEach, withVersion } from './peer-contest.ts';
import { buildKeywords, buildMessages, PATTERNS } from './scan-corpus.ts';

type Finds = (text: string) => boolean;

/** Every pattern is asked, as policies need to know all that match. */
const askEach = (ask: readonly Finds[]): Finds => {
  return (text) => {
    let matched = 0;
    for (const matches of ask) if (matches(text)) matched++;
    return matched > 0;
  };
};

/** Without regard to case, as ours. */
const WAYS = {
  're2-wasm': {
    'each pattern': () =>
      askEach(
        PATTERNS.map((pattern) => {
          const compiled = new RE2(pattern, 'iu');
          return (text) => compiled.test(text);
        }),
      ),
    'one alternation': () => {
      const compiled = new RE2(PATTERNS.map((pattern) => `(?:${pattern})`).join('|'), 'iu');
      return (text: string) => compiled.test(text);
    },
  },
  re2js: {
    'each pattern': () =>
      askEach(
        PATTERNS.map((pattern) => {
          const compiled = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
          return (text) => compiled.test(text);
        }),
      ),
    RE2Set: () => {
      const set = new RE2Set(RE2Set.UNANCHORED, RE2JS.CASE_INSENSITIVE);
      for (const pattern of PATTERNS) set.add(pattern);
      set.compile();
      return (text: string) => set.match(text).length > 0;
    },
  },
};

type Peer = keyof typeof WAYS;

export function patternContest<P extends Peer>(
  peer: P,
  way: keyof (typeof WAYS)[P] & string,
  { messages, seed }: ContestOrder,
): Contest {
  const texts = buildMessages(messages, buildKeywords(1_000, seed), seed + 1);
  const engine = compilePatterns();
  const finds = (WAYS[peer][way] as () => Finds)();
  return {
    what: `${PATTERNS.length} patterns`,
    peer: `${withVersion(peer)}, ${way}`,
    messages,
    ours: searchEach(texts.map(asFacts), (message) => evaluate(engine, message).length > 0),
    theirs: searchEach(texts, finds),
  };
}

function compilePatterns() {
  const rules = PATTERNS.map((regex, index) => ({ name: `pattern-${index}`, any: [{ pattern: { regex } }] }));
  const policies = Array.from({ length: 10 }, (_, index) => ({
    namespace: 'bench',
    name: `policy-${index}`,
    spec: { rules: rules.filter((_, at) => at % 10 === index) },
  }));
  const { engine, rejected } = compilePolicySet(policies, new Map());
  if (rejected.length > 0)
    throw new Error(`the benchmark's policies do not compile: ${JSON.stringify(rejected[0])}`);
  return engine;
}
