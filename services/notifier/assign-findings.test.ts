import type { Notice } from '@menshen/contracts/compliance-alert';
import type { Finding } from '@menshen/contracts/finding';
import type { AlertRoute } from '@menshen/contracts/role-config';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignFindings, MOST_ITEMS, type RoutedFinding } from './assign-findings.ts';
import { MEMORY_MS, NoticeBook } from './notice-book.ts';
import { makeChannel, makeConfig, makeFinding, makeRoute } from './notifier.testkit.ts';
import { routeFinding } from './route-findings.ts';

const channels = [makeChannel('compliance'), makeChannel('legal', { includeContent: true })];

function route(findings: readonly Finding[], routes: readonly AlertRoute[]): RoutedFinding[] {
  return findings.flatMap((finding) => {
    const routing = routeFinding(finding, makeConfig(channels, routes));
    return routing.kind === 'Told' ? [{ finding, destinations: routing.destinations }] : [];
  });
}

/** Assigns at `nowMs` and writes it down, as the notifier does. */
function take(
  book: NoticeBook,
  nowMs: number,
  findings: readonly Finding[],
  routes: readonly AlertRoute[],
): readonly Notice[] {
  const notices = assignFindings(route(findings, routes), book, nowMs);
  for (const notice of notices) book.apply(notice);
  return notices;
}

const send = (book: NoticeBook, notice: Notice, nowMs: number): void =>
  book.apply({ ...notice, attempts: 1, updatedAtMs: nowMs });

const route1 = makeRoute(['compliance'], { groupWaitMs: 100, repeatIntervalMs: 5_000 });

describe('which notice a finding joins', () => {
  it('opens a group with the first, due after the wait', () => {
    const [notice, ...others] = take(new NoticeBook(), 1_000, [makeFinding('m1')], [route1]);
    expect(others).toEqual([]);
    expect(notice).toMatchObject({
      state: 'Pending',
      attempts: 0,
      sendAfterMs: 1_100,
      groupKey: 'compliance|acme/no-guarantee|wr1',
      items: [{ msgid: 'm1' }],
    });
  });

  it('gathers what comes before the sending into the same notice, under the same id', () => {
    const book = new NoticeBook();
    const [first] = take(book, 1_000, [makeFinding('m1', { severity: 'Low' })], [route1]);
    const [grown] = take(
      book,
      1_050,
      [makeFinding('m2', { severity: 'Critical' }), makeFinding('m3')],
      [route1],
    );
    expect(grown).toMatchObject({ id: first?.id, sendAfterMs: 1_100, severity: 'Critical' });
    expect(grown?.items.map((item) => item.msgid)).toEqual(['m1', 'm2', 'm3']);
  });

  it.each([
    ['within the repeat interval: waits for its end', 2_000, 6_100],
    ['just before its end: still the wait of a new group', 6_090, 6_190],
    ['long after: the wait of a new group', 20_000, 20_100],
  ])('a finding after the sending, %s', (_name, nowMs, sendAfterMs) => {
    const book = new NoticeBook();
    const [first] = take(book, 1_000, [makeFinding('m1')], [route1]);
    if (first !== undefined) send(book, first, 1_100);
    const [next] = take(book, nowMs, [makeFinding('m2')], [route1]);
    expect(next).toMatchObject({ sendAfterMs, items: [{ msgid: 'm2' }] });
    expect(next?.id).not.toBe(first?.id);
  });

  it('counts the repeat interval from the first sending, not from retries or the delivery', () => {
    const book = new NoticeBook();
    const [first] = take(book, 1_000, [makeFinding('m1')], [route1]);
    if (first === undefined) throw new Error('no notice');
    send(book, first, 1_100);
    book.apply({ ...first, state: 'Failed', attempts: 5, updatedAtMs: 4_000 });
    book.apply({ ...first, state: 'Delivered', attempts: 6, updatedAtMs: 4_500 });
    expect(take(book, 5_000, [makeFinding('m2')], [route1])[0]?.sendAfterMs).toBe(6_100);
  });

  it('a redelivered finding, or the same one on a higher facts version, joins nothing again', () => {
    const book = new NoticeBook();
    take(book, 1_000, [makeFinding('m1')], [route1]);
    expect(take(book, 1_010, [makeFinding('m1')], [route1])).toEqual([]);
    expect(take(book, 1_020, [makeFinding('m1', { factsVersion: 3 })], [route1])).toEqual([]);
    expect(
      take(new NoticeBook(), 1, [makeFinding('m1'), makeFinding('m1')], [route1])[0]?.items,
    ).toHaveLength(1);
  });

  it('remembers deliveries for 8 days, and what is still owed for ever', () => {
    const book = new NoticeBook();
    const [first] = take(book, 1_000, [makeFinding('m1')], [route1]);
    const [owed] = take(book, 1_000, [makeFinding('m9', { conversationId: 'wr9' })], [route1]);
    if (first === undefined || owed === undefined) throw new Error('no notice');
    book.apply({ ...first, state: 'Delivered', attempts: 1, updatedAtMs: 1_200 });
    book.forget(1_000 + MEMORY_MS);
    expect(book.isAssigned(first.items[0]?.findingId ?? '', 'compliance')).toBe(true);
    book.forget(1_001 + MEMORY_MS);
    expect(book.isAssigned(first.items[0]?.findingId ?? '', 'compliance')).toBe(false);
    expect([...book.listOpen()].map(({ id }) => id)).toEqual([owed.id]);
  });

  it(`puts what is beyond ${MOST_ITEMS} findings into another notice that goes out with the first`, () => {
    const book = new NoticeBook();
    const many = Array.from({ length: MOST_ITEMS * 2 + 1 }, (_, i) => makeFinding(`m${i}`));
    const notices = take(book, 1_000, many, [route1]);
    expect(notices.map(({ items }) => items.length)).toEqual([MOST_ITEMS, MOST_ITEMS, 1]);
    expect(new Set(notices.map(({ sendAfterMs }) => sendAfterMs))).toEqual(new Set([1_100]));
    const [grown] = take(book, 1_010, [makeFinding('late')], [route1]);
    expect(grown?.items).toHaveLength(2);
  });

  it('carries words of the message only to channels that may have content', () => {
    const notices = take(new NoticeBook(), 1, [makeFinding('m1')], [makeRoute(['compliance', 'legal'])]);
    const shown = Object.fromEntries(notices.map(({ channel, items }) => [channel, items[0]?.excerpt]));
    expect(shown).toEqual({ compliance: undefined, legal: '【保本】' });
    expect(JSON.stringify(notices.filter(({ channel }) => channel === 'compliance'))).not.toContain('保本');
  });
});

