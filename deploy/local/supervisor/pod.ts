// One pod as one process on this machine: started, probed, restarted with backoff, held to its memory limit, ended with a grace period.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock } from '@menshen/contracts/clock';
import type { Container } from '@menshen/operator/tenants/render/manifest-types';
import { openPodLog, type PodLog } from './log-output.ts';
import { readResidentBytes } from './read-memory.ts';
import { watchProbe } from './watch-probe.ts';

export type PodPhase = 'Starting' | 'NotReady' | 'Ready' | 'BackOff' | 'Stopping' | 'Stopped';

export interface PodExit {
  /** `exit code 1`, `SIGKILL`, `OOMKilled` … */
  readonly reason: string;
  /** What it said last. */
  readonly lastLines: readonly string[];
}

export interface PodStatus {
  readonly name: string;
  readonly phase: PodPhase;
  readonly pid: number | undefined;
  readonly residentBytes: number | undefined;
  readonly restarts: number;
  readonly lastExit: PodExit | undefined;
  /** Why it is not ready, in the process's own words. */
  readonly problem: string | undefined;
}

export interface PodPlan {
  readonly name: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly probes: Pick<Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'>;
  /** Local port behind the name a probe gives. */
  readonly ports: ReadonlyMap<string, number>;
  readonly graceMs: number;
  readonly memoryLimitBytes: number;
  readonly logFile: string;
  readonly clock: Clock;
  /** Called whenever `status()` may have changed. */
  readonly onChange: () => void;
}

const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A process that ran this long is taken for healthy: the next failure starts at the first backoff again. */
const HEALTHY_AFTER_MS = 60_000;
const MEMORY_PERIOD_MS = 1000;

export class Pod {
  readonly #plan: PodPlan;
  readonly #log: PodLog;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #phase: PodPhase = 'Starting';
  #residentBytes: number | undefined;
  #restarts = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #startedAtMs = 0;
  #lastExit: PodExit | undefined;
  #problem: string | undefined;
  #killReason: string | undefined;
  #timers: (() => void)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(plan: PodPlan) {
    this.#plan = plan;
    this.#log = openPodLog(plan.logFile, plan.clock);
    process.on('exit', this.#killNow);
    this.#launch();
  }

  status(): PodStatus {
    return {
      name: this.#plan.name,
      phase: this.#phase,
      pid: this.#child?.pid,
      residentBytes: this.#residentBytes,
      restarts: this.#restarts,
      lastExit: this.#lastExit,
      problem: this.#problem,
    };
  }

  /** SIGTERM, then SIGKILL after the grace period. Resolves when the process has gone; calling it again waits for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#enter('Stopping');
    this.#clearTimers();
    const kill = this.#terminate();
    await this.#ended;
    clearTimeout(kill);
    process.off('exit', this.#killNow);
    this.#log.close();
    this.#enter('Stopped');
  }

  /** When the supervisor itself ends without stopping its pods, they must not outlive it. */
  readonly #killNow = (): void => {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      // The whole group: a role may have child processes of its own.
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  };

  #launch(): void {
    const [command = '', ...args] = this.#plan.command;
    // A group of its own: Ctrl-C in the terminal is for the supervisor, which then ends its pods in order.
    const child = spawn(command, args, {
      env: { ...this.#plan.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    this.#startedAtMs = this.#plan.clock.nowMs();
    this.#killReason = undefined;
    this.#log.follow(child.stdout, 'stdout');
    this.#log.follow(child.stderr, 'stderr');
    // `close` comes after the last line of output, so that a dead process's last words are complete.
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => this.#log.note(`cannot start ${command}: ${error.message}`));
      child.once('close', (code, signal) => {
        this.#handleEnd(signal ?? `exit code ${code}`);
        resolve();
      });
    });
    this.#enter('Starting');
    this.#watchStartup();
    this.#watchMemory();
  }

  #handleEnd(how: string): void {
    this.#clearTimers();
    this.#child = undefined;
    this.#residentBytes = undefined;
    const stopping = this.#phase === 'Stopping';
    this.#log.note(`ended: ${this.#killReason ?? how}`);
    if (stopping) return;
    this.#lastExit = { reason: this.#killReason ?? how, lastLines: this.#log.lastLines() };
    this.#restarts++;
    const ranMs = this.#plan.clock.nowMs() - this.#startedAtMs;
    if (ranMs >= HEALTHY_AFTER_MS) this.#backoffMs = FIRST_BACKOFF_MS;
    this.#after(this.#backoffMs, () => this.#launch());
    this.#backoffMs = Math.min(this.#backoffMs * 2, LONGEST_BACKOFF_MS);
    this.#enter('BackOff');
  }

  #watchStartup(): void {
    const stop = this.#watch('startupProbe', {
      onSuccess: () => {
        stop();
        this.#enter('NotReady');
        this.#watchLife();
      },
      onFailure: (why) => this.#restart(`did not start: ${why}`),
    });
  }

  #watchLife(): void {
    this.#watch('readinessProbe', {
      onSuccess: () => this.#enter('Ready'),
      onFailure: (why) => this.#enter('NotReady', why),
    });
    this.#watch('livenessProbe', {
      onSuccess: () => {},
      onFailure: (why) => this.#restart(`not alive: ${why}`),
    });
  }

  #watch(name: keyof PodPlan['probes'], events: Parameters<typeof watchProbe>[2]): () => void {
    const probe = this.#plan.probes[name];
    const port = this.#plan.ports.get(probe.httpGet.port);
    if (port === undefined)
      throw new Error(`${name} asks the port ${probe.httpGet.port}, which no container has`);
    const stop = watchProbe(probe, port, events);
    this.#timers.push(stop);
    return stop;
  }

  #watchMemory(): void {
    const timer = setInterval(async () => {
      const pid = this.#child?.pid;
      if (pid === undefined) return;
      this.#residentBytes = await readResidentBytes(pid);
      if ((this.#residentBytes ?? 0) <= this.#plan.memoryLimitBytes) return;
      this.#killReason = 'OOMKilled';
      this.#killNow();
    }, MEMORY_PERIOD_MS);
    this.#timers.push(() => clearInterval(timer));
  }

  #restart(why: string): void {
    this.#clearTimers();
    this.#enter('NotReady', why);
    this.#killReason = why;
    this.#log.note(`restarting: ${why}`);
    const kill = this.#terminate();
    this.#timers.push(() => clearTimeout(kill));
  }

  #terminate(): NodeJS.Timeout {
    this.#child?.kill('SIGTERM');
    return setTimeout(this.#killNow, this.#plan.graceMs);
  }

  #after(delayMs: number, act: () => void): void {
    const timer = setTimeout(act, delayMs);
    this.#timers.push(() => clearTimeout(timer));
  }

  #clearTimers(): void {
    for (const stop of this.#timers.splice(0)) stop();
  }

  #enter(phase: PodPhase, problem?: string): void {
    if (phase === this.#phase && problem === this.#problem) return;
    this.#phase = phase;
    this.#problem = problem;
    this.#plan.onChange();
  }
}
