// Condition → hit → finding. A finding says which message breaks which rule, and shows where; a verdict is a finding as judged once, for ever.
import { hash } from 'node:crypto';
import type { ConversationKind, Direction } from './captured-message.ts';
import type { Decimal } from './decimal.ts';
import type { Digest } from './digest.ts';
import type { ModelAnswer } from './model-answer.ts';

export type Severity = 'Low' | 'Medium' | 'High' | 'Critical';
export type PolicyMode = 'Enforce' | 'Shadow';

/** One hit, pointing into the ORIGINAL text. Offsets are UTF-16 code units of the segment at `path`, end exclusive. */
export interface Evidence {
  /** Which text of the message: `text.content`, `chatrecord.item[3].content`, `file.filename` … */
  readonly path: string;
  readonly start: number;
  readonly end: number;
  /** The original text between start and end. */
  readonly text: string;
  /** What the view showed there. */
  readonly seen: string;
  /** Which view saw it: Literal, Folded … */
  readonly view: string;
  /** Which condition of the rule: `any[0].keywords.terms[2]`. */
  readonly condition: string;
}

export interface Finding {
  /** {@link findingId} */
  readonly id: string;
  readonly corpId: string;
  readonly msgid: string;
  readonly seq: Decimal;
  readonly conversationId: string;
  readonly conversationKind: ConversationKind;
  readonly direction: Direction;
  readonly senderId: string;
  readonly eventTimeMs: number;
  readonly policy: { readonly namespace: string; readonly name: string };
  readonly rule: string;
  readonly severity: Severity;
  readonly mode: PolicyMode;
  /** Alerting channels named by the policy's actions; empty = the tenant's routes decide. */
  readonly channels: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly policyDigest: Digest;
  readonly lexiconDigests: readonly Digest[];
  readonly engineVersion: string;
  readonly factsVersion: number;
  readonly messageDigest: Digest;
  readonly capturedAtMs: number;
}

/** Judged: evaluated. Quarantined: content after `disagree`, never evaluated. */
export type JudgementState = 'Judged' | 'Quarantined';

/** One row per capture and facts version: by which policy set a message was judged. */
export interface Judgement {
  readonly seq: Decimal;
  readonly msgid: string;
  /** Sequence in the capture stream of the event that was judged. */
  readonly streamSequence: number;
  readonly factsVersion: number;
  readonly state: JudgementState;
  readonly capturedAtMs: number;
  readonly judgedAtMs: number;
  readonly pending: readonly string[];
  readonly findings: readonly Finding[];
  /** Answers of model servers that it rests on and that the message did not bring with it. */
  readonly models?: readonly ModelAnswer[];
}

/** What a scanner publishes on `wecom.<corpId>.finding`: every judgement of one batch of messages, most of them without a finding. */
export interface JudgementBatch {
  readonly corpId: string;
  readonly policySetDigest: Digest;
  readonly engineVersion: string;
  readonly judgements: readonly Judgement[];
  /** Set on findings of the record itself: they add to what the scanner judges, and no message counts as judged by them. */
  readonly findingsOnly?: boolean;
}

/** NATS header on a judgement batch: how many findings it holds, so that the notifier need not parse the many that hold none. */
export const FINDINGS_HEADER = 'Menshen-Findings';

export const encodeJudgements = (batch: JudgementBatch): Buffer => Buffer.from(JSON.stringify(batch));
export const decodeJudgements = (payload: Uint8Array): JudgementBatch =>
  JSON.parse(Buffer.from(payload).toString('utf8')) as JudgementBatch;

/** The finding's identity: the same message and rule give the same id, on any replica, at any time. 32 hex digits. */
export function findingId(of: {
  corpId: string;
  msgid: string;
  namespace: string;
  policy: string;
  rule: string;
}): string {
  const parts = [of.corpId, of.msgid, `${of.namespace}/${of.policy}`, of.rule];
  // In one call: half the cost of an object that hashes piece by piece.
  return hash('sha256', parts.join('\0'), 'hex').slice(0, 32);
}

/** Policies of Menshen itself: what is alarmed without a customer's policy. */
export const BUILT_IN_NAMESPACE = 'menshen.dev';
