// One captured event judged: its bytes in, a judgement out. Pure, and the only place where a message meets the policies.
import { type CaptureStamp, decodeCaptured } from '@menshen/contracts/captured-message';
import { saltedDigest } from '@menshen/contracts/digest';
import type { Judgement } from '@menshen/contracts/finding';
import { decodeFrame } from '@menshen/contracts/frame';
import { parseMessage } from '@menshen/contracts/parse-message';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { evaluate } from '@menshen/policy-engine/evaluate';
import type { RecentFact } from '@menshen/policy-engine/facts';
import { toFacts } from '@menshen/policy-engine/to-facts';
import { quarantineFinding } from './built-in-findings.ts';

export interface CapturedEvent {
  /** The frame as it came from the capture stream. */
  readonly payload: Uint8Array;
  readonly streamSequence: number;
  /** The object that `stamp.body` names, once it was fetched. `null`: there is no such object. */
  readonly body?: Uint8Array | null;
  /** What its sender has written lately, where a policy asks. */
  readonly recent?: readonly RecentFact[];
}

export type JudgeOutcome =
  | { readonly kind: 'Judged'; readonly judgement: Judgement }
  /** The bytes are in the object store: fetch them and judge again with `body`. */
  | { readonly kind: 'NeedsBody'; readonly objectKey: string }
  /** This message cannot be judged. `detail` says what failed, never content. */
  | { readonly kind: 'Failed'; readonly detail: string };

/** Never throws. `judgedAtMs` is written beside the verdict and decides nothing. */
export function judgeMessage(engine: Engine, event: CapturedEvent, judgedAtMs: number): JudgeOutcome {
  try {
    return judge(engine, event, judgedAtMs);
  } catch (error) {
    return { kind: 'Failed', detail: describeFailure(error) };
  }
}

function judge(engine: Engine, event: CapturedEvent, judgedAtMs: number): JudgeOutcome {
  const { stamp, raw } = decodeCaptured(event.payload);
  if (stamp.quarantined) {
    const findings = [quarantineFinding(stamp)];
    return {
      kind: 'Judged',
      judgement: { ...rowOf(stamp, event, judgedAtMs), state: 'Quarantined', findings },
    };
  }
  const bytes = stamp.body === undefined ? raw : openBody(stamp, event.body);
  if (bytes === undefined) return { kind: 'NeedsBody', objectKey: stamp.body?.objectKey ?? '' };
  if (typeof bytes === 'string') return { kind: 'Failed', detail: bytes };
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return { kind: 'Failed', detail: `${parsed.reason}: ${parsed.detail}` };
  const findings = evaluate(engine, toFacts(stamp, parsed.message, event.recent));
  return { kind: 'Judged', judgement: { ...rowOf(stamp, event, judgedAtMs), state: 'Judged', findings } };
}

/** The exact decrypted bytes from a large message's object; `undefined` when it is still to be fetched, a text when it is not what it must be. */
function openBody(stamp: CaptureStamp, body: Uint8Array | null | undefined): Uint8Array | string | undefined {
  if (body === undefined) return undefined;
  if (body === null) return 'the object of a large message is missing';
  const raw = decodeFrame(body)[0];
  if (raw === undefined || saltedDigest(Buffer.from(stamp.salt, 'base64'), raw) !== stamp.digest)
    return 'the object of a large message does not have the digest of the message';
  return raw;
}

function rowOf(
  stamp: CaptureStamp,
  event: CapturedEvent,
  judgedAtMs: number,
): Omit<Judgement, 'state' | 'findings'> {
  return {
    seq: stamp.seq,
    msgid: stamp.msgid,
    streamSequence: event.streamSequence,
    factsVersion: stamp.facts.version,
    capturedAtMs: stamp.capturedAtMs,
    judgedAtMs,
    pending: stamp.facts.pending,
  };
}

/** Kind and place of an exception. Its message is left out: it may quote what was parsed. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure';
  const place = /at (?:async )?([\w.#<>]+) /.exec(error.stack ?? '')?.[1];
  return place === undefined ? error.name : `${error.name} in ${place}`;
}
