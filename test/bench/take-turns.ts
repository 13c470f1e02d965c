// Two ways of doing the same work, in turns and by the CPU time of this thread: what else the machine does, and what the garbage collector and
// the compiler do on other threads, counts for neither.

export interface Turn {
  /** Seconds of CPU for one chunk. */
  readonly ours: number;
  readonly theirs: number;
}

export interface Work {
  readonly items: number;
  /** Items a turn: a few milliseconds of work. */
  readonly chunk: number;
  readonly rounds: number;
  /** Rounds beforehand that count for nothing: V8 compiles what runs often. Default 2. */
  readonly warmUp?: number;
}

/** The same chunk by one and the other, so that a machine that is slow for a while slows both. */
export function takeTurns(
  work: Work,
  ours: (from: number, to: number) => unknown,
  theirs: (from: number, to: number) => unknown,
): Turn[] {
  const turns: Turn[] = [];
  for (const { from, to, counts } of chunksOf(work)) {
    const turn = {
      ours: cpuSecondsOf(() => ours(from, to)),
      theirs: cpuSecondsOf(() => theirs(from, to)),
    };
    if (counts) turns.push(turn);
  }
  return turns;
}

/** As `takeTurns`, of work that may answer with a promise. It is awaited once a chunk, on both sides. */
export async function takeAwaitedTurns(
  work: Work,
  ours: (from: number, to: number) => unknown,
  theirs: (from: number, to: number) => unknown,
): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (const { from, to, counts } of chunksOf(work)) {
    const turn = {
      ours: await cpuSecondsOfAwaited(() => ours(from, to)),
      theirs: await cpuSecondsOfAwaited(() => theirs(from, to)),
    };
    if (counts) turns.push(turn);
  }
  return turns;
}

function* chunksOf({ items, chunk, rounds, warmUp = 2 }: Work) {
  for (let round = -warmUp; round < rounds; round++)
    for (let from = 0; from < items; from += chunk) yield { from, to: from + chunk, counts: round >= 0 };
}

function cpuSecondsOf(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  return secondsSince(before);
}

export async function cpuSecondsOfAwaited(work: () => unknown): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  return secondsSince(before);
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
