// Looks at ingest and everything it starts while a run lasts: what their environments and command lines tell, and which of them are left over.
import { readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, type Found, type Secrets, searchProcess } from './find-secrets.ts';

export interface ProcessWatch {
  /** Ends the watching and says what was seen. */
  end(): Promise<SeenProcesses>;
}

export interface SeenProcesses {
  readonly found: readonly Found[];
  /** Those that were looked at. */
  readonly pids: readonly number[];
  readonly environments: number;
  readonly commandLines: number;
  /** Programs that ran under ingest and are neither Node nor the SDK host. */
  readonly foreignPrograms: readonly string[];
}

const EVERY_MS = 50;

export interface WatchOptions {
  readonly root: number;
  /** Asked each time: tokens come while the run lasts. */
  readonly secrets: () => Secrets;
  /** Paths of the programs that may run. */
  readonly programs: readonly string[];
}

export function watchProcesses({ root, secrets, programs }: WatchOptions): ProcessWatch {
  const seen = new Set<number>();
  const foreign = new Set<string>();
  const found = new Map<string, Found>();
  const looked = { environ: 0, cmdline: 0 };
  let ending = false;
  const look = async (): Promise<void> => {
    for (const pid of await descendantsOf(root)) {
      const told = await searchProcess(pid, secrets());
      seen.add(pid);
      const program = await programOf(pid);
      if (program !== '' && !programs.includes(program)) foreign.add(program);
      for (const one of told.found) found.set(`${one.secret} ${one.where}`, one);
      for (const name of told.read) looked[name as keyof typeof looked]++;
    }
  };
  const watching = (async () => {
    while (!ending) {
      await look();
      await sleep(EVERY_MS);
    }
  })();
  return {
    async end() {
      ending = true;
      await watching;
      return {
        found: [...found.values()],
        pids: [...seen],
        environments: looked.environ,
        commandLines: looked.cmdline,
        foreignPrograms: [...foreign],
      };
    },
  };
}

const GONE_WITHIN_MS = 5_000;

/** Which of these still run this program, after time enough to be gone: whoever started them has ended. */
export async function leftOver(pids: readonly number[], program: string): Promise<number[]> {
  for (let waitedMs = 0; ; waitedMs += EVERY_MS) {
    const programs = await Promise.all(pids.map(programOf));
    const left = pids.filter((_, i) => programs[i] === program);
    if (left.length === 0 || waitedMs >= GONE_WITHIN_MS) return left;
    await sleep(EVERY_MS);
  }
}

/** '' for one that is gone or may not be looked at. */
async function programOf(pid: number): Promise<string> {
  const path = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return path.replace(' (deleted)', '');
}
