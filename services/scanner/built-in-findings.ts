// What is alarmed without a customer's policy. Content that came after `disagree` is never evaluated (design: quarantine), but it must be seen.
import type { CaptureStamp } from '@menshen/contracts/captured-message';
import { contentDigest } from '@menshen/contracts/digest';
import { BUILT_IN_NAMESPACE, type Finding, findingId } from '@menshen/contracts/finding';
import { ENGINE_VERSION } from '@menshen/policy-engine/digests';

const POLICY = { namespace: BUILT_IN_NAMESPACE, name: 'consent' } as const;
const RULE = 'content-after-disagree';

/** Stands for the policy's text, which is this file: changes when what it means changes. */
const POLICY_DIGEST = contentDigest(`${POLICY.namespace}/${POLICY.name}/${RULE} 1`);

/** Says that there is a message, and nothing of what is in it. */
export function quarantineFinding(stamp: CaptureStamp): Finding {
  const { corpId, msgid } = stamp;
  return {
    id: findingId({ corpId, msgid, namespace: POLICY.namespace, policy: POLICY.name, rule: RULE }),
    corpId,
    msgid,
    seq: stamp.seq,
    conversationId: stamp.conversationId,
    conversationKind: stamp.conversationKind,
    direction: stamp.direction,
    senderId: stamp.sender.id,
    eventTimeMs: stamp.eventTimeMs,
    policy: POLICY,
    rule: RULE,
    severity: 'High',
    mode: 'Enforce',
    channels: [],
    evidence: [],
    policyDigest: POLICY_DIGEST,
    lexiconDigests: [],
    engineVersion: ENGINE_VERSION,
    factsVersion: stamp.facts.version,
    messageDigest: stamp.digest,
    capturedAtMs: stamp.capturedAtMs,
  };
}
