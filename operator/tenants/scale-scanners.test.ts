// How many scanners are wanted, from what scanners report, and what the status says of it.
import type { StatusReport } from '@menshen/contracts/status-report';
import { expect, test } from 'vitest';
import { fakeClock } from '../kube/clock.testkit.ts';
import { createScannerScale } from './scale-scanners.ts';
import type { SettledSpec } from './settled-tenant.ts';
import { tenantExample } from './tenants.testkit.ts';

const scanner = (oldestPendingSeconds: number): StatusReport => ({
  role: 'scanner',
  instance: `s-${oldestPendingSeconds}`,
  reportedAtMs: 1,
  reason: 'CaughtUp',
  message: '',
  facts: { oldestPendingSeconds },
});
const scaled = tenantExample('scaled').spec;

interface Case {
  readonly when: string;
  readonly spec?: SettledSpec;
  readonly replicas: number;
  readonly ages: readonly number[];
  readonly wanted: number | undefined;
  readonly reason: string;
  readonly looksAgain?: true;
}

test.each<Case>([
  { when: 'nobody has reported', replicas: 2, ages: [], wanted: 2, reason: 'WithinBounds', looksAgain: true },
  { when: 'nothing waits and the fewest run', replicas: 1, ages: [0], wanted: 1, reason: 'WithinBounds' },
  {
    when: 'nothing waits and more run',
    replicas: 3,
    ages: [0],
    wanted: 3,
    reason: 'WithinBounds',
    looksAgain: true,
  },
  {
    when: 'one of two sees that messages wait',
    replicas: 2,
    ages: [1, 60],
    wanted: 4,
    reason: 'AtMaximum',
    looksAgain: true,
  },
  {
    when: 'messages wait and there is room',
    replicas: 1,
    ages: [60],
    wanted: 2,
    reason: 'WithinBounds',
    looksAgain: true,
  },
  {
    when: 'it is suspended',
    spec: { ...scaled, suspend: true },
    replicas: 2,
    ages: [60],
    wanted: 0,
    reason: 'Suspended',
  },
  {
    when: 'the bounds are one',
    spec: { ...scaled, scanner: { ...scaled.scanner, minReplicas: 4 } },
    replicas: 4,
    ages: [60],
    wanted: 4,
    reason: 'Fixed',
  },
  {
    when: 'there is one pod for all',
    spec: tenantExample('minimal').spec,
    replicas: 1,
    ages: [60],
    wanted: undefined,
    reason: 'Fixed',
  },
])('when $when', ({ spec = scaled, replicas, ages, wanted, reason, looksAgain = false }) => {
  const reports = ages.map(scanner);
  const scaling = createScannerScale(fakeClock()).decide({ uid: 'u', spec, replicas, reports });
  expect(scaling.replicas).toBe(wanted);
  expect(scaling.condition.reason).toBe(reason);
  expect(scaling.lookAgainMs !== undefined).toBe(looksAgain);
});

test('one tenant’s calm is not another’s', () => {
  const clock = fakeClock();
  const scale = createScannerScale(clock);
  const decide = (uid: string, seconds: number) =>
    scale.decide({ uid, spec: scaled, replicas: 3, reports: [scanner(seconds)] }).replicas;
  expect([decide('calm', 0), decide('busy', 9)]).toEqual([3, 3]);
  clock.jump(300_000);
  expect([decide('calm', 0), decide('busy', 0)]).toEqual([2, 3]);
  scale.forget('busy');
  clock.jump(300_000);
  expect(decide('busy', 0)).toBe(3);
});
