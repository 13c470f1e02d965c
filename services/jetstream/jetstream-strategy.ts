// NestJS meets JetStream: a transport whose messages are batches of durable pull consumers.
// Nest's own NATS transport is core NATS (no acknowledgement, no replay), and its base server does not await handlers:
// this one awaits, settles in one place and lets errors through, so that a failed batch is tried again and never lost.

import { inSpan } from '@menshen/telemetry/tracing';
import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import {
  type BatchHandler,
  type PullLoop,
  type PullOptions,
  pullBatches,
  type Settlement,
} from './pull-batches.ts';
import { extractTrace } from './trace-headers.ts';

/** What a handler subscribes to: `@EventPattern('archiver.capture')` names one entry of this list by `pattern`. */
export type Subscription = Omit<PullOptions, 'report'> & {
  readonly pattern: string;
  readonly report: PullOptions['report'];
};

export interface StrategyOptions {
  /** Asked when the transport starts listening, after the modules' own start-up made streams and consumers. */
  readonly subscriptions: () => readonly Subscription[];
  /** Run before the loops are drained, while they still read. */
  readonly beforeClose?: () => Promise<void>;
}

export class JetStreamStrategy extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly #js: JetStreamClient;
  readonly #options: StrategyOptions;
  readonly #loops: PullLoop[] = [];

  constructor(js: JetStreamClient, options: StrategyOptions) {
    super();
    this.#js = js;
    this.#options = options;
  }

  listen(started: (error?: unknown) => void): void {
    try {
      for (const subscription of this.#options.subscriptions()) {
        this.#loops.push(pullBatches(this.#js, subscription, this.#handlerOf(subscription.pattern)));
      }
      started();
    } catch (error) {
      started(error);
    }
  }

  /** Drains every loop: the batch in hand is finished, the rest goes back to the stream. */
  async close(): Promise<void> {
    await this.#options.beforeClose?.();
    await Promise.all(this.#loops.splice(0).map((loop) => loop.drain()));
  }

  #handlerOf(pattern: string): BatchHandler {
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null)
      throw new Error(`no @EventPattern('${pattern}') handles the subscription of that name`);
    return (batch: readonly JsMsg[]) => {
      // A batch has many origins; the trace follows its first message.
      const span = {
        name: pattern,
        attributes: { messages: batch.length },
        parent: extractTrace(batch[0]?.headers),
      };
      return inSpan(span, async () => {
        const result: unknown = await handler(batch, undefined);
        return (isObservable(result) ? await lastValueFrom(result) : result) as
          | Settlement
          | readonly Settlement[];
      });
    };
  }

  override on(): void {
    throw new Error('JetStreamStrategy emits no events: observe the pull loop reports instead');
  }

  override unwrap<T>(): T {
    return this.#js as T;
  }
}
