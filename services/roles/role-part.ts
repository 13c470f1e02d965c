// What a role is to the process that runs it, and everything of the outside world that a role may be given.

import type { ClickHouse } from '@menshen/clickhouse/client';
import type { Exclusively } from '@menshen/clickhouse/ensure-schema';
import type { Clock } from '@menshen/contracts/clock';
import type { RoleConfig } from '@menshen/contracts/role-config';
import type { Subscription } from '@menshen/jetstream/jetstream-strategy';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Health } from '@menshen/telemetry/health';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { DynamicModule } from '@nestjs/common';
import type { Registry } from 'prom-client';
import type { Archive } from './ask-archive.ts';

export interface Outside {
  readonly config: RoleConfig;
  /** Name of this process, unique in the tenant. */
  readonly instance: string;
  readonly nats: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly policies: KV;
  readonly status: KV;
  /** Policy bundles and lexicons on their way into the object store. */
  readonly bodies: KV;
  readonly objects: ObjectStore;
  readonly clickhouse: ClickHouse;
  readonly archive: Archive;
  /** Migrates while no other process of the tenant does. */
  readonly exclusively: Exclusively;
  readonly readSecret: (file: string) => Promise<string>;
  /** Names of the files in a folder of mounted secrets; rejects when there is none. */
  readonly listFolder: (folder: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  /** 0 ≤ chance < 1. */
  readonly chance: () => number;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly health: Health;
}

export interface RolePart {
  /** Nest starts it before the transport listens and stops it after the transport has drained. */
  readonly module: DynamicModule;
  /** Asked when the transport starts to listen. */
  subscriptions(): readonly Subscription[];
  /** Before the transport drains, while it still reads. */
  prepareStop?(): Promise<void>;
}
