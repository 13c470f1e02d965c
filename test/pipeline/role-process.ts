// One role as a process of its own, restarted when it dies, killable at any moment: what a Deployment with one replica does in a cluster.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface RoleProcess {
  readonly name: string;
  readonly logFile: string;
  pid(): number | undefined;
  /** Sends the signal to the running process; it is started again unless `stop` was called. */
  kill(signal: NodeJS.Signals): void;
  /** Ends it for good with SIGTERM, waits, and gives its exit code. */
  stop(): Promise<number | null>;
  restarts(): number;
}

export interface RoleProcessOptions {
  readonly name: string;
  readonly roles: readonly string[];
  readonly configFile: string;
  readonly logFile: string;
  /** 0 = any free port. */
  readonly port: number;
}

const ENTRY = fileURLToPath(new URL('../../services/roles/dist/main.js', import.meta.url));
const RESTART_DELAY_MS = 100;

/** Starts the process. It needs the compiled services (`npm run build`). */
export function startRole(options: RoleProcessOptions): RoleProcess {
  if (!existsSync(ENTRY)) throw new Error('the services are not compiled: run `npm run build` first');
  let child: ChildProcess | undefined;
  let stopping = false;
  let restarts = 0;
  let ended: Promise<number | null> = Promise.resolve(0);

  const launch = (): void => {
    const running = spawn(
      process.execPath,
      [
        ENTRY,
        `--roles=${options.roles.join(',')}`,
        `--config=${options.configFile}`,
        `--port=${options.port}`,
        '--host=127.0.0.1',
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const log = createWriteStream(options.logFile, { flags: 'a' });
    running.stdout.pipe(log, { end: false });
    running.stderr.pipe(log, { end: false });
    child = running;
    ended = new Promise((resolve) => {
      running.once('exit', (code) => {
        child = undefined;
        log.end();
        resolve(code);
        if (stopping) return;
        restarts++;
        setTimeout(() => {
          if (!stopping) launch();
        }, RESTART_DELAY_MS);
      });
    });
  };
  launch();
  const killAtExit = (): void => {
    child?.kill('SIGKILL');
  };
  process.once('exit', killAtExit);

  return {
    name: options.name,
    logFile: options.logFile,
    pid: () => child?.pid,
    kill: (signal) => {
      child?.kill(signal);
    },
    async stop() {
      stopping = true;
      child?.kill('SIGTERM');
      const code = await ended;
      process.off('exit', killAtExit);
      return code;
    },
    restarts: () => restarts,
  };
}
