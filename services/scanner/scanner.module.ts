// The scanner as a Nest module: the decorators, and nothing else.
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
import { SCANNER_PATTERN, Scanner } from './scanner.ts';

export const SCANNER = Symbol('scanner');

@Controller()
export class ScannerController {
  readonly #scanner: Scanner;

  constructor(@Inject(SCANNER) scanner: Scanner) {
    this.#scanner = scanner;
  }

  @EventPattern(SCANNER_PATTERN)
  handle(batch: readonly JsMsg[]): Promise<Settlement> {
    return this.#scanner.handle(batch);
  }
}

/** Started before the transport listens, stopped after it has drained. */
@Injectable()
export class ScannerLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #scanner: Scanner;

  constructor(@Inject(SCANNER) scanner: Scanner) {
    this.#scanner = scanner;
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#scanner.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#scanner.stop();
  }
}

@Module({})
export class ScannerModule {}

/** The module of a scanner that the process's entry point has made. */
export function scannerModule(scanner: Scanner): DynamicModule {
  return {
    module: ScannerModule,
    controllers: [ScannerController],
    providers: [{ provide: SCANNER, useValue: scanner }, ScannerLifecycle],
  };
}
