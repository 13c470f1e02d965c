// What an outage leaves in the record, and how capture comes back from one: the loop on a real stream, with a clock of the test.
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  faultOf,
  MemorySource,
  readCaptured,
  startCapture,
  type TestCapture,
  type TestCaptureOptions,
  textEntries,
} from '../capture.testkit.ts';
import { Sleeper } from '../sleeper.ts';
import { classifyErrcode, unreachable } from '../wecom/classify-errcode.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const T0 = 1_764_000_600_000;
const AWAY = faultOf(unreachable('refused'));

describe('an outage', () => {
  let test: TestNats;
  let corps = 0;
  let corpId: string;
  let source: MemorySource;
  let now: number;
  const captures: TestCapture[] = [];
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());
  beforeEach(() => {
    corpId = `wwoutage${++corps}`;
    source = new MemorySource();
    now = T0;
  });
  afterEach(async () => {
    for (const capture of captures.splice(0)) await capture.close();
  });

  const start = async (options: Partial<TestCaptureOptions> = {}): Promise<TestCapture> => {
    const capture = startCapture({ test, corpId, source, nowMs: () => now, ...options });
    captures.push(capture);
    await capture.coverage.recall();
    return capture;
  };
  const failAt = async (capture: TestCapture, afterMs: number, fault = AWAY): Promise<void> => {
    now = T0 + afterMs;
    source.next.push(fault);
    await capture.loop.step();
  };
  const workAt = async (capture: TestCapture, afterMs: number): Promise<void> => {
    now = T0 + afterMs;
    await capture.loop.step();
  };
  /** `page kind cause state from-to`, ms after T0, in order of the stream. */
  const told = async (): Promise<string[]> =>
    (await readCaptured(test, corpId)).manifests.flatMap(({ page, kind, gaps }) =>
      gaps.map(
        ({ cause, state, fromMs = 0, toMs }) =>
          `${page} ${kind} ${cause} ${state} ${fromMs - T0}-${toMs === undefined ? '' : toMs - T0}`,
      ),
    );

  it('is told while it lasts, and closed with the page that has caught up', async () => {
    source.entries.push(...textEntries(1, 3));
    const capture = await start({ limit: 10 });
    await workAt(capture, 0);
    for (const at of [1, 20, 30, 31, 60, 300]) await failAt(capture, at * SECOND);
    source.entries.push(...textEntries(4, 18));
    await workAt(capture, 10 * MINUTE);
    await workAt(capture, 10 * MINUTE + SECOND);
    expect(await told()).toEqual([
      '2 Idle NotPullable Open 0-',
      `3 Pull NotPullable Open 0-${10 * MINUTE}`,
      `4 Pull NotPullable Recovered 0-${10 * MINUTE}`,
    ]);
  });

  it('does not extend what is covered', async () => {
    source.entries.push(...textEntries(1, 3));
    const capture = await start();
    await workAt(capture, 0);
    await failAt(capture, 31 * SECOND);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.map(({ coveredUntilMs }) => coveredUntilMs)).toEqual([T0, T0]);
  });

  it('begins with the last pull, whatever is committed meanwhile', async () => {
    source.entries.push(...textEntries(1, 3));
    const capture = await start();
    await workAt(capture, 0);
    capture.directory.update([
      { kind: 'User', id: 'lihua', deleted: false, name: '李华', departmentIds: [] },
    ]);
    await failAt(capture, 20 * SECOND);
    await failAt(capture, 31 * SECOND);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.map(({ kind }) => kind)).toEqual(['Pull', 'Directory', 'Idle']);
    expect(await told()).toEqual(['3 Idle NotPullable Open 0-']);
  });

  it('leaves a manifest at least hourly', async () => {
    source.entries.push(...textEntries(1, 3));
    const capture = await start();
    await workAt(capture, 0);
    for (let minute = 1; minute <= 120; minute++) await failAt(capture, minute * MINUTE);
    const times = (await readCaptured(test, corpId)).manifests.map(({ pulledAtMs }) => pulledAtMs);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.max(...waits)).toBeLessThanOrEqual(HOUR);
  });

  it('goes on under its name after a restart, and ends there', async () => {
    source.entries.push(...textEntries(1, 3));
    const first = await start();
    await workAt(first, 0);
    await failAt(first, 40 * SECOND);
    const second = await start();
    await failAt(second, 5 * MINUTE);
    await workAt(second, 6 * MINUTE);
    await workAt(second, 6 * MINUTE + SECOND);
    const gaps = (await readCaptured(test, corpId)).manifests.flatMap((manifest) => manifest.gaps);
    expect(new Set(gaps.map(({ id }) => id)).size).toBe(1);
    expect(gaps.at(-1)).toMatchObject({ state: 'Recovered', fromMs: T0, toMs: T0 + 6 * MINUTE });
  });

  it('of our own is noticed afterwards', async () => {
    source.entries.push(...textEntries(1, 3));
    await workAt(await start(), 0);
    source.entries.push(...textEntries(4, 5));
    await workAt(await start(), 3 * HOUR);
    expect(await told()).toEqual([`2 Pull NotRunning Recovered 0-${3 * HOUR}`]);
  });

  it('by an expired licence is told at once, and by its name', async () => {
    source.entries.push(...textEntries(1, 3));
    const capture = await start();
    await workAt(capture, 0);
    await failAt(capture, SECOND, faultOf(classifyErrcode(301052)));
    await workAt(capture, MINUTE);
    await workAt(capture, MINUTE + SECOND);
    expect((await told()).map((line) => line.split(' ').slice(2, 4).join(' '))).toEqual([
      'LicenceExpired Open',
      'LicenceExpired Ended',
    ]);
  });

  it('is told by a corp that was never pulled, too', async () => {
    const capture = await start();
    await failAt(capture, 0);
    await failAt(capture, 31 * SECOND);
    expect(await told()).toEqual(['1 Idle NotPullable Open 0-']);
  });

  it('shows as a metric by cause', async () => {
    const capture = await start();
    await failAt(capture, 0);
    await failAt(capture, 31 * SECOND);
    const metrics = await capture.registry.metrics();
    expect(metrics).toContain('menshen_ingest_open_coverage_gaps{cause="NotPullable"} 1');
    expect(metrics).toContain('menshen_ingest_open_coverage_gaps{cause="WindowPassed"} 0');
  });

  it('is caught up oldest first and without a pause, however much is waiting', async () => {
    source.entries.push(...textEntries(1, 5));
    const capture = await start({ limit: 10 });
    await workAt(capture, 0);
    await failAt(capture, 2 * HOUR);
    source.entries.push(...textEntries(6, 205));
    const pausesBefore = capture.pauses.length;
    for (let page = 0; page < 20; page++) await workAt(capture, 3 * HOUR);
    expect(capture.pauses.slice(pausesBefore)).toEqual([]);
    const { messages } = await readCaptured(test, corpId);
    expect(messages.map(({ stamp }) => Number(stamp.seq))).toEqual(
      Array.from({ length: 205 }, (_, i) => i + 1),
    );
  });
});

