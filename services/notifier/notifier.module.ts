// The notifier as a Nest module: the decorators, and nothing else.
import type { Settlement } from '@menshen/jetstream/pull-batches';
import { ROLE, RoleLifecycle } from '@menshen/jetstream/role-lifecycle';
import type { JsMsg } from '@nats-io/jetstream';
import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { NOTIFIER_PATTERN, Notifier } from './notifier.ts';

@Controller()
export class NotifierController {
  readonly #notifier: Notifier;

  constructor(@Inject(ROLE) notifier: Notifier) {
    this.#notifier = notifier;
  }

  @EventPattern(NOTIFIER_PATTERN)
  handle(batch: readonly JsMsg[]): Promise<readonly Settlement[]> {
    return this.#notifier.handle(batch);
  }
}

@Module({})
export class NotifierModule {}

/** The module of a notifier that the process's entry point has made. */
export function notifierModule(notifier: Notifier): DynamicModule {
  return {
    module: NotifierModule,
    controllers: [NotifierController],
    providers: [{ provide: ROLE, useValue: notifier }, RoleLifecycle],
  };
}
