// A compliance alert is a routed finding; a notice is what one channel is told about a group of them. Notices are the delivery ledger.
import type { Severity } from './finding.ts';

/** Pending is written before anything is sent, so that a crash can be finished and nothing is told twice under another id. */
export type NoticeState = 'Pending' | 'Delivered' | 'Failed';

export interface NoticeItem {
  readonly findingId: string;
  readonly msgid: string;
  /** `namespace/name` of the policy; a group need not be of one policy. */
  readonly policy?: string;
  readonly rule: string;
  readonly severity?: Severity;
  readonly conversationId?: string;
  readonly capturedAtMs: number;
  /** Highlighted original text, present only where the channel is configured to carry content. */
  readonly excerpt?: string;
}

export interface Notice {
  /** Hash of corp, channel and first finding, fixed when the notice is opened: the receiver's idempotency key. */
  readonly id: string;
  readonly corpId: string;
  readonly channel: string;
  readonly channelKind: string;
  /** What the findings have in common, e.g. `compliance|menshen-demo/no-guaranteed-return|wr123`. */
  readonly groupKey: string;
  /** Policy of the first finding. */
  readonly policy: string;
  /** The highest of its findings. */
  readonly severity: Severity;
  /** Conversation of the first finding. */
  readonly conversationId: string;
  readonly items: readonly NoticeItem[];
  readonly state: NoticeState;
  /** Delivery attempts so far. 0: it still gathers findings. From 1 on its items never change. */
  readonly attempts: number;
  /** While it gathers: when it is to be sent. */
  readonly sendAfterMs?: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Why the last attempt failed; no content. */
  readonly error?: string;
}

export const encodeNotice = (notice: Notice): Buffer => Buffer.from(JSON.stringify(notice));
export const decodeNotice = (payload: Uint8Array): Notice =>
  JSON.parse(Buffer.from(payload).toString('utf8')) as Notice;
