// The scanner as a Nest module: the decorators, and nothing else.
import type { Settlement } from '@menshen/jetstream/pull-batches';
import { ROLE, RoleLifecycle } from '@menshen/jetstream/role-lifecycle';
import type { JsMsg } from '@nats-io/jetstream';
import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { SCANNER_PATTERN, Scanner } from './scanner.ts';

@Controller()
export class ScannerController {
  readonly #scanner: Scanner;

  constructor(@Inject(ROLE) scanner: Scanner) {
    this.#scanner = scanner;
  }

  @EventPattern(SCANNER_PATTERN)
  handle(batch: readonly JsMsg[]): Promise<Settlement> {
    return this.#scanner.handle(batch);
  }
}

@Module({})
export class ScannerModule {}

/** The module of a scanner that the process's entry point has made. */
export function scannerModule(scanner: Scanner): DynamicModule {
  return {
    module: ScannerModule,
    controllers: [ScannerController],
    providers: [{ provide: ROLE, useValue: scanner }, RoleLifecycle],
  };
}
