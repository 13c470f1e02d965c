// One process: connections, the named roles as one Nest application, health and metrics, and a drain that loses nothing.
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { openClickHouse } from '@menshen/clickhouse/client';
import type { Clock } from '@menshen/contracts/clock';
import type { RoleConfig } from '@menshen/contracts/role-config';
import { inboxPrefix } from '@menshen/contracts/subjects';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { openBucketOf } from '@menshen/jetstream/ensure-streams';
import { JetStreamStrategy } from '@menshen/jetstream/jetstream-strategy';
import { BUCKETS } from '@menshen/jetstream/stream-configs';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { drainOnSignal } from '@menshen/telemetry/drain-on-signal';
import { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import { serveObservability } from '@menshen/telemetry/observability-server';
import { createRegistry } from '@menshen/telemetry/process-metrics';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Registry } from 'prom-client';
import { askArchive } from './ask-archive.ts';
import { lockMigrations } from './lock-migrations.ts';
import { makePart } from './make-part.ts';
import { nestLogger } from './nest-logger.ts';
import { prepareStreams } from './prepare-streams.ts';
import type { Arguments } from './read-arguments.ts';
import type { Outside, RolePart } from './role-part.ts';

export interface Run {
  readonly args: Arguments;
  readonly config: RoleConfig;
  readonly logger: Logger;
  readonly instance: string;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly signals: NodeJS.Process;
}

const VERSION = '0.1.0';
/** A publish that has no answer by then counts as unknown and is looked up again, ms. */
const PUBLISH_TIMEOUT_MS = 10_000;

@Module({})
class Process {}

/** Runs until SIGTERM; resolves with the exit code. Rejects when it cannot start for a reason that waiting does not mend. */
export async function runRoles(run: Run): Promise<0 | 1> {
  const { args, logger, signals } = run;
  const health = new Health();
  const registry = createRegistry({ version: VERSION, roles: args.roles });
  for (const role of args.roles) health.isStarting(`the ${role} process`);
  const observability = await serveObservability({ port: args.port, host: args.host, health, registry });
  logger.info({ roles: args.roles, port: observability.port, instance: run.instance }, 'starting');

  let stopping = false;
  let app: { close(): Promise<unknown> } | undefined;
  let close: () => Promise<void> = async () => undefined;
  const drained = drainOnSignal({
    signals,
    log: (line, error) => (error === undefined ? logger.info(line) : logger.error({ error }, line)),
    parts: [
      {
        name: 'the roles',
        async drain() {
          stopping = true;
          health.isDraining();
          await app?.close();
        },
      },
      { name: 'the connections', drain: () => close() },
      { name: 'the health and metrics port', drain: () => observability.close() },
    ],
  });

  const started = start(run, { health, registry, isStopping: () => stopping }).then((running) => {
    app = running.app;
    close = running.close;
    for (const role of args.roles) health.hasStarted(`the ${role} process`);
    logger.info({ roles: args.roles }, 'started');
  });
  // A signal during the start ends the process without waiting for what may never come.
  await Promise.race([started, drained]);
  return await drained;
}

interface Running {
  readonly app: { close(): Promise<unknown> };
  close(): Promise<void>;
}

async function start(
  run: Run,
  state: { health: Health; registry: Registry; isStopping: () => boolean },
): Promise<Running> {
  const { config, logger, args } = run;
  const outside = await connectOutside(run, state);
  const { nats, clickhouse, js, jsm } = outside;
  state.health.add({ name: 'nats', problem: () => (nats.isClosed() ? 'closed' : undefined) });
  const usesArchive = args.roles.some((role) => role === 'ingest' || role === 'archiver');
  await prepareStreams({
    config,
    jsm,
    archive: usesArchive ? outside.archive : undefined,
    logger,
    isStopping: state.isStopping,
  });
  const parts: RolePart[] = [];
  for (const role of args.roles)
    parts.push(await makePart(role, { ...outside, logger: logger.child({ role }) as Logger }));
  const strategy = new JetStreamStrategy(js, {
    subscriptions: () => parts.flatMap((part) => part.subscriptions()),
    beforeClose: async () => {
      await Promise.all(parts.map((part) => part.prepareStop?.()));
    },
  });
  const app = await NestFactory.createMicroservice(
    { module: Process, imports: parts.map((part) => part.module) },
    { strategy, logger: nestLogger(logger), abortOnError: false },
  );
  await app.listen();
  return {
    app,
    async close() {
      await nats.drain();
      await clickhouse.close();
    },
  };
}

async function connectOutside(run: Run, state: { health: Health; registry: Registry }): Promise<Outside> {
  const { config, logger, instance, clock, chance } = run;
  const { nats: address, clickhouse: database } = config;
  const ownInbox = inboxPrefix(config.corpId, run.args.roles);
  const nats = await connectNats({
    url: address.url,
    clientName: instance,
    inboxPrefix: ownInbox,
    ...(address.credentialsFile === undefined ? {} : { credentialsFile: address.credentialsFile }),
  });
  const jsm = await jetstreamManager(nats);
  const clickhouse = openClickHouse({
    url: database.url,
    username: database.username,
    password: passwordOf(database.passwordFile),
    database: database.database,
  });
  const owner = { corpId: config.corpId, replicas: address.replicas, inboxPrefix: ownInbox };
  const status = await openBucketOf(nats, BUCKETS.status, owner);
  const exclusively = lockMigrations(status, { corpId: config.corpId, instance });
  return {
    config,
    instance,
    nats,
    js: jetstream(nats, { timeout: PUBLISH_TIMEOUT_MS }),
    jsm,
    policies: await openBucketOf(nats, BUCKETS.policy, owner),
    status,
    bodies: await openBucketOf(nats, BUCKETS.body, owner),
    objects: await openObjectStore(config.objects),
    clickhouse,
    archive: askArchive(clickhouse, database.layout, exclusively),
    exclusively,
    readSecret,
    listFolder: (folder) => readdir(folder),
    clock,
    chance,
    logger,
    registry: state.registry,
    health: state.health,
  };
}

/** Read again for each request: whoever changes the password changes the file, and the process goes on. */
function passwordOf(file: string | undefined): string | (() => string) {
  return file === undefined ? '' : () => readFileSync(file, 'utf8').trim();
}

/** A mounted secret: its text without the white space around it. */
async function readSecret(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim();
}
