// One captured event judged: its bytes in, a judgement out. Pure, and the only place where a message meets the policies.
import { type CaptureStamp, decodeCaptured } from '@menshen/contracts/captured-message';
import { saltedDigest } from '@menshen/contracts/digest';
import type { Judgement } from '@menshen/contracts/finding';
import { decodeFrame } from '@menshen/contracts/frame';
import type { WeComMessage } from '@menshen/contracts/message';
import { pendingModel } from '@menshen/contracts/model-answer';
import { parseMessage } from '@menshen/contracts/parse-message';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { evaluate } from '@menshen/policy-engine/evaluate';
import type { RecentFact } from '@menshen/policy-engine/facts';
import { toFacts } from '@menshen/policy-engine/to-facts';
import { quarantineFinding } from './built-in-findings.ts';
import type { ModelOutcome } from './evaluation-job.ts';

export interface CapturedEvent {
  /** The frame as it came from the capture stream. */
  readonly payload: Uint8Array;
  readonly streamSequence: number;
  /** The object that `stamp.body` names, once it was fetched. `null`: there is no such object. */
  readonly body?: Uint8Array | null;
  /** What its sender has written lately, where a policy asks. */
  readonly recent?: readonly RecentFact[];
  /** What model servers said. Absent: none can be asked, and the message is judged without them. */
  readonly models?: readonly ModelOutcome[];
}

export type JudgeOutcome =
  /** `away`: model servers that would have been asked. */
  | { readonly kind: 'Judged'; readonly judgement: Judgement; readonly away: readonly string[] }
  /** The bytes are in the object store: fetch them and judge again with `body`. */
  | { readonly kind: 'NeedsBody'; readonly objectKey: string }
  /** Model servers are to be asked, and the message judged again with what they say. */
  | { readonly kind: 'NeedsModels'; readonly servers: readonly string[]; readonly texts: readonly string[] }
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
    const judgement: Judgement = { ...rowOf(stamp, event, judgedAtMs), state: 'Quarantined', findings };
    return { kind: 'Judged', judgement, away: [] };
  }
  const bytes = stamp.body === undefined ? raw : openBody(stamp, event.body);
  if (bytes === undefined) return { kind: 'NeedsBody', objectKey: stamp.body?.objectKey ?? '' };
  if (typeof bytes === 'string') return { kind: 'Failed', detail: bytes };
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return { kind: 'Failed', detail: `${parsed.reason}: ${parsed.detail}` };
  return judgeFacts(engine, event, { stamp, message: parsed.message, judgedAtMs });
}

function judgeFacts(
  engine: Engine,
  event: CapturedEvent,
  of: { readonly stamp: CaptureStamp; readonly message: WeComMessage; readonly judgedAtMs: number },
): JudgeOutcome {
  const { stamp, message, judgedAtMs } = of;
  const said = event.models ?? [];
  const answers = said.flatMap((one) => (one.kind === 'Answered' ? [one.answer] : []));
  const facts = toFacts(stamp, message, {
    ...(event.recent !== undefined && { recent: event.recent }),
    ...(answers.length > 0 && { models: [...(stamp.facts.models ?? []), ...answers] }),
  });
  const findings = evaluate(engine, facts);
  const away = [...engine.sighting.askedModels];
  const unasked = away.filter((name) => !said.some((one) => one.kind === 'Away' && one.server === name));
  if (unasked.length > 0 && event.models !== undefined)
    return { kind: 'NeedsModels', servers: unasked, texts: facts.texts.map(({ text }) => text) };
  const row = rowOf(stamp, event, judgedAtMs);
  const judgement: Judgement = {
    ...row,
    pending: away.length === 0 ? row.pending : [...row.pending, ...away.map(pendingModel)],
    state: 'Judged',
    findings,
    ...(answers.length > 0 && { models: answers }),
  };
  return { kind: 'Judged', judgement, away };
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
