// While a backlog is being worked off, what is being said now lies far behind it in the stream. This reads along at the end of the stream, so that
// fresh files compete with old ones. It settles nothing: a message is settled when the backlog has been worked off up to it.
import type { Logger } from '@menshen/telemetry/logger';
import {
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';

export interface LookAheadOptions {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly logger: Logger;
  readonly stream: string;
  readonly filterSubjects: readonly string[];
  readonly offer: (message: JsMsg) => void;
}

/** On their way at once: a message may have a megabyte. */
const BUFFERED_MESSAGES = 16;

export class LookAhead {
  readonly #options: LookAheadOptions;
  #messages: ConsumerMessages | undefined;

  constructor(options: LookAheadOptions) {
    this.#options = options;
  }

  /** Reads what enters the stream from now on; does nothing when it reads already. */
  async start(): Promise<void> {
    if (this.#messages !== undefined) return;
    const { js, jsm, stream, filterSubjects } = this.#options;
    const { state } = await jsm.streams.info(stream);
    const consumer = await js.consumers.get(stream, {
      filter_subjects: [...filterSubjects],
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: state.last_seq + 1,
    });
    const messages = await consumer.consume({ max_messages: BUFFERED_MESSAGES });
    this.#messages = messages;
    void this.#read(messages);
  }

  stop(): void {
    this.#messages?.stop();
    this.#messages = undefined;
  }

  async #read(messages: ConsumerMessages): Promise<void> {
    try {
      for await (const message of messages) this.#options.offer(message);
    } catch (error) {
      this.#options.logger.warn({ error }, 'cannot read ahead, fresh files wait for older ones');
    }
    if (this.#messages === messages) this.#messages = undefined;
  }
}
