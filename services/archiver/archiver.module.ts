// The archiver as a Nest module: the decorators, and nothing else.
import type { Settlement } from '@menshen/jetstream/pull-batches';
import type { JsMsg } from '@nats-io/jetstream';
import {
  Controller,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { Archiver } from './archiver.ts';
import { CAPTURE_PATTERN, OUTCOME_PATTERN } from './archiver-plan.ts';

export const ARCHIVER = Symbol('archiver');

@Controller()
export class ArchiverController {
  readonly #archiver: Archiver;

  constructor(@Inject(ARCHIVER) archiver: Archiver) {
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

/** Started before the transport listens, stopped after it has drained. */
@Injectable()
export class ArchiverLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #archiver: Archiver;

  constructor(@Inject(ARCHIVER) archiver: Archiver) {
    this.#archiver = archiver;
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#archiver.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#archiver.stop();
  }
}

@Module({})
export class ArchiverModule {}

/** The module of an archiver that the process's entry point has made. */
export function archiverModule(archiver: Archiver): DynamicModule {
  return {
    module: ArchiverModule,
    controllers: [ArchiverController],
    providers: [{ provide: ARCHIVER, useValue: archiver }, ArchiverLifecycle],
  };
}
