// The archiver as a Nest module: the decorators, and nothing else.
import type { Settlement } from '@menshen/jetstream/pull-batches';
import { ROLE, RoleLifecycle } from '@menshen/jetstream/role-lifecycle';
import type { JsMsg } from '@nats-io/jetstream';
import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { Archiver } from './archiver.ts';
import { CAPTURE_PATTERN, OUTCOME_PATTERN } from './archiver-plan.ts';

@Controller()
export class ArchiverController {
  readonly #archiver: Archiver;

  constructor(@Inject(ROLE) archiver: Archiver) {
    this.#archiver = archiver;
  }

  @EventPattern(CAPTURE_PATTERN)
  handleCapture(batch: readonly JsMsg[]): Promise<Settlement> {
    return this.#archiver.handleCapture(batch);
  }

  @EventPattern(OUTCOME_PATTERN)
  handleOutcomes(batch: readonly JsMsg[]): Promise<Settlement> {
    return this.#archiver.handleOutcomes(batch);
  }
}

@Module({})
export class ArchiverModule {}

/** The module of an archiver that the process's entry point has made. */
export function archiverModule(archiver: Archiver): DynamicModule {
  return {
    module: ArchiverModule,
    controllers: [ArchiverController],
    providers: [{ provide: ROLE, useValue: archiver }, RoleLifecycle],
  };
}
