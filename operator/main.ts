// Entry point of the operator: reads arguments and environment, finds the API server, runs, and ends on SIGTERM or with its Lease.
// The only file of the operator that reads the environment or the clock.
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createLogger, type Logger } from '@menshen/telemetry/logger';
import { createRegistry } from '@menshen/telemetry/process-metrics';
import { monotonicClock } from './kube/clock.ts';
import { type ClusterConfig, inClusterConfig, kubeconfigFile } from './kube/cluster-config.ts';
import { nodeTransport } from './kube/node-transport.ts';
import { type ProvisioningKeys, provisionTenants, readProvisioningKeys } from './provision-tenants.ts';
import { type OperatorArguments, readArguments, USAGE } from './read-arguments.ts';
import { startOperator } from './start-operator.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_INPUT = 2;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(USAGE);
    return 0;
  }
  const parsed = readArguments(argv);
  if (!parsed.ok) {
    console.error(`${parsed.problem}\n\n${USAGE}`);
    return EXIT_BAD_INPUT;
  }
  const logger = createLogger({ role: 'operator', level: parsed.value.logLevel });
  process.on('unhandledRejection', (reason) => {
    // A bug: better restarted than half alive. Whoever stands by takes over.
    logger.error({ error: reason }, 'unhandled rejection');
    process.exit(EXIT_FAILED);
  });
  const config = await findCluster(parsed.value);
  if (typeof config === 'string') {
    console.error(config);
    return EXIT_BAD_INPUT;
  }
  const keys = await readKeys(parsed.value);
  if (typeof keys === 'string') {
    console.error(keys);
    return EXIT_BAD_INPUT;
  }
  return await run(parsed.value, { config, keys, logger });
}

const clock = monotonicClock();

/** The configuration, or what is wrong with it and what to do. */
async function findCluster({ kubeconfig }: OperatorArguments): Promise<ClusterConfig | string> {
  const outside = { readFile: (path: string) => readFile(path, 'utf8'), nowMs: clock.nowMs };
  try {
    return kubeconfig === undefined
      ? await inClusterConfig(process.env, outside)
      : await kubeconfigFile(kubeconfig, outside);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return kubeconfig === undefined
      ? `--kubeconfig is missing and this is no pod with a ServiceAccount (${why}); give --kubeconfig=FILE`
      : `--kubeconfig is ${kubeconfig}, which cannot be used: ${why}`;
  }
}

async function readKeys(args: OperatorArguments): Promise<ProvisioningKeys | string> {
  try {
    return await readProvisioningKeys(args, (path) => readFile(path, 'utf8'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Given {
  readonly config: ClusterConfig;
  readonly keys: ProvisioningKeys;
  readonly logger: Logger;
}

async function run(args: OperatorArguments, { config, keys, logger }: Given): Promise<number> {
  const { transport, close } = nodeTransport(config);
  const podName = process.env['POD_NAME'] ?? hostname();
  const namespace = process.env['POD_NAMESPACE'] ?? config.namespace;
  const { image, port, host, leaderElection, tenants } = args;
  const operator = await startOperator({
    transport,
    clock,
    logger,
    image,
    port,
    host,
    leaderElection,
    tenants,
    apiHost: new URL(config.server).host,
    wallClock: { nowMs: () => Date.now() },
    random: Math.random,
    makeId: randomUUID,
    registry: createRegistry({ version: process.env['npm_package_version'] ?? '0.1.0', roles: ['operator'] }),
    podName,
    namespace,
    provision: provisionTenants({
      keys,
      logger,
      namespace,
      identity: `${podName}_${randomUUID()}`,
      makePassword: () => randomBytes(32).toString('base64url'),
    }),
  });
  logger.info({ port: operator.port, image }, 'the operator has started');
  const end = await Promise.race([askedToStop(), operator.lost.then(() => 'LeaseLost' as const)]);
  if (end === 'LeaseLost') {
    // Somebody else may act by now: nothing is finished, everything ends.
    logger.error({}, 'the Lease is lost');
    return EXIT_FAILED;
  }
  logger.info({ signal: end }, 'stopping');
  await operator.stop();
  close();
  return 0;
}

function askedToStop(): Promise<'SIGTERM' | 'SIGINT'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => {
        resolve(signal);
        // A second one means: now.
        process.once(signal, () => process.exit(EXIT_FAILED));
      });
  });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(EXIT_FAILED);
  },
);
