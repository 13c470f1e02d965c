// Two messages under one msgid: the record keeps both and says so, as a finding of Menshen itself.
import { builtInFinding } from '@menshen/contracts/built-in-finding';
import type { CaptureStamp } from '@menshen/contracts/captured-message';
import { contentDigest } from '@menshen/contracts/digest';
import {
  BUILT_IN_NAMESPACE,
  encodeJudgements,
  FINDINGS_HEADER,
  type Finding,
  type JudgementBatch,
} from '@menshen/contracts/finding';
import { findingSubject } from '@menshen/contracts/subjects';
import type { JetStreamClient } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';

const POLICY = 'record';
const RULE = 'msgid-conflict';
const ENGINE_VERSION = 'record-1';
const POLICY_DIGEST = contentDigest(`${BUILT_IN_NAMESPACE}/${POLICY}/${RULE}/1`);

/** The finding about one message. The same message gives the same finding, however often it is looked at. */
export function conflictFinding(stamp: CaptureStamp): Finding {
  // Which bytes differ is for the reader of both messages; there is no hit in a text.
  return builtInFinding(stamp, {
    policy: { namespace: BUILT_IN_NAMESPACE, name: POLICY },
    rule: RULE,
    policyDigest: POLICY_DIGEST,
    engineVersion: ENGINE_VERSION,
  });
}

export interface Conflict {
  readonly streamSequence: number;
  readonly stamp: CaptureStamp;
}

/** Publishes the findings of a batch. May be called again for the same conflicts: the finding's id and the verdict's key keep them single. */
export async function publishConflicts(
  js: JetStreamClient,
  corpId: string,
  { conflicts, nowMs }: { readonly conflicts: readonly Conflict[]; readonly nowMs: number },
): Promise<void> {
  const batch: JudgementBatch = {
    corpId,
    policySetDigest: POLICY_DIGEST,
    engineVersion: ENGINE_VERSION,
    findingsOnly: true,
    judgements: conflicts.map(({ streamSequence, stamp }) => ({
      seq: stamp.seq,
      msgid: stamp.msgid,
      streamSequence,
      factsVersion: stamp.facts.version,
      state: 'Judged',
      capturedAtMs: stamp.capturedAtMs,
      judgedAtMs: nowMs,
      pending: [],
      findings: [conflictFinding(stamp)],
    })),
  };
  const meta = headers();
  meta.set(FINDINGS_HEADER, String(conflicts.length));
  await js.publish(findingSubject(corpId), encodeJudgements(batch), { headers: meta });
}
