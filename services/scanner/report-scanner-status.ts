// What the scanner says of itself in the STATUS bucket: by which policies it judges, which it had to reject, how far it is behind.
import { shortDigest } from '@menshen/contracts/digest';
import { type StatusReport, statusKey } from '@menshen/contracts/status-report';
import type { PolicyState } from './keep-policies.ts';
import type { LaneLag } from './scanner-metrics.ts';

/** Older pending messages than this mean that judging does not keep up, ms. */
const LAGGING_AFTER_MS = 30_000;
/** A KV value is small: so many characters of reasons are shown. */
const MOST_DETAIL_CHARACTERS = 200;

/**
 * Facts: policySetDigest, engineVersion, policies and rejected (counts), inForce (JSON, `<namespace>/<name>` → generation),
 * inForceDigests (JSON, `<namespace>/<name>` → shortDigest of the bundle),
 * rejectedPolicies (JSON, `<namespace>/<name>` → reason), pendingMessages, oldestPendingSeconds.
 * Before the policies are loaded only the reason `PoliciesUnavailable`.
 */
export function scannerReport(of: {
  readonly corpId: string;
  readonly instance: string;
  readonly nowMs: number;
  readonly policies: PolicyState | undefined;
  readonly lanes: readonly LaneLag[];
}): { key: string; report: StatusReport } {
  const key = statusKey(of.corpId, 'scanner', of.instance);
  const base = { role: 'scanner', instance: of.instance, reportedAtMs: of.nowMs };
  if (of.policies === undefined) {
    const message =
      'the policies cannot be read: check the POLICY bucket and the object store; nothing is judged before they are';
    return { key, report: { ...base, reason: 'PoliciesUnavailable', message, facts: {} } };
  }
  const { policySetDigest, engineVersion, inForce, digests, rejected } = of.policies;
  const oldestMs = Math.max(0, ...of.lanes.map(({ oldestPendingMs }) => oldestPendingMs));
  const lagging = oldestMs > LAGGING_AFTER_MS;
  const report: StatusReport = {
    ...base,
    reason: lagging ? 'Lagging' : 'CaughtUp',
    message: lagging
      ? 'messages are captured faster than they are judged: raise spec.scanner.maxReplicas, or check the outcome stream'
      : 'messages are judged as they are captured',
    facts: {
      policySetDigest,
      engineVersion,
      policies: inForce.size,
      rejected: rejected.length,
      inForce: JSON.stringify(Object.fromEntries(inForce)),
      inForceDigests: JSON.stringify(
        Object.fromEntries([...digests].map(([policy, digest]) => [policy, shortDigest(digest)])),
      ),
      rejectedPolicies: JSON.stringify(
        Object.fromEntries(
          rejected.map(({ policy, detail }) => [policy, detail.slice(0, MOST_DETAIL_CHARACTERS)]),
        ),
      ),
      pendingMessages: of.lanes.reduce((sum, { pending }) => sum + pending, 0),
      oldestPendingSeconds: Math.round(oldestMs / 1000),
    },
  };
  return { key, report };
}
