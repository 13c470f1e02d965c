// Events about a tenant: only what happened, under the reason of the condition that says how it is now. Everything else is status.
import type { Recorder } from '../kube/recorder.ts';
import type { Correction } from './apply-objects.ts';
import { TENANTS } from './child-resources.ts';
import type { TenantStatus } from './summarise-tenant.ts';
import type { TenantObject } from './tenant-ports.ts';

/** Conditions whose change is news by itself; Ready names the reason of whatever else went wrong. */
const NEWS = ['Ready', 'Stalled', 'Fresh', 'NotifierAvailable'];
/** On the way to being ready nothing has happened yet. */
const NO_NEWS = ['Starting', 'NotReported', 'NotCreated', 'NotReady'];

export const tellHappenings = {
  /** What somebody changed, and is as wanted again: once for each change. */
  ofDrift(recorder: Recorder, object: TenantObject, corrected: readonly Correction[]): void {
    for (const { object: changed, conflicts } of corrected) {
      const fields = conflicts.map(({ field, message }) => `${field} (${message})`).join(', ');
      const what = fields === '' ? 'was changed' : `was changed at ${fields}`;
      tell(recorder, object, {
        type: 'Warning',
        reason: 'DriftCorrected',
        note: `${changed} ${what} and is as the tenant asks again; menshen.dev/paused keeps the operator away`,
      });
    }
  },

  /** What the new status says that the old one did not. */
  ofConditions(recorder: Recorder, object: TenantObject, status: TenantStatus): void {
    const before = object.status?.conditions ?? [];
    for (const { type, status: holds, reason, message } of status.conditions ?? []) {
      const was = before.find((each) => each.type === type);
      if (!NEWS.includes(type) || NO_NEWS.includes(reason) || holds === 'Unknown') continue;
      if (was?.status === holds && was.reason === reason) continue;
      const isGood = (holds === 'True') !== (type === 'Stalled');
      // That nothing is wrong any more is news only of Ready.
      if (isGood && type !== 'Ready') continue;
      tell(recorder, object, { type: isGood ? 'Normal' : 'Warning', reason, note: message });
    }
  },
};

function tell(
  recorder: Recorder,
  object: TenantObject,
  said: { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly note: string },
): void {
  recorder.record({ resource: TENANTS, object, action: 'Reconcile', ...said });
}
