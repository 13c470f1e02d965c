// The last resort for a message that nobody survived or understood: judged alone, in a process of its own. Only its own failure there
// makes it poison. What fails before the message has its turn is our failure, and the message waits.
import { encodeCaptured } from '@menshen/contracts/captured-message';
import type { Clock } from '@menshen/contracts/clock';
import type { RecentCounts } from './count-recent.ts';
import {
  type EvaluationResult,
  type ModelOutcome,
  type PolicyInput,
  packPayloads,
  type WantedModels,
} from './evaluation-job.ts';
import { type Evaluator, EvaluatorDied } from './evaluator.ts';

export interface AloneMessage {
  readonly payload: Uint8Array;
  readonly streamSequence: number;
  readonly body?: Uint8Array | null;
  readonly recent?: RecentCounts;
  readonly models?: readonly ModelOutcome[];
}

export type AloneOutcome =
  | { readonly kind: 'Evaluated'; readonly result: Extract<EvaluationResult, { kind: 'Evaluated' }> }
  | { readonly kind: 'NeedsBody'; readonly objectKey: string }
  | { readonly kind: 'NeedsRecent' }
  | { readonly kind: 'NeedsModels'; readonly wanted: readonly WantedModels[] }
  | { readonly kind: 'Poison'; readonly detail: string };

/** A death by a signal may have come from outside, such as for lack of memory: it must happen twice. */
const DEATHS_UNTIL_POISON = 2;

export class Isolation {
  readonly #start: () => Evaluator;
  readonly #corpId: string;
  readonly #clock: Clock;
  #evaluator: { readonly evaluator: Evaluator; readonly policies: readonly PolicyInput[] } | undefined;

  constructor(of: { readonly start: () => Evaluator; readonly corpId: string; readonly clock: Clock }) {
    this.#start = of.start;
    this.#corpId = of.corpId;
    this.#clock = of.clock;
  }

  /** Judges one message by the policies. Rejects when no process can be made ready for it. */
  async judge(message: AloneMessage, policies: readonly PolicyInput[]): Promise<AloneOutcome> {
    for (let deaths = 0; ; ) {
      const evaluator = await this.#ready(policies);
      try {
        return readResult(await evaluator.evaluate(this.#jobOf(message)));
      } catch (error) {
        if (!(error instanceof EvaluatorDied)) throw error;
        await this.close();
        if (++deaths === DEATHS_UNTIL_POISON)
          return { kind: 'Poison', detail: `the process that judged it alone ended: ${error.message}` };
      }
    }
  }

  async close(): Promise<void> {
    const ending = this.#evaluator;
    this.#evaluator = undefined;
    await ending?.evaluator.close();
  }

  /** A process with this policy set that has proven itself on a harmless message: what it fails on afterwards is that message's doing. */
  async #ready(policies: readonly PolicyInput[]): Promise<Evaluator> {
    if (this.#evaluator?.policies === policies && this.#evaluator.evaluator.alive)
      return this.#evaluator.evaluator;
    await this.close();
    const evaluator = this.#start();
    try {
      await evaluator.compile(policies);
      const proof = await evaluator.evaluate(this.#jobOf(harmlessMessage(this.#corpId)));
      if (proof.kind !== 'Evaluated' || proof.failed.length > 0)
        throw new Error('the policy set cannot judge a harmless message');
    } catch (error) {
      await evaluator.close();
      throw new Error('cannot make a process ready that judges one message alone', { cause: error });
    }
    this.#evaluator = { evaluator, policies };
    return evaluator;
  }

  #jobOf(message: AloneMessage): Parameters<Evaluator['evaluate']>[0] {
    return {
      corpId: this.#corpId,
      judgedAtMs: this.#clock.nowMs(),
      ...packPayloads([message.payload]),
      streamSequences: [message.streamSequence],
      bodies: new Map(message.body === undefined ? [] : [[0, message.body]]),
      ...(message.recent === undefined ? {} : { recent: message.recent }),
      ...(message.models === undefined ? {} : { models: new Map([[0, message.models]]) }),
    };
  }
}

function readResult(result: EvaluationResult): AloneOutcome {
  if (result.kind === 'NeedsBodies')
    return { kind: 'NeedsBody', objectKey: result.wanted[0]?.objectKey ?? '' };
  if (result.kind === 'NeedsRecent' || result.kind === 'NeedsModels') return result;
  const failure = result.failed[0];
  return failure === undefined ? { kind: 'Evaluated', result } : { kind: 'Poison', detail: failure.detail };
}

/** A short text between two members of staff. */
function harmlessMessage(corpId: string): AloneMessage {
  const raw = Buffer.from(
    '{"msgid":"0","action":"send","from":"a","tolist":["b"],"roomid":"","msgtime":0,"msgtype":"text","text":{"content":"ok"}}',
  );
  const nobody = { staff: 0, external: 0, robot: 0, unknown: 0, departments: [] };
  const payload = encodeCaptured({
    stamp: {
      corpId,
      seq: '0',
      msgid: '0',
      msgtype: 'text',
      publickeyVer: 0,
      capturedAtMs: 0,
      eventTimeMs: 0,
      conversationId: 'direct:a:b',
      conversationKind: 'Direct',
      partition: 0,
      direction: 'Internal',
      sender: { id: 'a', kind: 'Staff', name: '', departments: [] },
      recipients: { ...nobody, staff: 1 },
      directoryVersion: 0,
      consent: 'NotRequired',
      quarantined: false,
      salt: '',
      digest: 'sha256:',
      facts: { version: 0, media: [], pending: [] },
    },
    raw,
    envelope: Buffer.alloc(0),
  });
  return { payload, streamSequence: 0 };
}
