// Messages that were judged without an answer of a model server. Once the server answers, each becomes an enriched event with the answer among
// its facts, and is judged like any other: under the next facts version, by whichever scanner reads its lane.
import { type CapturedMessage, decodeCaptured, encodeCaptured } from '@menshen/contracts/captured-message';
import { decodeFrame } from '@menshen/contracts/frame';
import type { ModelAnswer } from '@menshen/contracts/model-answer';
import { parseMessage } from '@menshen/contracts/parse-message';
import { captureStream, enrichedSubject } from '@menshen/contracts/subjects';
import { collectTexts } from '@menshen/policy-engine/collect-texts';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { ModelServers } from './ask-models.ts';
import type { FetchObject } from './fetch-policy.ts';

export interface Awaiting {
  /** Sequence in the capture stream of the event that was judged. */
  readonly streamSequence: number;
  readonly servers: readonly string[];
}

export interface RejudgeTools {
  readonly corpId: string;
  readonly js: Pick<JetStreamClient, 'publish'>;
  readonly jsm: Pick<JetStreamManager, 'streams'>;
  readonly models: Pick<ModelServers, 'ask' | 'isUsable'>;
  readonly fetchObject: FetchObject;
}

/** Beyond this the oldest are left to a rescan; their judgements say what they wait for. */
const MOST_AWAITING = 10_000;
const MESSAGES_AT_ONCE = 256;

export class PendingModels {
  readonly #tools: RejudgeTools;
  readonly #awaiting = new Map<number, readonly string[]>();
  #retrying: Promise<number> | undefined;

  constructor(tools: RejudgeTools) {
    this.#tools = tools;
  }

  get size(): number {
    return this.#awaiting.size;
  }

  /** Their judgements are stored. */
  add(awaiting: readonly Awaiting[]): void {
    for (const { streamSequence, servers } of awaiting) this.#awaiting.set(streamSequence, servers);
    for (const sequence of this.#awaiting.keys()) {
      if (this.#awaiting.size <= MOST_AWAITING) return;
      this.#awaiting.delete(sequence);
    }
  }

  /** Asks for some of those whose servers may answer. The number that did; rejects when the stream fails, and they then wait on. */
  async retry(): Promise<number> {
    this.#retrying ??= this.#retry().finally(() => {
      this.#retrying = undefined;
    });
    return await this.#retrying;
  }

  async #retry(): Promise<number> {
    const { models } = this.#tools;
    const due = [...this.#awaiting].filter(([, servers]) => servers.every((name) => models.isUsable(name)));
    const messages: {
      readonly sequence: number;
      readonly message: CapturedMessage;
      readonly texts: string[];
    }[] = [];
    for (const [sequence] of due.slice(0, MESSAGES_AT_ONCE)) {
      const found = await this.#read(sequence);
      if (found === undefined) this.#awaiting.delete(sequence);
      else messages.push({ sequence, ...found });
    }
    const wanted = messages.map(({ sequence, texts }, index) => ({
      index,
      texts,
      servers: this.#awaiting.get(sequence) ?? [],
    }));
    const outcomes = await models.ask(wanted);
    let answered = 0;
    for (const [index, { sequence, message }] of messages.entries()) {
      const answers = (outcomes.get(index) ?? []).flatMap((one) =>
        one.kind === 'Answered' ? [one.answer] : [],
      );
      if (answers.length < (wanted[index]?.servers.length ?? 0)) continue;
      await this.#publish(message, answers);
      this.#awaiting.delete(sequence);
      answered++;
    }
    return answered;
  }

  /** Undefined where nothing is to be done: the message is gone, or its files are still to come and it is judged again with them anyway. */
  async #read(sequence: number): Promise<{ message: CapturedMessage; texts: string[] } | undefined> {
    const { corpId, jsm } = this.#tools;
    const stored = await jsm.streams.getMessage(captureStream(corpId), { seq: sequence });
    if (stored === null) return undefined;
    const message = decodeCaptured(stored.data);
    // Ingest counts the facts versions of a message whose files it still fetches: two who count would give one number twice.
    if (message.stamp.facts.pending.length > 0) return undefined;
    const raw = await this.#rawOf(message);
    const parsed = raw === undefined ? undefined : parseMessage(raw);
    if (parsed?.ok !== true) return undefined;
    return { message, texts: collectTexts(parsed.message).map(({ text }) => text) };
  }

  async #rawOf({ stamp, raw }: CapturedMessage): Promise<Uint8Array | undefined> {
    if (stamp.body === undefined) return raw;
    const body = await this.#tools.fetchObject(stamp.body.objectKey);
    return body === undefined ? undefined : decodeFrame(body)[0];
  }

  async #publish({ stamp, raw }: CapturedMessage, answers: readonly ModelAnswer[]): Promise<void> {
    const { corpId, js } = this.#tools;
    const models = [...(stamp.facts.models ?? []), ...answers];
    const facts = { ...stamp.facts, version: stamp.facts.version + 1, models };
    const payload = encodeCaptured({ stamp: { ...stamp, facts }, raw, envelope: Buffer.alloc(0) });
    // A publication whose answer was lost is repeated, and stored once.
    const msgID = `models:${stamp.seq}:${facts.version}`;
    await js.publish(enrichedSubject(corpId, stamp.partition), payload, { msgID });
  }
}
