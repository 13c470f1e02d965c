// An engine in a container, where this machine has no package of it and a Docker engine answers. It shares the host's network and its data
// folder, so whoever uses it sees no difference. testcontainers is loaded only here: it is large, and few need it.
import { createWriteStream } from 'node:fs';
import type { StartedTestContainer } from 'testcontainers';

export interface ContainerPlan {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly args: readonly string[];
  /** Mounted at the same path. */
  readonly dataDir: string;
  readonly logFile: string;
}

export interface RunningContainer {
  /** Of its main process, as this machine sees it. */
  readonly pid: number;
  /** Resolves when it has ended by itself. */
  readonly ended: Promise<void>;
  /** Sends the signal to its main process, waits for its end and removes it. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

/** Rejects when the image cannot be had. */
export async function runContainer(plan: ContainerPlan): Promise<RunningContainer> {
  const { GenericContainer, getContainerRuntimeClient } = await import('testcontainers');
  const container = new GenericContainer(plan.image)
    .withNetworkMode('host')
    .withBindMounts([{ source: plan.dataDir, target: plan.dataDir, mode: 'rw' }])
    // What it writes must belong to whoever reads and removes it.
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withCommand([...plan.args])
    .withLogConsumer((stream) => stream.pipe(createWriteStream(plan.logFile, { flags: 'a' })));
  if (plan.entrypoint !== undefined) container.withEntrypoint([...plan.entrypoint]);
  const started = await container.start();
  const runtime = await getContainerRuntimeClient();
  const handle = runtime.container.getById(started.getId());
  const { State } = await handle.inspect();
  const ended = handle.wait().then(() => undefined);
  return {
    pid: State.Pid,
    ended,
    stop: (signal) => stop(started, { signal, ended, kill: () => handle.kill({ signal }) }),
  };
}

async function stop(
  started: StartedTestContainer,
  { signal, ended, kill }: { signal: NodeJS.Signals; ended: Promise<void>; kill: () => Promise<unknown> },
): Promise<void> {
  // It may have ended a moment ago.
  await kill().catch((error: { statusCode?: number }) => {
    if (error.statusCode !== NOT_RUNNING)
      throw new Error(`cannot send ${signal} to a container`, { cause: error });
  });
  await ended;
  await started.stop({ remove: true });
}

/** Docker Engine API, `ContainerKill`: the container is not running. */
const NOT_RUNNING = 409;
