// From messages of the outcome stream to findings. Most batches hold none, and their header says so: they are not parsed.
import { decodeJudgements, FINDINGS_HEADER, type Finding } from '@menshen/contracts/finding';
import type { JsMsg } from '@nats-io/jetstream';

export type FindingsOfBatch =
  | { readonly ok: true; readonly findings: readonly Finding[] }
  /** Not a judgement batch. The archiver keeps it; here nothing can be done with it. */
  | { readonly ok: false; readonly detail: string };

export function readFindings(message: Pick<JsMsg, 'headers' | 'data'>): FindingsOfBatch {
  if (message.headers?.get(FINDINGS_HEADER) === '0') return { ok: true, findings: [] };
  try {
    const { judgements } = decodeJudgements(message.data);
    return { ok: true, findings: judgements.flatMap((judgement) => judgement.findings) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.name : 'unknown error' };
  }
}
