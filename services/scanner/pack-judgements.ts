// Judgements become payloads for the stream: whole batches, never beyond what NATS carries.
import type { Judgement } from '@menshen/contracts/finding';

/** Room below NATS's 1 MiB for headers. */
export const MOST_PAYLOAD_BYTES = 900 * 1024;

export interface BatchHead {
  readonly corpId: string;
  readonly policySetDigest: string;
  readonly engineVersion: string;
}

export interface PackedJudgements {
  /** A JudgementBatch as JSON, in a buffer of its own. */
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly streamSequences: readonly number[];
  readonly findings: number;
}

export interface Packing {
  readonly packed: readonly PackedJudgements[];
  /** Stream sequences of judgements that fit into no payload, even without evidence. */
  readonly tooLarge: readonly number[];
}

/** In order. Each judgement is serialised once; the batch around them is written by hand for that reason. */
export function packJudgements(head: BatchHead, judgements: readonly Judgement[]): Packing {
  const packed: PackedJudgements[] = [];
  const tooLarge: number[] = [];
  let open = emptyBox();
  const close = (): void => {
    if (open.parts.length > 0) packed.push(seal(head, open));
    open = emptyBox();
  };
  for (const judgement of judgements) {
    const fitted = fit(judgement);
    if (fitted === undefined) {
      tooLarge.push(judgement.streamSequence);
      continue;
    }
    if (open.bytes + fitted.bytes > MOST_PAYLOAD_BYTES) close();
    open.parts.push(fitted.text);
    open.bytes += fitted.bytes + 1;
    open.streamSequences.push(judgement.streamSequence);
    open.findings += judgement.findings.length;
  }
  close();
  return { packed, tooLarge };
}

interface Box {
  readonly parts: string[];
  readonly streamSequences: number[];
  bytes: number;
  findings: number;
}

const emptyBox = (): Box => ({ parts: [], streamSequences: [], bytes: HEAD_BYTES, findings: 0 });
const HEAD_BYTES = 512;

/** Evidence left for each finding when a judgement does not fit whole. The first places say as much as the thirtieth. */
const EVIDENCE_STEPS = [undefined, 8, 2, 0] as const;

function fit(judgement: Judgement): { readonly text: string; readonly bytes: number } | undefined {
  for (const most of EVIDENCE_STEPS) {
    const text = JSON.stringify(most === undefined ? judgement : trim(judgement, most));
    const bytes = Buffer.byteLength(text);
    if (bytes + HEAD_BYTES <= MOST_PAYLOAD_BYTES) return { text, bytes };
  }
  return undefined;
}

function trim(judgement: Judgement, most: number): Judgement {
  const findings = judgement.findings.map((finding) => ({
    ...finding,
    evidence: finding.evidence.slice(0, most),
  }));
  return { ...judgement, findings };
}

function seal(head: BatchHead, box: Box): PackedJudgements {
  const { corpId, policySetDigest, engineVersion } = head;
  const opening = JSON.stringify({ corpId, policySetDigest, engineVersion }).slice(0, -1);
  const text = `${opening},"judgements":[${box.parts.join(',')}]}`;
  return {
    payload: new TextEncoder().encode(text),
    streamSequences: box.streamSequences,
    findings: box.findings,
  };
}
