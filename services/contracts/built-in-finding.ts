// Findings of Menshen itself: they say that there is a message, and nothing of what is in it.
import type { CaptureStamp } from './captured-message.ts';
import type { Digest } from './digest.ts';
import { type Finding, findingId } from './finding.ts';

export interface BuiltInRule {
  readonly policy: Finding['policy'];
  readonly rule: string;
  readonly policyDigest: Digest;
  readonly engineVersion: string;
}

/** The same message gives the same finding, however often it is looked at. Always High, without evidence. */
export function builtInFinding(stamp: CaptureStamp, of: BuiltInRule): Finding {
  const { corpId, msgid } = stamp;
  return {
    ...of,
    id: findingId({ corpId, msgid, namespace: of.policy.namespace, policy: of.policy.name, rule: of.rule }),
    corpId,
    msgid,
    seq: stamp.seq,
    conversationId: stamp.conversationId,
    conversationKind: stamp.conversationKind,
    direction: stamp.direction,
    senderId: stamp.sender.id,
    eventTimeMs: stamp.eventTimeMs,
    severity: 'High',
    mode: 'Enforce',
    channels: [],
    evidence: [],
    lexiconDigests: [],
    factsVersion: stamp.facts.version,
    messageDigest: stamp.digest,
    capturedAtMs: stamp.capturedAtMs,
  };
}
