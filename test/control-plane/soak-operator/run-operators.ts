// Two operators as a Deployment with two replicas runs them: processes of their own, one leads, whoever ends is started again. Their passes
// are added up over all their lives; what was counted in the last second before a kill is lost, and nothing else.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@menshen/engines/engine-process';
import { isLeading, readPasses, readSamples } from './read-metrics.ts';

export interface Operators {
  /** Kills whoever leads with -9, or waits for somebody to lead first. Resolves with the ms until another led. */
  killLeader(): Promise<number>;
  untilLed(): Promise<void>;
  /** `<controller> <result>` → passes so far, of all processes. */
  passes(): ReadonlyMap<string, number>;
  /** Largest resident set of any of the processes, bytes; of those that led. */
  readonly mostMemory: { readonly leader: number; readonly standby: number };
  /** Ends that nobody asked for, by exit code: 1 is a lost Lease, after which a pod is started again. */
  readonly exits: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export interface OperatorsOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly image: string;
  readonly folder: string;
  /** Arguments of node before the operator's own. */
  readonly program: readonly string[];
  readonly flags?: readonly string[];
}

const OPERATOR = new URL('../../../operator/', import.meta.url);
/**
 * As a pod of the chart runs it; must have been compiled. In a container V8 takes its limits from the container's memory: of 384 Mi half for
 * old objects, and 1/128 of that for each half of the young ones.
 */
export const COMPILED: readonly string[] = [
  '--max-old-space-size=192',
  '--max-semi-space-size=2',
  fileURLToPath(new URL('dist/main.js', OPERATOR)),
];
/** As the source is at the moment: takes some 60 MB more, for the compiler. */
export const FROM_SOURCE: readonly string[] = [
  '--conditions=source',
  fileURLToPath(new URL('main.ts', OPERATOR)),
];
const SAMPLE_MS = 1000;
const RESTART_MS = 1000;
const POLL_MS = 100;

export async function runOperators(options: OperatorsOptions): Promise<Operators> {
  const passes = new Map<string, number>();
  const exits: Record<string, number> = {};
  const mostMemory = { leader: 0, standby: 0 };
  const places = [
    new Place('menshen-0', await freePort(), options),
    new Place('menshen-1', await freePort(), options),
  ];
  for (const place of places)
    place.start((code) => {
      exits[String(code)] = (exits[String(code)] ?? 0) + 1;
    });
  const sample = async (): Promise<void> => {
    await Promise.all(places.map((place) => place.sample(passes, mostMemory)));
  };
  const sampling = setInterval(() => void sample(), SAMPLE_MS);
  const leader = (): Place | undefined => places.find((place) => place.isLeading);
  const untilLed = async (not?: number): Promise<void> => {
    for (;;) {
      await sample();
      const led = leader();
      if (led !== undefined && led.pid !== not) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  return {
    killLeader: async () => {
      await untilLed();
      const killed = leader();
      const pid = killed?.pid;
      const startedMs = performance.now();
      await killed?.kill();
      await untilLed(pid);
      return Math.round(performance.now() - startedMs);
    },
    untilLed: () => untilLed(),
    passes: () => new Map(passes),
    mostMemory,
    exits,
    stop: async () => {
      clearInterval(sampling);
      await Promise.all(places.map((place) => place.stop()));
    },
  };
}

class Place {
  isLeading = false;
  private readonly podName: string;
  private readonly port: number;
  private readonly options: OperatorsOptions;
  private child: ChildProcess | undefined;
  private isKilled = false;
  private isStopped = false;
  private counted = new Map<string, number>();

  constructor(podName: string, port: number, options: OperatorsOptions) {
    this.podName = podName;
    this.port = port;
    this.options = options;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(onExit: (code: number | null) => void): void {
    const { kubeconfig, namespace, image, folder, program, flags = [] } = this.options;
    const child = spawn(
      process.execPath,
      [
        ...program,
        `--image=${image}`,
        `--kubeconfig=${kubeconfig}`,
        `--port=${this.port}`,
        '--host=127.0.0.1',
        ...flags,
      ],
      {
        cwd: folder,
        env: { PATH: process.env['PATH'], POD_NAME: this.podName, POD_NAMESPACE: namespace },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const log = createWriteStream(join(folder, `${this.podName}.log`), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.child = child;
    this.counted = new Map();
    const killAtExit = (): void => void child.kill('SIGKILL');
    process.on('exit', killAtExit);
    child.on('exit', (code) => {
      process.off('exit', killAtExit);
      this.isLeading = false;
      if (this.isStopped) return;
      if (!this.isKilled) onExit(code);
      this.isKilled = false;
      setTimeout(() => this.isStopped || this.start(onExit), RESTART_MS);
    });
  }

  async kill(): Promise<void> {
    this.isKilled = true;
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async sample(passes: Map<string, number>, memory: { leader: number; standby: number }): Promise<void> {
    const { child } = this;
    try {
      const answer = await fetch(`http://127.0.0.1:${this.port}/metrics`, {
        signal: AbortSignal.timeout(5000),
      });
      const samples = readSamples(await answer.text());
      // Another process may have taken its place meanwhile.
      if (child !== this.child) return;
      this.isLeading = isLeading(samples) && child?.exitCode === null && child.signalCode === null;
      for (const [name, value] of readPasses(samples)) {
        passes.set(name, (passes.get(name) ?? 0) + value - (this.counted.get(name) ?? 0));
        this.counted.set(name, value);
      }
    } catch {
      this.isLeading = false;
    }
    const most = await mostResidentBytes(child?.pid);
    const part = this.isLeading ? 'leader' : 'standby';
    memory[part] = Math.max(memory[part], most);
  }
}

/** Of the whole life of the process, as Linux keeps it. */
async function mostResidentBytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
}
