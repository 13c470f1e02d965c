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
  { items, chunk, rounds, warmUp = 2 }: Work,
  ours: (from: number, to: number) => unknown,
  theirs: (from: number, to: number) => unknown,
): Turn[] {
  const turns: Turn[] = [];
  for (let round = -warmUp; round < rounds; round++)
    for (let from = 0; from < items; from += chunk) {
      const turn = {
        ours: cpuSecondsOf(() => ours(from, from + chunk)),
        theirs: cpuSecondsOf(() => theirs(from, from + chunk)),
      };
      if (round >= 0) turns.push(turn);
    }
  return turns;
}

function cpuSecondsOf(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1e6;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
