// The notifier as a Nest module: the decorators, and nothing else.
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
import { NOTIFIER_PATTERN, Notifier } from './notifier.ts';

export const NOTIFIER = Symbol('notifier');

@Controller()
export class NotifierController {
  readonly #notifier: Notifier;

  constructor(@Inject(NOTIFIER) notifier: Notifier) {
    this.#notifier = notifier;
  }

  @EventPattern(NOTIFIER_PATTERN)
  handle(batch: readonly JsMsg[]): Promise<readonly Settlement[]> {
    return this.#notifier.handle(batch);
  }
}

/** Started before the transport listens, stopped after it has drained. */
@Injectable()
export class NotifierLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #notifier: Notifier;

  constructor(@Inject(NOTIFIER) notifier: Notifier) {
    this.#notifier = notifier;
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#notifier.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#notifier.stop();
  }
}

@Module({})
export class NotifierModule {}

/** The module of a notifier that the process's entry point has made. */
export function notifierModule(notifier: Notifier): DynamicModule {
  return {
    module: NotifierModule,
    controllers: [NotifierController],
    providers: [{ provide: NOTIFIER, useValue: notifier }, NotifierLifecycle],
  };
}
