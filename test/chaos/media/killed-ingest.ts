// The ingest process of a media run: started, killed with -9, started again; what it logs and how much memory it took at most.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface KilledIngest {
  /** kill -9, and a new process at once. */
  killAndRestart(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Largest resident set of any of its processes so far, bytes. */
  rssMaxBytes(): number;
  /** Times that it said a file goes on from what was stored of it. */
  resumed(): number;
}

const ENTRY = fileURLToPath(new URL('ingest-process.ts', import.meta.url));
const RESUMED = 'a file goes on where an earlier try ended';
const LOOK_MS = 200;

export function startIngestProcess(of: { configFile: string; logFile: string }): KilledIngest {
  const log = createWriteStream(of.logFile);
  let resumed = 0;
  let rssMaxBytes = 0;
  let child: ChildProcess | undefined;
  let ended: Promise<number | null> = Promise.resolve(0);

  const launch = (): void => {
    const running = spawn(process.execPath, ['--conditions=source', ENTRY, of.configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.stderr.pipe(log, { end: false });
    createInterface({ input: running.stdout }).on('line', (line) => {
      if (line.includes(RESUMED)) resumed++;
      log.write(`${line}\n`);
    });
    child = running;
    ended = new Promise((resolve) => running.once('exit', (code) => resolve(code)));
  };
  const look = (): void => {
    rssMaxBytes = Math.max(rssMaxBytes, peakOf(child?.pid));
  };
  const looking = setInterval(look, LOOK_MS);
  const killAtExit = (): void => {
    child?.kill('SIGKILL');
  };
  process.once('exit', killAtExit);
  launch();
  return {
    async killAndRestart() {
      look();
      child?.kill('SIGKILL');
      await ended;
      launch();
    },
    async stop() {
      look();
      clearInterval(looking);
      child?.kill('SIGTERM');
      const code = await ended;
      process.off('exit', killAtExit);
      log.end();
      return code;
    },
    rssMaxBytes: () => rssMaxBytes,
    resumed: () => resumed,
  };
}

/** The kernel's own high-water mark of the process; 0 when it is gone. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
