import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideOrphan } from './decide-orphans.ts';
import type { TenantRecord } from './tenant-record.ts';

const HOUR = 3_600_000;
const record = (fields: Partial<TenantRecord>): TenantRecord => ({
  corpId: 'ww1',
  uid: 'uid-1',
  tenant: 'acme/acme',
  reclaimPolicy: 'Delete',
  reclaimAfterMs: 168 * HOUR,
  nats: { url: 'nats://x' },
  clickhouse: { url: 'http://x', username: 'default', layout: 'single' },
  ...fields,
});
const NOW = 1_000_000 * HOUR;
const decide = (fields: Partial<TenantRecord>, live: readonly string[] = []): string =>
  decideOrphan(record(fields), { liveCorpIds: new Set(live), nowMs: NOW }).kind;

describe('what becomes of a tenant’s data', () => {
  it.each<[string, Partial<TenantRecord>, readonly string[], string]>([
    ['while there is a tenant: nothing', {}, ['ww1'], 'Keep'],
    ['when it has gone: time runs', {}, ['ww2'], 'MarkGone'],
    ['when it has come back: time stops', { goneSinceMs: NOW - HOUR }, ['ww1'], 'ClearGone'],
    [
      'when it came back at the last moment: time stops',
      { goneSinceMs: NOW - 9_999 * HOUR },
      ['ww1'],
      'ClearGone',
    ],
    ['an hour before its time is over: nothing', { goneSinceMs: NOW - 167 * HOUR }, [], 'Keep'],
    ['when its time is over: removed', { goneSinceMs: NOW - 168 * HOUR }, [], 'Sweep'],
    ['by Retain, however long: nothing', { goneSinceMs: 0, reclaimPolicy: 'Retain' }, [], 'Keep'],
    ['of a clock that was set back: time runs anew', { goneSinceMs: NOW + HOUR }, [], 'MarkGone'],
  ])('%s', (_, fields, live, decision) => {
    expect(decide(fields, live)).toBe(decision);
  });
});

interface Step {
  readonly hours: number;
  readonly isThere: boolean;
}
const history = fc.array(fc.record({ hours: fc.integer({ min: 0, max: 100 }), isThere: fc.boolean() }), {
  maxLength: 40,
});

/** What a sweeper does over such a history; the hour at which it swept, if it did, and since when the tenant had been gone without a break. */
function live(steps: readonly Step[], first: TenantRecord): { sweptAfterHours?: number; end: TenantRecord } {
  let known = first;
  let nowMs = NOW;
  let goneHours = 0;
  let seenGone = false;
  for (const { hours, isThere } of steps) {
    nowMs += hours * HOUR;
    goneHours = isThere ? 0 : seenGone ? goneHours + hours : 0;
    seenGone = !isThere;
    const decision = decideOrphan(known, { liveCorpIds: new Set(isThere ? ['ww1'] : []), nowMs });
    if (decision.kind === 'Sweep') return { sweptAfterHours: goneHours, end: known };
    if (decision.kind === 'MarkGone') known = { ...known, goneSinceMs: decision.goneSinceMs };
    if (decision.kind === 'ClearGone') {
      const { goneSinceMs: _gone, ...rest } = known;
      known = rest;
    }
  }
  return { end: known };
}

describe('over any history of a tenant that comes and goes', () => {
  it('nothing is removed before it was gone, without a break, for its whole time', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 500 }), (steps, hours) => {
        const { sweptAfterHours } = live(steps, record({ reclaimAfterMs: hours * HOUR }));
        if (sweptAfterHours !== undefined) expect(sweptAfterHours).toBeGreaterThanOrEqual(hours);
      }),
    );
  });

  it('everything is removed once it was', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 500 }), (steps, hours) => {
        const gone = [...steps, { hours: 0, isThere: false }, { hours, isThere: false }];
        expect(live(gone, record({ reclaimAfterMs: hours * HOUR })).sweptAfterHours).toBeDefined();
      }),
    );
  });

  it('Retain removes nothing', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const gone = [...steps, { hours: 100_000, isThere: false }, { hours: 100_000, isThere: false }];
        expect(live(gone, record({ reclaimPolicy: 'Retain' })).sweptAfterHours).toBeUndefined();
      }),
    );
  });

  it('a tenant that is there is never marked as gone', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { end, sweptAfterHours } = live([...steps, { hours: 1, isThere: true }], record({}));
        if (sweptAfterHours === undefined) expect(end.goneSinceMs).toBeUndefined();
      }),
    );
  });
});
