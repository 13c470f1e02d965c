// What the main thread and an evaluator (worker thread or child process) say to each other. Bytes are moved, not copied, where they can be.
import type { Severity } from '@menshen/contracts/finding';
import type { ModelAnswer } from '@menshen/contracts/model-answer';
import type { PolicySource } from '@menshen/policy-engine/compile-policy';
import type { RecentCounts } from './count-recent.ts';
import type { PackedJudgements } from './pack-judgements.ts';
import type { Awaiting } from './rejudge-pending.ts';

/** Said instead of a request: a thread then ends by itself. */
export const END = 'End';

/** A policy of the set, with the bytes of the lexicons it refers to. */
export interface PolicyInput {
  readonly source: PolicySource;
  /** Digest → the list as stored. */
  readonly lexicons: ReadonlyMap<string, Uint8Array>;
}

export interface RejectedPolicy {
  /** `<namespace>/<name>` */
  readonly policy: string;
  /** For people: field and remedy, no content of messages. */
  readonly detail: string;
}

export interface CompiledSet {
  readonly policySetDigest: string;
  readonly engineVersion: string;
  /** Windows of `MessageFacts.recent` that its policies ask about, seconds. */
  readonly recentSeconds: readonly number[];
  readonly rejected: readonly RejectedPolicy[];
}

/** Payloads of a batch in one buffer: one transfer instead of hundreds. */
export interface EvaluationJob {
  readonly corpId: string;
  readonly judgedAtMs: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** End of each payload in `bytes`; a payload begins where the one before ends. */
  readonly ends: readonly number[];
  readonly streamSequences: readonly number[];
  /** Index → object of a large message; null when there is none under its key. */
  readonly bodies: ReadonlyMap<number, Uint8Array | null>;
  /** Absent: not counted, and a policy that asks does not hold. For a message that proves a set only. */
  readonly recent?: RecentCounts;
  /** Index → what model servers said. Absent: nobody is asked, for a message that proves a set. */
  readonly models?: ReadonlyMap<number, readonly ModelOutcome[]>;
}

/** Away: the server does not answer, or the tenant has none of that name. */
export type ModelOutcome =
  | { readonly kind: 'Answered'; readonly answer: ModelAnswer }
  | { readonly kind: 'Away'; readonly server: string };

/** What model servers are to be asked for a message. */
export interface WantedModels {
  readonly index: number;
  readonly servers: readonly string[];
  /** Every text of the message, in order. */
  readonly texts: readonly string[];
}

/** One finding for the metrics: nothing that identifies anyone. */
export interface FoundFact {
  readonly policy: string;
  readonly severity: Severity;
  readonly mode: string;
  readonly capturedAtMs: number;
}

export type EvaluationResult =
  | { readonly kind: 'NeedsBodies'; readonly wanted: readonly WantedBody[] }
  /** The set came into force after the job was made, and asks for windows that were not counted. */
  | { readonly kind: 'NeedsRecent' }
  | { readonly kind: 'NeedsModels'; readonly wanted: readonly WantedModels[] }
  | {
      readonly kind: 'Evaluated';
      readonly packed: readonly PackedJudgements[];
      /** Messages that could not be judged, by stream sequence. */
      readonly failed: readonly { readonly streamSequence: number; readonly detail: string }[];
      readonly found: readonly FoundFact[];
      readonly quarantined: number;
      /** Messages that were judged without an answer. */
      readonly awaiting: readonly Awaiting[];
      readonly tookMs: number;
    };

export interface WantedBody {
  readonly index: number;
  readonly objectKey: string;
}

export type EvaluatorRequest =
  | { readonly kind: 'Compile'; readonly id: number; readonly policies: readonly PolicyInput[] }
  | { readonly kind: 'Evaluate'; readonly id: number; readonly job: EvaluationJob };

export type EvaluatorAnswer =
  /** Loaded and able to take requests. */
  | { readonly kind: 'Loaded' }
  | { readonly kind: 'Compiled'; readonly id: number; readonly set: CompiledSet }
  | { readonly kind: 'Result'; readonly id: number; readonly result: EvaluationResult };

/** Messages into one buffer that can be given away. The copy is needed: NATS hands out views on its receive buffers. */
export function packPayloads(payloads: readonly Uint8Array[]): Pick<EvaluationJob, 'bytes' | 'ends'> {
  const total = payloads.reduce((sum, payload) => sum + payload.length, 0);
  const bytes = new Uint8Array(new ArrayBuffer(total));
  const ends: number[] = [];
  let end = 0;
  for (const payload of payloads) {
    bytes.set(payload, end);
    end += payload.length;
    ends.push(end);
  }
  return { bytes, ends };
}
