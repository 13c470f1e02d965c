// Ingest as a Nest module: the decorators, and nothing else.
import { ROLE, RoleLifecycle } from '@menshen/jetstream/role-lifecycle';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Ingest } from './ingest.ts';

@Module({})
export class IngestModule {}

/** The module of an ingest that the process's entry point has made. It reads no subscription through the transport. */
export function ingestModule(ingest: Ingest): DynamicModule {
  return { module: IngestModule, providers: [{ provide: ROLE, useValue: ingest }, RoleLifecycle] };
}
