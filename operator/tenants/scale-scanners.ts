// How many scanners a tenant is to have now, and what its status says of it.
import type { StatusReport } from '@menshen/contracts/status-report';
import type { Clock } from '../kube/clock.ts';
import { condition } from './conditions.ts';
import { parseDurationMs } from './parse-duration.ts';
import { decideReplicas, type ScaleMemory } from './scale/decide-replicas.ts';
import type { SettledSpec } from './settled-tenant.ts';
import type { StepCondition } from './step.ts';

export interface Scaling {
  /** `undefined` where another than the operator says. */
  readonly replicas: number | undefined;
  readonly condition: StepCondition;
  /** Look again then, ms: while messages wait, or scanners could be taken away. */
  readonly lookAgainMs?: number;
}

export interface ScannerScale {
  /** `replicas`: wanted so far; `undefined` before the first Deployment. */
  decide(of: {
    readonly uid: string;
    readonly spec: SettledSpec;
    readonly replicas: number | undefined;
    readonly reports: readonly StatusReport[];
  }): Scaling;
  forget(uid: string): void;
}

/** As often as scanners report. */
const LOOK_AGAIN_MS = 15_000;

export function createScannerScale(clock: Clock): ScannerScale {
  const memories = new Map<string, ScaleMemory>();
  return {
    decide: (of) => {
      const { uid, spec } = of;
      const fixed = decideWithoutLooking(spec);
      if (fixed !== undefined) return fixed;
      const { minReplicas: min, maxReplicas: max, targetDelay, scaleDownWindow } = spec.scanner;
      const age = oldestPendingMs(of.reports);
      const targetMs = parseDurationMs(targetDelay);
      const decision = decideReplicas(
        {
          nowMs: clock.nowMs(),
          replicas: of.replicas ?? min,
          ...(age === undefined ? {} : { oldestPendingMs: age }),
        },
        { min, max, targetMs, scaleDownWindowMs: parseDurationMs(scaleDownWindow) },
        memories.get(uid) ?? {},
      );
      memories.set(uid, decision.memory);
      const isAtMaximum = (age ?? 0) > targetMs && decision.replicas === max;
      const scaling = isAtMaximum ? atMaximum(max) : withinBounds(decision.replicas);
      const mayChange = (age ?? 0) > 0 || decision.replicas > min;
      return mayChange ? { ...scaling, lookAgainMs: LOOK_AGAIN_MS } : scaling;
    },
    forget: (uid) => {
      memories.delete(uid);
    },
  };
}

function decideWithoutLooking({ suspend, deployment, scanner }: SettledSpec): Scaling | undefined {
  const { minReplicas, maxReplicas, autoscaler } = scanner;
  if (suspend) return said(0, 'False', 'Suspended', 'spec.suspend is set: there are no scanners');
  if (deployment.profile === 'Compact')
    return said(
      undefined,
      'False',
      'Fixed',
      'with profile Compact there is one scanner, in the pod of all roles',
    );
  if (autoscaler === 'KEDA')
    return said(
      undefined,
      'True',
      'ByKeda',
      'KEDA sets the number of scanners between minReplicas and maxReplicas',
    );
  if (minReplicas !== maxReplicas) return undefined;
  return said(minReplicas, 'False', 'Fixed', 'minReplicas and maxReplicas are the same');
}

const atMaximum = (replicas: number): Scaling =>
  said(
    replicas,
    'True',
    'AtMaximum',
    'messages wait longer than targetDelay although maxReplicas run: raise maxReplicas',
  );

const withinBounds = (replicas: number): Scaling =>
  said(replicas, 'True', 'WithinBounds', 'as many scanners run as the waiting messages need');

/** Every scanner sees the same consumers: the oldest that any of them knows. `undefined`: none has reported. */
function oldestPendingMs(reports: readonly StatusReport[]): number | undefined {
  const ages = reports.flatMap(({ role, facts }) => {
    const seconds = facts['oldestPendingSeconds'];
    return role === 'scanner' && typeof seconds === 'number' ? [seconds * 1000] : [];
  });
  return ages.length === 0 ? undefined : Math.max(...ages);
}

function said(
  replicas: number | undefined,
  status: StepCondition['status'],
  reason: 'Suspended' | 'Fixed' | 'ByKeda' | 'AtMaximum' | 'WithinBounds',
  message: string,
): Scaling {
  return { replicas, condition: condition('Scaling', status, { reason, message }) };
}