describe('polling', () => {
  let test: TestNats;
  const captures: TestCapture[] = [];
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(async () => {
    for (const capture of captures.splice(0)) await capture.close();
    await test.close();
  });
  const start = (corpId: string, options: Partial<TestCaptureOptions> = {}): TestCapture => {
    const source = new MemorySource();
    const capture = startCapture({ test, corpId, source, ...options });
    captures.push(capture);
    return capture;
  };

  it('never takes more than the quota, however much is waiting', async () => {
    const source = new MemorySource();
    source.entries.push(...textEntries(1, 300));
    const pulledAt: number[] = [];
    const pull = source.pull.bind(source);
    // Time passes only while capture waits; two pulls that wait at once make it pass twice, so no speed is measured here.
    const nowMs = (): number => T0 + capture.pauses.reduce((sum, ms) => sum + ms, 0);
    source.pull = (...args) => {
      pulledAt.push(nowMs());
      return pull(...args);
    };
    const options = { test, corpId: 'wwquota', source, limit: 10, pullsPerMinute: 12 };
    const capture: TestCapture = startCapture({ ...options, nowMs: () => nowMs() });
    captures.push(capture);
    for (let page = 0; page < 30; page++) await capture.loop.step();
    expect((await readCaptured(test, 'wwquota')).messages.length).toBe(300);
    const inMinuteFrom = (at: number): number => pulledAt.filter((t) => t >= at && t < at + MINUTE).length;
    expect(Math.max(...pulledAt.map(inMinuteFrom))).toBeLessThanOrEqual(12);
    expect(pulledAt.filter((at) => at === T0).length).toBeGreaterThan(3);
  });

  it.each([
    ['nothing comes', () => undefined],
    ['WeCom is away', () => AWAY],
    ['WeCom refuses the secret', () => faultOf(classifyErrcode(40001))],
  ])(
    'never idles for longer than half a minute when %s, whatever interval is configured',
    async (_what, next) => {
      const source = new MemorySource();
      const timing = { pollIntervalMs: HOUR };
      const capture = start(`wwidle${captures.length}`, { source, timing });
      for (let i = 0; i < 15; i++) {
        const special = next();
        if (special !== undefined) source.next.push(special);
        await capture.loop.step();
      }
      expect(Math.max(...capture.pauses)).toBe(30 * SECOND);
    },
  );

  it.each([
    ['idles', undefined],
    ['waits after a fault', AWAY],
  ])('is woken by a callback while it %s', async (_what, special) => {
    const source = new MemorySource();
    const idle = new Sleeper();
    const corpId = `wwwoken${captures.length}`;
    // Shorter than the shortest pause that is not cut short.
    const patience = { timeout: 15 * SECOND };
    const hour = { pollIntervalMs: HOUR, restMs: 20 * SECOND };
    const capture = start(corpId, { source, timing: hour, loop: { idle } });
    await makeStreams(test.jsm, corpId);
    if (special !== undefined) source.next.push(special);
    const running = capture.loop.run();
    await expect.poll(() => source.asked.length, patience).toBe(1);
    source.entries.push(...textEntries(1, 1));
    idle.wake();
    await expect.poll(async () => (await readCaptured(test, corpId)).messages.length, patience).toBe(1);
    capture.stop();
    idle.end();
    await running;
  });
});
