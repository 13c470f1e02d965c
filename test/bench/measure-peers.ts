// What the scan bench's peers from npm do in the time ours needs: keywords, patterns, personal data and secrets in the same messages, in turns. How
// many messages each found something in stands beside the speed.
import { once } from 'node:events';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { FIVE_VIEWS } from './measure-views.ts';
import type { Contest, ContestOrder, Search } from './peer-contest.ts';
import { cpuSecondsOfAwaited, takeAwaitedTurns } from './take-turns.ts';

export interface PeerResult {
  readonly what: string;
  readonly peer: string;
  /** Messages a second of CPU. */
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly messages: number;
  /** In how many of the messages each found something. */
  readonly found: Sides;
  /** In how many of the messages that something was put into. */
  readonly planted?: Sides & { readonly messages: number };
}

interface Sides {
  readonly ours: number;
  readonly theirs: number;
}

interface Entry {
  /** Fewer for the slow, so that each contest takes seconds. */
  readonly messages: number;
  readonly make: (order: ContestOrder) => Promise<Contest>;
}

const MANY = 20_000;
const FEW = 3_000;

/** Each imports its own peer, so that a contest loads no other. */
export const CONTESTS: readonly Entry[] = [
  ...(['modern-ahocorasick', 'fastscan'] as const).flatMap((peer) =>
    [['Folded'], FIVE_VIEWS].map((see) => ({
      messages: MANY,
      make: async (order: ContestOrder) =>
        (await import('./peer-keywords.ts')).keywordContest(see, peer, order),
    })),
  ),
  {
    messages: FEW,
    make: async (order) =>
      (await import('./peer-patterns.ts')).patternContest('re2-wasm', 'each pattern', order),
  },
  {
    messages: MANY,
    make: async (order) =>
      (await import('./peer-patterns.ts')).patternContest('re2-wasm', 'one alternation', order),
  },
  {
    messages: FEW,
    make: async (order) =>
      (await import('./peer-patterns.ts')).patternContest('re2js', 'each pattern', order),
  },
  {
    messages: MANY,
    make: async (order) => (await import('./peer-patterns.ts')).patternContest('re2js', 'RE2Set', order),
  },
  {
    messages: FEW,
    make: async (order) => (await import('./peer-personal-data.ts')).personalDataContest(order),
  },
  { messages: FEW, make: async (order) => (await import('./peer-secrets.ts')).secretsContest(order) },
];

/** Each contest in a thread of its own: V8 learns from what runs. Prints each to stderr. */
export async function measurePeers(seed: number): Promise<PeerResult[]> {
  const results: PeerResult[] = [];
  for (const [contest, { messages }] of CONTESTS.entries())
    results.push(await inThread({ contest, messages, seed }));
  return results;
}

interface ThreadOrder extends ContestOrder {
  readonly contest: number;
}

async function inThread(order: ThreadOrder): Promise<PeerResult> {
  const worker = new Worker(new URL(import.meta.url), { workerData: order });
  const [result] = (await once(worker, 'message')) as [PeerResult];
  process.stderr.write(`${JSON.stringify(result)}\n`);
  return result;
}

export async function measureContest(contest: Contest): Promise<PeerResult> {
  const { what, peer, messages, planted, ours, theirs } = contest;
  const found = { ours: await findAll(ours, messages), theirs: await findAll(theirs, messages) };
  const work = { items: messages, chunk: messages / 10, rounds: messages < MANY ? 4 : 3, warmUp: 0 };
  const turns = await takeAwaitedTurns(work, ours, theirs);
  // Sums, not medians: where the clock of a thread ticks in milliseconds, a turn of the faster side is often none.
  const searched = messages * work.rounds;
  const seconds = {
    ours: sum(turns.map((turn) => turn.ours)),
    theirs: sum(turns.map((turn) => turn.theirs)),
  };
  return {
    what,
    peer,
    ours: Math.round(searched / seconds.ours),
    theirs: Math.round(searched / seconds.theirs),
    ratio: Number((seconds.theirs / seconds.ours).toFixed(2)),
    messages,
    found,
    ...(planted !== undefined && {
      planted: {
        messages: planted.length,
        ours: await countFound(planted, ours),
        theirs: await countFound(planted, theirs),
      },
    }),
  };
}

const WARM_UP_SECONDS = 0.2;

/** Searches on until V8 has compiled it, as long on both sides: by messages, ours would be half compiled beside a slow peer. */
async function findAll(search: Search, messages: number): Promise<number> {
  let found = 0;
  for (let spent = 0; spent < WARM_UP_SECONDS; )
    spent += await cpuSecondsOfAwaited(async () => {
      found = await search(0, messages);
    });
  return found;
}

async function countFound(places: readonly number[], search: Search): Promise<number> {
  let found = 0;
  for (const at of places) found += await search(at, at + 1);
  return found;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

// No top-level await: what a contest imports imports this file.
if (parentPort !== null && isOrder(workerData)) void answer(workerData);

async function answer({ contest, ...order }: ThreadOrder): Promise<void> {
  const entry = CONTESTS[contest];
  if (entry === undefined) throw new Error(`there is no contest ${contest}`);
  parentPort?.postMessage(await measureContest(await entry.make(order)));
}

function isOrder(value: unknown): value is ThreadOrder {
  return typeof value === 'object' && value !== null && 'contest' in value;
}
