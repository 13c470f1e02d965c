// Short months in every test run; the long one is `npm run chaos -- month`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { whyNoStub } from '@menshen/sdk-stub/build-stub';
import { describe, expect, it } from 'vitest';
import { countKeptMonth } from './count-kept-month.ts';
import { HOURS_PER_DAY, isReachable, planMonth } from './plan-month.ts';
import { type MonthArguments, readMonthArguments } from './read-month-arguments.ts';
import { isCleanMonth, type MonthResult, runMonth } from './run-month.ts';

const problem = await whyNoStub();
const SHORT: MonthArguments = { days: 8, perDay: 375, outageDays: 2, crashes: 10, seed: 1 };

/** `keeping`: done with what the month leaves, before it is thrown away. */
async function live(
  args: MonthArguments,
  keeping?: (dataDir: string, result: MonthResult) => Promise<void>,
): Promise<MonthResult> {
  const dataDir = await mkdtemp(join(tmpdir(), 'menshen-month-'));
  try {
    const result = await runMonth(args, dataDir, () => undefined);
    await keeping?.(dataDir, result);
    return result;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

describe.skipIf(problem !== undefined)(`a month (${problem ?? 'the stub can be built'})`, () => {
  it('archives or names every message, through outage, lapse, rotations, crashes and trouble with files', {
    timeout: 300_000,
  }, async () => {
    const result = await live(SHORT, async (dataDir, counted) => {
      // What was kept can be counted again, and tells the same.
      expect(counted).toMatchObject(await countKeptMonth(dataDir, () => undefined));
    });
    expect(result).toMatchObject({
      days: 8,
      messages: 3000,
      lost: 0,
      doubled: 0,
      forged: 0,
      misnamed: 0,
      wrongMedia: 0,
      outageDays: 2,
      keyRotations: 2,
      licenceLapses: 1,
      sdkCrashes: 10,
      ingestAlive: true,
      protocolErrors: 0,
      gaps: { 'LicenceExpired Ended': 1, 'NotPullable Recovered': 1, 'SequenceSkipped Ended': 1 },
    });
    // Half a day of the lapse, and nothing of the outage.
    expect(result.inGaps).toBeGreaterThanOrEqual(186);
    expect(result.inGaps).toBeLessThanOrEqual(189);
    expect(result.deadLetters).toBeGreaterThan(0);
    expect(result.archived + result.deadLetters + result.inGaps).toBe(result.messages);
    expect(result.mediaFiles).toBeGreaterThan(50);
    expect(result.mediaFaults).toBeGreaterThan(1);
    expect(isCleanMonth(result)).toBe(true);
  });

  it('names exactly what left the window during an outage that was too long', {
    timeout: 300_000,
  }, async () => {
    const result = await live({ days: 10, perDay: 120, outageDays: 6, crashes: 0, seed: 2 });
    expect(result).toMatchObject({
      lost: 0,
      doubled: 0,
      misnamed: 0,
      wrongMedia: 0,
      outageDays: 6,
      gaps: {
        'LicenceExpired Ended': 1,
        'NotPullable Lost': 1,
        'SequenceSkipped Ended': 1,
        'WindowPassed Lost': 1,
      },
    });
    // Half a day of the lapse and one day of the outage; the window moves on while the first page is pulled.
    expect(result.inGaps).toBeGreaterThanOrEqual(178);
    expect(result.inGaps).toBeLessThanOrEqual(183);
    expect(isCleanMonth(result)).toBe(true);
  });
});

describe('the plan', () => {
  const plan = planMonth({ ...SHORT, days: 30, outageDays: 4, crashes: 200 });

  it('has an outage of as many days as asked for, and everything else outside of it', () => {
    expect(plan.outage.to - plan.outage.from).toBe(4 * HOURS_PER_DAY);
    expect(isReachable(plan, plan.outage.from)).toBe(true);
    expect(isReachable(plan, plan.outage.from + 1)).toBe(false);
    expect(isReachable(plan, plan.outage.to)).toBe(true);
    for (const { sealsFrom, keyComes } of plan.rotations)
      expect([isReachable(plan, sealsFrom), isReachable(plan, keyComes)]).toEqual([true, true]);
  });

  it('crashes as often as asked for, in hours in which WeCom answers, on both calls', () => {
    const crashes = [...plan.crashes].flatMap(([hour, some]) => some.map((crash) => ({ hour, ...crash })));
    expect(crashes).toHaveLength(200);
    expect(crashes.filter(({ hour }) => !isReachable(plan, hour))).toEqual([]);
    expect(new Set(crashes.map(({ api }) => api))).toEqual(new Set(['getchatdata', 'getchatmediadata']));
  });

  it('is the same for the same seed', () => {
    expect(planMonth(SHORT)).toEqual(planMonth(SHORT));
    expect(planMonth(SHORT).crashes).not.toEqual(planMonth({ ...SHORT, seed: 2 }).crashes);
  });
});

describe('the verdict', () => {
  const clean: MonthResult = {
    days: 1,
    messages: 1,
    archived: 1,
    deadLetters: 0,
    inGaps: 0,
    lost: 0,
    doubled: 0,
    forged: 0,
    misnamed: 0,
    outageDays: 4,
    keyRotations: 2,
    licenceLapses: 1,
    mediaFiles: 0,
    mediaFaults: 0,
    mediaInGaps: 0,
    wrongMedia: 0,
    gaps: {},
    sdkCrashes: 0,
    ingestAlive: true,
    protocolErrors: 0,
    rssFirstDayBytes: 1,
    rssLastDayBytes: 1,
    rssMaxBytes: 1,
    rssByDay: [0],
    heldByDay: [0],
    seconds: 1,
    messagesPerSecond: 1,
  };
  it('is good when all is 0', () => expect(isCleanMonth(clean)).toBe(true));
  it.each(['lost', 'doubled', 'forged', 'misnamed', 'wrongMedia', 'protocolErrors'] as const)(
    'is bad for one %s',
    (name) => expect(isCleanMonth({ ...clean, [name]: 1 })).toBe(false),
  );
  it('is bad for a dead ingest', () => expect(isCleanMonth({ ...clean, ingestAlive: false })).toBe(false));
});

describe('the command line', () => {
  it.each([
    [['--days', '6'], /--days is 6/],
    [['--per-day', 'many'], /--per-day is many/],
    [['--outage-days', '0'], /--outage-days is 0/],
    [['--days', '10', '--outage-days', '9'], /an outage of 9 days .* do not fit into 10 days/],
    [['--messages', '2'], /--messages/],
  ])('refuses %j with the reason', (argv, reason) => {
    expect(readMonthArguments(argv)).toEqual({ ok: false, problem: expect.stringMatching(reason) });
  });

  it('has the month of the company by default', () => {
    expect(readMonthArguments([])).toEqual({
      ok: true,
      value: { days: 30, perDay: 10_000, outageDays: 4, crashes: 200, seed: 1, keep: false },
    });
  });
});
