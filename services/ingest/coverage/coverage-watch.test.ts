import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { WeComMessage } from '@menshen/contracts/message';
import { silentLogger } from '@menshen/telemetry/logger';
import { describe, expect, it } from 'vitest';
import type { Position } from '../position.ts';
import type { ReadEntry } from '../read-entries.ts';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import { CoverageWatch } from './coverage-watch.ts';
import type { CoverageView } from './directory-gaps.ts';

const T0 = 1_764_000_000_000;

/** A company of `a`, who has a seat, and `b`, who has none; wm1 is a customer of `a`. */
function world(recall: () => Promise<readonly CoverageGap[]> = () => Promise.resolve([])) {
  const clock = { now: T0 };
  const seats = new Set(['a']);
  const view: CoverageView = {
    knows: () => true,
    members: () => ['a', 'b'],
    isMember: (id) => id === 'a' || id === 'b',
    seats: () => seats,
    hasSeat: (id) => seats.has(id),
    follows: () => [],
    rooms: () => [],
    consent: () => undefined,
    hasAskedConsent: () => true,
  };
  const counts = new Map<string, number>();
  const watch = new CoverageWatch({
    corpId: 'ww1',
    idleMs: 30_000,
    manifestMs: 1_800_000,
    view,
    participant: (id) => ({
      kind: /^w[om]/.test(id) ? 'External' : id.startsWith('wb') ? 'Robot' : 'Unknown',
    }),
    recall,
    clock: { nowMs: () => clock.now },
    metrics: {
      openGaps: (now) => {
        for (const [cause, count] of now) counts.set(cause, count);
      },
    },
    logger: silentLogger,
  });
  return { watch, seats, counts, clock };
}
const show = (watch: CoverageWatch): string[] =>
  watch.pending().map(({ cause, subject, state }) => `${cause} ${subject.place}${subject.id} ${state}`);
const message = (from: string, ...tolist: string[]): ReadEntry =>
  ({ ok: true, message: { from, tolist } as unknown as WeComMessage }) as ReadEntry;
const consent = (state: 'Agreed' | 'Disagreed'): DirectoryFact => ({
  kind: 'Consent',
  id: 'a:wm1',
  version: 1,
  deleted: false,
  validFromMs: T0,
  observedAtMs: T0,
  externalId: 'wm1',
  state,
  changedAtMs: T0 - 5,
});

describe('the watch over coverage', () => {
  it('judges no list before it knows what the record was told', async () => {
    let isAway = true;
    const { watch } = world(() => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([])));
    expect(await watch.recall()).toBe(false);
    await watch.look();
    watch.learn([consent('Disagreed')]);
    expect(show(watch)).toEqual([]);
    isAway = false;
    await watch.look();
    expect(show(watch)).toEqual(['PermitMissing b Open']);
  });

  it('tells nothing that the record knows, and ends it when it is over', async () => {
    const first = world();
    await first.watch.look();
    const recorded = first.watch.pending();
    const second = world(() => Promise.resolve(recorded));
    await second.watch.look();
    expect(show(second.watch)).toEqual([]);
    second.seats.add('b');
    await second.watch.look();
    expect(show(second.watch)).toEqual(['PermitMissing b Ended']);
    expect(second.watch.pending()[0]?.id).toBe(recorded[0]?.id);
  });

  it('asks the record again after another ingest was at work', async () => {
    let told: readonly CoverageGap[] = [];
    const { watch } = world(() => Promise.resolve(told));
    await watch.look();
    told = watch.pending();
    watch.told(told);
    told = told.map((gap) => ({ ...gap, state: 'Ended' }));
    watch.isStale();
    await watch.look();
    // The other one ended it, so what is missing now is a new gap.
    expect(show(watch)).toEqual(['PermitMissing b Open']);
  });

  it('dates what changed while a list was read from before it was asked for', async () => {
    const { watch, seats, clock } = world();
    seats.add('b');
    await watch.look(T0 - 70);
    clock.now = T0 + 500;
    seats.delete('b');
    await watch.look();
    expect(watch.pending()).toMatchObject([{ cause: 'PermitMissing', fromMs: T0 - 70 }]);
  });

  it('remembers a trouble until messages come that were sent after it, whatever was answered meanwhile', () => {
    const { watch, clock } = world();
    const position = { lastManifestAtMs: T0 - 1_000 } as Position;
    watch.pullFailed(
      { reason: 'LicenceExpired', detail: 'licence', errcode: 301052 } as unknown as SourceFault,
      position,
    );
    clock.now = T0 + 40_000;
    watch.pullFailed(
      { reason: 'LicenceExpired', detail: 'licence', errcode: 301052 } as unknown as SourceFault,
      position,
    );
    const since = watch.troubledSinceMs();
    expect(since).toBeLessThanOrEqual(T0);
    clock.now = T0 + 50_000;
    watch.pullAnswered(position);
    watch.caughtUp();
    watch.messagesCame(T0 - 5);
    expect(watch.troubledSinceMs()).toBe(since);
    watch.messagesCame(T0 + 55_000);
    expect(watch.troubledSinceMs()).toBeUndefined();
  });

  it('looks at members of messages, not at contacts and robots', async () => {
    const { watch } = world();
    watch.sees([message('a', 'wm1', 'wb1', 'x', ''), message('x', 'y')]);
    await watch.look();
    expect(show(watch).filter((line) => !line.includes(' b '))).toEqual([
      'PermitMissing x Open',
      'PermitMissing y Open',
      'MemberHidden x Open',
      'MemberHidden y Open',
    ]);
  });

  it('takes a consent from the record at once, and counts what is open', async () => {
    const { watch, counts } = world();
    await watch.recall();
    watch.learn([consent('Disagreed')]);
    expect(show(watch)).toEqual(['ConsentWithdrawn awm1 Open']);
    expect(counts.get('ConsentWithdrawn')).toBe(1);
    watch.learn([consent('Agreed')]);
    expect(show(watch)).toEqual(['ConsentWithdrawn awm1 Ended']);
    expect(counts.get('ConsentWithdrawn')).toBe(0);
    expect(watch.openCount()).toBe(0);
  });
});
