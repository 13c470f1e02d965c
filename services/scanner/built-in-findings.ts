// What is alarmed without a customer's policy. Content that came after `disagree` is never evaluated (design: quarantine), but it must be seen.
import { builtInFinding } from '@menshen/contracts/built-in-finding';
import type { CaptureStamp } from '@menshen/contracts/captured-message';
import { contentDigest } from '@menshen/contracts/digest';
import { BUILT_IN_NAMESPACE, type Finding } from '@menshen/contracts/finding';
import { ENGINE_VERSION } from '@menshen/policy-engine/digests';

const POLICY = { namespace: BUILT_IN_NAMESPACE, name: 'consent' } as const;
const RULE = 'content-after-disagree';

/** Stands for the policy's text, which is this file: changes when what it means changes. */
const POLICY_DIGEST = contentDigest(`${POLICY.namespace}/${POLICY.name}/${RULE} 1`);

/** Says that there is a message, and nothing of what is in it. */
export function quarantineFinding(stamp: CaptureStamp): Finding {
  return builtInFinding(stamp, {
    policy: POLICY,
    rule: RULE,
    policyDigest: POLICY_DIGEST,
    engineVersion: ENGINE_VERSION,
  });
}
