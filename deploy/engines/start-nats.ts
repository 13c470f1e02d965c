// A real nats-server with JetStream on loopback.
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ensureTool } from '@menshen/engines/tools.mjs';
import { type EngineProcess, freePort, startEngine } from './engine-process.ts';

export interface NatsOptions {
  readonly dataDir: string;
  readonly port?: number;
  /** Upper bound of the file store, bytes. Must stay below the volume: on a full disk nats-server may reset a stream. */
  readonly maxFileStoreBytes?: number;
  /** When writes reach the disk: `always` is the product's setting (design: durable); a duration such as `2m` is nats-server's own default. */
  readonly syncInterval?: string;
  /** Further lines of its configuration: accounts, a resolver, a monitoring port. */
  readonly moreConfig?: readonly string[];
}

/** Starts nats-server. `url` is `nats://127.0.0.1:<port>`. */
export async function startNats(options: NatsOptions): Promise<EngineProcess> {
  const tool = await ensureTool('nats-server');
  const port = options.port ?? (await freePort());
  await mkdir(options.dataDir, { recursive: true });
  const configFile = join(options.dataDir, 'nats.conf');
  await writeFile(configFile, config(options, port));
  return await startEngine({
    name: 'nats-server',
    command: tool.path,
    kind: tool.kind,
    args: ['--config', configFile],
    url: `nats://127.0.0.1:${port}`,
    dataDir: options.dataDir,
    logFile: join(options.dataDir, 'nats.log'),
    holdStdin: false,
    answers: () => greets(port),
  });
}

function config(options: NatsOptions, port: number): string {
  return [
    `listen: "127.0.0.1:${port}"`,
    'max_payload: 1048576',
    'jetstream {',
    `  store_dir: ${JSON.stringify(join(options.dataDir, 'jetstream'))}`,
    '  max_memory_store: 67108864',
    `  max_file_store: ${options.maxFileStoreBytes ?? 20 * 1024 ** 3}`,
    `  sync_interval: ${options.syncInterval ?? 'always'}`,
    '}',
    ...(options.moreConfig ?? []),
    '',
  ].join('\n');
}

/** nats-server speaks first: an INFO line means that it serves, JetStream included. */
function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (chunk) => end(chunk.toString().includes('"jetstream":true')));
    socket.once('error', () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
