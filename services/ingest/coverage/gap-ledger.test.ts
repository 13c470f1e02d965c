import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import { describe, expect, it } from 'vitest';
import { GapLedger } from './gap-ledger.ts';

const gap = (id: string, of: Partial<CoverageGap> = {}): CoverageGap => ({
  id,
  cause: 'PermitMissing',
  state: 'Open',
  subject: { kind: 'Member', id, place: '' },
  detectedAtMs: 1,
  source: 'Permits',
  detail: '',
  ...of,
});
const ids = (gaps: readonly CoverageGap[]): string[] => gaps.map(({ id, state }) => `${id} ${state}`);

describe('the ledger of gaps', () => {
  it('tells a gap until it is told, the last state of it only', () => {
    const ledger = new GapLedger();
    ledger.tell([gap('a'), gap('b')]);
    ledger.tell([gap('a', { state: 'Ended' })]);
    const some = ledger.pending(1_000_000);
    expect(ids(some)).toEqual(['a Ended', 'b Open']);
    ledger.told(some);
    expect(ledger.pending(1_000_000)).toEqual([]);
    expect(ledger.pendingBytes()).toBe(0);
    expect(ids(ledger.open())).toEqual(['b Open']);
  });

  it('keeps what changed while its page was being committed', () => {
    const ledger = new GapLedger();
    ledger.tell([gap('a')]);
    const some = ledger.pending(1_000_000);
    ledger.tell([gap('a', { state: 'Ended' })]);
    ledger.told(some);
    expect(ids(ledger.pending(1_000_000))).toEqual(['a Ended']);
    ledger.told(ledger.pending(1_000_000));
    expect(ledger.pendingBytes()).toBe(0);
  });

  it('spreads many gaps over pages, at least one on each', () => {
    const ledger = new GapLedger();
    ledger.tell(Array.from({ length: 100 }, (_, i) => gap(`m${i}`)));
    expect(ledger.pending(1)).toHaveLength(1);
    const some = ledger.pending(ledger.pendingBytes() / 2);
    expect(some.length).toBeGreaterThan(40);
    expect(some.length).toBeLessThan(60);
  });

  it('takes over what the record says, the newest of each, and keeps what is yet to be told', () => {
    const ledger = new GapLedger();
    ledger.tell([gap('mine')]);
    ledger.adopt([gap('a'), gap('b'), gap('a', { state: 'Ended' }), gap('c'), gap('c')]);
    expect(ids(ledger.open())).toEqual(['b Open', 'c Open', 'mine Open']);
    expect(ids(ledger.pending(1_000_000))).toEqual(['mine Open']);
  });

  it('is not confused by the end of an earlier gap of the same member', () => {
    const ledger = new GapLedger();
    const subject = { kind: 'Member', id: 'wang', place: '' } as const;
    ledger.adopt([gap('second', { subject }), gap('first', { subject, state: 'Ended' })]);
    expect(ids(ledger.open())).toEqual(['second Open']);
  });

  it('counts every cause, also those without a gap', () => {
    const ledger = new GapLedger();
    ledger.tell([gap('a'), gap('b'), gap('c', { cause: 'MemberHidden' })]);
    const counts = ledger.counts();
    expect([counts.get('PermitMissing'), counts.get('MemberHidden'), counts.get('NotPullable')]).toEqual([
      2, 1, 0,
    ]);
  });
});
