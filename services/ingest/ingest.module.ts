// Ingest as a Nest module: the decorators, and nothing else.
import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Ingest } from './ingest.ts';

export const INGEST = Symbol('ingest');

/** Started before the transport listens, stopped after it has drained. */
@Injectable()
export class IngestLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #ingest: Ingest;

  constructor(@Inject(INGEST) ingest: Ingest) {
    this.#ingest = ingest;
  }

  onApplicationBootstrap(): Promise<void> {
    return this.#ingest.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#ingest.stop();
  }
}

@Module({})
export class IngestModule {}

/** The module of an ingest that the process's entry point has made. It reads no subscription through the transport. */
export function ingestModule(ingest: Ingest): DynamicModule {
  return { module: IngestModule, providers: [{ provide: INGEST, useValue: ingest }, IngestLifecycle] };
}