describe('whatever comes in whatever portions', () => {
  const step = fc.record({
    messages: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }),
    passMs: fc.integer({ min: 0, max: 4_000 }),
    act: fc.constantFrom('none', 'send', 'deliver', 'fail', 'restart'),
  });
  const routes = [
    makeRoute(['compliance'], { groupWaitMs: 100, repeatIntervalMs: 2_000 }),
    makeRoute(['legal'], { groupBy: ['Sender'], groupWaitMs: 500, repeatIntervalMs: 0 }),
  ];
  const findingOf = (n: number): Finding =>
    makeFinding(`m${n}`, { conversationId: `wr${n % 3}`, senderId: `s${n % 2}` });

  it('each finding is in exactly one notice of each channel, a sent notice never changes, and replay gives the same book', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { book, records } = run(steps);
        const seen = [...new Set(steps.flatMap(({ messages }) => messages))].map((n) => findingOf(n).id);
        expect(homes(records)).toEqual(
          new Map(seen.flatMap((id) => [`${id}|compliance`, `${id}|legal`]).map((key) => [key, 1])),
        );
        expect(changedAfterSending(records)).toEqual([]);
        const again = replay(records);
        expect([...again.listOpen()]).toEqual([...book.listOpen()]);
        for (const { groupKey } of records) expect(again.group(groupKey)).toEqual(book.group(groupKey));
      }),
      { numRuns: 300 },
    );
  });

  interface Step {
    readonly messages: readonly number[];
    readonly passMs: number;
    readonly act: string;
  }

  /** Plays the steps as the notifier would, restarts included; every record that was written, in order. */
  const run = (steps: readonly Step[]): { book: NoticeBook; records: readonly Notice[] } => {
    let book = new NoticeBook();
    let nowMs = 1_000;
    const records: Notice[] = [];
    const put = (notice: Notice): void => {
      records.push(notice);
      book.apply(notice);
    };
    for (const { messages, passMs, act } of steps) {
      nowMs += passMs;
      for (const notice of assignFindings(route(messages.map(findingOf), routes), book, nowMs)) put(notice);
      if (act === 'restart') book = replay(records);
      for (const notice of [...book.listOpen()]) for (const next of follow(notice, act, nowMs)) put(next);
    }
    return { book, records };
  };

  const follow = (notice: Notice, act: string, nowMs: number): readonly Notice[] => {
    const sent = notice.attempts > 0;
    if (act === 'send' && !sent && (notice.sendAfterMs ?? 0) <= nowMs)
      return [{ ...notice, attempts: 1, updatedAtMs: nowMs }];
    if (act === 'fail' && sent) return [{ ...notice, state: 'Failed', attempts: 5, updatedAtMs: nowMs }];
    if (act === 'deliver' && sent) return [{ ...notice, state: 'Delivered', updatedAtMs: nowMs }];
    return [];
  };

  const replay = (records: readonly Notice[]): NoticeBook => {
    const book = new NoticeBook();
    for (const record of records) book.apply(record);
    return book;
  };

  /** finding and channel → number of notices it is in. */
  const homes = (records: readonly Notice[]): Map<string, number> => {
    const ids = new Map<string, Set<string>>();
    for (const { id, channel, items } of records)
      for (const { findingId } of items) {
        const key = `${findingId}|${channel}`;
        ids.set(key, (ids.get(key) ?? new Set()).add(id));
      }
    return new Map([...ids].map(([key, set]) => [key, set.size]));
  };

  const changedAfterSending = (records: readonly Notice[]): string[] => {
    const sent = new Map<string, string>();
    return records.flatMap(({ id, attempts, items }) => {
      const now = JSON.stringify(items);
      const before = sent.get(id);
      if (attempts > 0) sent.set(id, now);
      return before !== undefined && before !== now ? [id] : [];
    });
  };
});
