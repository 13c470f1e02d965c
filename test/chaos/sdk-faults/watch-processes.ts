// Looks at ingest and everything it starts while a run lasts: what their environments and command lines tell, and which of them are left over.
import { readdir, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, type Found, type Secrets, searchProcess } from './find-secrets.ts';

export interface ProcessWatch {
  /** Ends the watching and says what was seen. */
  end(): Promise<SeenProcesses>;
}

export interface SeenProcesses {
  readonly found: readonly Found[];
  /** Different processes looked at. */
  readonly processes: number;
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
        processes: seen.size,
        environments: looked.environ,
        commandLines: looked.cmdline,
        foreignPrograms: [...foreign],
      };
    },
  };
}

/** Running processes of this program: none may be left when whoever started them is gone. */
export async function processesOf(program: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const programs = await Promise.all(pids.map((pid) => programOf(Number(pid))));
  return pids.flatMap((pid, i) => (programs[i] === program ? [Number(pid)] : []));
}

/** '' for one that is gone or may not be looked at. */
async function programOf(pid: number): Promise<string> {
  const path = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return path.replace(' (deleted)', '');
}
