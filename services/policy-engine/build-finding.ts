// A finding: the message, the policy that it breaks and by what it was judged, and the evidence.
import { type Finding, findingId, type Severity } from '@menshen/contracts/finding';
import { buildEvidence } from './build-evidence.ts';
import type { CompiledPolicy } from './compile-policy.ts';
import { ENGINE_VERSION } from './digests.ts';
import type { MessageFacts } from './facts.ts';
import type { LabelledHit } from './judge-rule.ts';

export function buildFinding(
  facts: MessageFacts,
  policy: CompiledPolicy,
  broken: { rule: string; severity: Severity; hits: readonly LabelledHit[] },
): Finding {
  const { corpId, msgid } = facts;
  const { namespace, name } = policy;
  return {
    id: findingId({ corpId, msgid, namespace, policy: name, rule: broken.rule }),
    corpId,
    msgid,
    seq: facts.seq,
    conversationId: facts.conversationId,
    conversationKind: facts.conversationKind,
    direction: facts.direction,
    senderId: facts.sender.id,
    eventTimeMs: facts.eventTimeMs,
    policy: { namespace, name },
    rule: broken.rule,
    severity: broken.severity,
    mode: policy.mode,
    channels: policy.channels,
    evidence: buildEvidence(broken.hits, facts),
    policyDigest: policy.digest,
    lexiconDigests: policy.lexiconDigests,
    engineVersion: ENGINE_VERSION,
    factsVersion: facts.factsVersion,
    messageDigest: facts.messageDigest,
    capturedAtMs: facts.capturedAtMs,
  };
}
