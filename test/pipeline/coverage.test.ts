// Everything that can keep messages out of the record, one after the other, on a real stream and a real ClickHouse; then `menshen coverage` is
// asked, and what it prints is compared with the simulator's own list. Time is the test's: hours and days pass when it says so.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type RunningArchiver, startArchiver } from '@menshen/archiver/archiver.testkit';
import { rebuildFromSegments } from '@menshen/archiver/rebuild-from-segments';
import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { readGaps } from '@menshen/clickhouse/read-gaps';
import { countRows } from '@menshen/clickhouse/table-keys';
import type { CoverageGap, GapCause } from '@menshen/contracts/coverage-gap';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import {
  eventually,
  startIngest,
  startWeCom,
  type TestIngest,
  type TestWeCom,
} from '@menshen/ingest/ingest.testkit';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import type { CoverageTruth } from '@menshen/wecom-simulator/control-endpoints';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CORP = 'wwcoverage';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** It all happens in the past, so that the command, which looks at the real clock, finds it finished. */
const BEGIN = Date.now() - 8 * DAY;
const QUOTA = 40;
const IT_DEPARTMENT = 7;
/** Nobody has ever heard of this member. */
const STRANGER = 'zheng999';

/** The part of the printed report that is looked at. */
interface Printed {
  readonly denominator: Readonly<Record<string, number>>;
  readonly seats: {
    readonly part: number;
    readonly of: number;
    readonly percent: number | null;
    readonly why?: string;
  };
  readonly consents: { readonly part: number; readonly of: number; readonly percent: number | null };
  readonly time: { readonly percent: number; readonly notCovered: readonly { readonly why: string }[] };
  readonly captured: { readonly messages: number };
  readonly deadLetters: { readonly total: number };
  readonly media: { readonly part: number; readonly of: number; readonly missing: number };
  readonly gaps: { readonly records: readonly CoverageGap[] };
}

describe('menshen coverage', () => {
  let passedMs = 0;
  const startedMs = Date.now();
  const clock = { nowMs: () => BEGIN + passedMs + Date.now() - startedMs };
  let nats: TestNats;
  let server: TestClickHouse;
  let clickhouse: ClickHouse;
  let folder: string;
  let objects: ObjectStore;
  let wecom: TestWeCom;
  let archiver: RunningArchiver;
  let ingest: TestIngest | undefined;
  /** The report, printed at the end of it all. */
  let printed: Printed;
  let table: string;
  let truth: CoverageTruth;
  const happened = {
    outage: [] as string[],
    lost: [] as number[],
    captured: 0,
    refused: '',
    newcomer: '',
    room: '',
  };

  const control = async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(`${wecom.simulator.url}/_simulator/${path}`, init);
    if (!answer.ok) throw new Error(await answer.text());
    return await answer.json();
  };
  const set = (change: object): Promise<unknown> => control('POST', 'circumstances', change);
  const gaps = async (cause: GapCause): Promise<CoverageGap[]> =>
    (await readGaps(clickhouse, {})).filter((gap) => gap.cause === cause);
  const until = (cause: GapCause, state: CoverageGap['state'], count = 1): Promise<unknown> =>
    eventually(async () => (await gaps(cause)).filter((gap) => gap.state === state).length >= count);
  const archived = (count: number): Promise<unknown> =>
    eventually(async () => {
      const [row] = await clickhouse.query<{ n: string }>('SELECT uniqExact(seq) AS n FROM messages');
      return Number(row?.n) >= count;
    });
  /** Text between two members with a seat. */
  const say = (count: number): number[] =>
    Array.from({ length: count }, () => wecom.say({ text: { content: '你好' } }).seq);
  const sayFile = async (): Promise<string> => {
    const [from, to] = wecom.acme.permits;
    const message = { action: 'send', from, tolist: [to], roomid: '', msgtype: 'file' };
    const [appended] = (await control('POST', 'append', {
      messages: [{ message, media: [{ path: 'file', base64: 'QUJD' }] }],
    })) as { seq: number }[];
    return `${appended?.seq}/file`;
  };
  const start = async (): Promise<TestIngest> =>
    await startIngest({
      test: nats,
      wecom,
      config: { directoryRefreshMs: 300 },
      dependencies: {
        clock,
        objects,
        archivedGaps: () => readGaps(clickhouse, { state: 'Open' }),
        timing: { rereadMs: 100 },
      },
    });
  const menshen = async (...args: string[]): Promise<string> => (await ask(CORP, args)).stdout;
  const ask = async (corp: string, args: readonly string[]): Promise<{ stdout: string }> => {
    const entry = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url));
    const period = [
      '--from',
      new Date(BEGIN - DAY).toISOString(),
      '--to',
      new Date(clock.nowMs()).toISOString(),
    ];
    const environment = {
      ...process.env,
      MENSHEN_CLICKHOUSE_USER: LOCAL_CLICKHOUSE_USER.username,
      MENSHEN_CLICKHOUSE_PASSWORD: LOCAL_CLICKHOUSE_USER.password,
    };
    return await promisify(execFile)(
      process.execPath,
      [
        '--conditions=source',
        entry,
        'coverage',
        '--corp',
        corp,
        '--clickhouse-url',
        server.server.url,
        ...period,
        ...args,
      ],
      { env: environment, maxBuffer: 64 * 1024 * 1024 },
    );
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'menshen-coverage-'));
    [nats, server, wecom] = await Promise.all([
      startTestNats(),
      startTestClickHouse(),
      startWeCom(CORP, { clock }),
    ]);
    clickhouse = await server.open(CORP);
    objects = await openObjectStore({ kind: 'Folder', path: folder });
    await makeStreams(nats.jsm, CORP);
    wecom.talk(30);
    ingest = await start();
    archiver = await startArchiver({ nats, corpId: CORP, clickhouse, objects });
    await archived(30);
    happened.captured = 30;
    await overAssignSeats();
    await hideDepartment();
    await refuseConsent();
    await breakDown();
    await lapse();
    await stopOurselves();
    await passTheWindow();
    truth = (await control('GET', 'coverage')) as CoverageTruth;
    await archived(happened.captured);
    printed = JSON.parse(await menshen('--output', 'json')) as Printed;
    table = await menshen('--time-zone', 'UTC');
  }, 240_000);
  afterAll(async () => {
    await ingest?.stop();
    await archiver?.stop();
    await wecom?.close();
    await server?.close();
    await nats?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** One seat too many is taken away, and given back. */
  async function overAssignSeats(): Promise<void> {
    await set({ circumstance: 'seats', quota: QUOTA - 1 });
    await until('PermitMissing', 'Open', wecom.acme.permits.length - QUOTA + 1);
    await set({ circumstance: 'seats', quota: QUOTA });
    await until('PermitMissing', 'Ended');
  }

  async function hideDepartment(): Promise<void> {
    await set({ circumstance: 'department', id: IT_DEPARTMENT, hidden: true });
    await until('MemberHidden', 'Open', 4);
  }

  /** A customer refuses, one comes into a group without being asked, and somebody writes in a room that nobody can look into. */
  async function refuseConsent(): Promise<void> {
    const { customers, permits, groups } = wecom.acme;
    const room = groups.find(({ kind }) => kind === 'Customer');
    const closed = groups.find(({ kind }) => kind === 'Unresolvable');
    const withSeat = customers.filter(({ followedBy }) => permits.indexOf(followedBy[0] ?? '') < QUOTA);
    const refusing = withSeat.find(({ externalUserid }) => !room?.members.includes(externalUserid));
    const newcomer = withSeat.findLast(({ externalUserid }) => !room?.members.includes(externalUserid));
    const place = refusing?.followedBy[0] ?? '';
    happened.refused = `${place}/${refusing?.externalUserid}`;
    happened.newcomer = `${room?.roomid}/${newcomer?.externalUserid}`;
    happened.room = closed?.roomid ?? '';
    wecom.say({ from: place, tolist: [refusing?.externalUserid], text: { content: '您好' } });
    const host = room?.members.find((id) => permits.indexOf(id) >= 0 && permits.indexOf(id) < QUOTA);
    wecom.say({ from: host, roomid: room?.roomid, tolist: room?.members, text: { content: '大家好' } });
    wecom.say({ roomid: happened.room, text: { content: '在吗' } });
    wecom.say({ from: STRANGER, text: { content: '我是新来的' } });
    happened.captured += 4;
    await archived(happened.captured);
    await control('POST', 'directory', {
      change: 'set-consent',
      place,
      externalUserid: refusing?.externalUserid,
      status: 'Disagree',
    });
    await control('POST', 'directory', {
      change: 'add-member',
      roomid: room?.roomid,
      id: newcomer?.externalUserid,
    });
    await until('ConsentWithdrawn', 'Open');
    await until('ConsentMissing', 'Open');
    await until('RoomUnresolved', 'Open');
    await until('MemberHidden', 'Open', 5);
  }

  async function breakDown(): Promise<void> {
    await set({ circumstance: 'outage', on: true });
    say(5);
    wecom.say({ text: { content: '坏了' } }, 'short-message');
    happened.outage = [await sayFile(), await sayFile()];
    passedMs += 2 * HOUR;
    await until('NotPullable', 'Open');
    await set({ circumstance: 'media', expired: true });
    await set({ circumstance: 'outage', on: false });
    happened.captured += 7;
    await archived(happened.captured);
    await until('NotPullable', 'Recovered');
    await eventually(async () => {
      const [row] = await clickhouse.query<{ n: string }>('SELECT count() AS n FROM media_gaps WHERE final');
      return Number(row?.n) >= 2;
    });
  }

  async function lapse(): Promise<void> {
    await set({ circumstance: 'licence', expired: true });
    say(3);
    await until('LicenceExpired', 'Open');
    passedMs += HOUR;
    await set({ circumstance: 'licence', expired: false });
    say(1);
    happened.captured += 1;
    await archived(happened.captured);
    await until('LicenceExpired', 'Ended');
  }

  async function stopOurselves(): Promise<void> {
    await ingest?.stop();
    passedMs += 3 * HOUR;
    ingest = await start();
    await until('NotRunning', 'Recovered');
  }

  async function passTheWindow(): Promise<void> {
    await ingest?.stop();
    happened.lost = say(5);
    passedMs += 6 * DAY;
    say(2);
    ingest = await start();
    happened.captured += 2;
    await archived(happened.captured);
    await until('WindowPassed', 'Lost');
    await until('NotRunning', 'Lost');
  }

  const printedGaps = (cause: GapCause): readonly CoverageGap[] =>
    printed.gaps.records.filter((gap) => gap.cause === cause);
  const subjects = (cause: GapCause, source?: CoverageGap['source']): string[] =>
    printedGaps(cause)
      .filter((gap) => gap.state !== 'Ended' && (source === undefined || gap.source === source))
      .map(({ subject }) =>
        subject.place === '' || subject.kind === 'Medium' ? subject.id : `${subject.place}/${subject.id}`,
      )
      .sort();
  const circumstance = (name: string) => truth.circumstances.findLast((one) => one.circumstance === name);
  /** The gap reaches over the whole of what happened, and hardly further. */
  const expectAround = (gap: CoverageGap | undefined, name: string): void => {
    const { fromMs = 0, toMs = 0 } = circumstance(name) ?? {};
    const slackMs = 20_000;
    expect(gap?.fromMs, name).toBeLessThanOrEqual(fromMs);
    expect(gap?.fromMs, name).toBeGreaterThan(fromMs - slackMs);
    expect(gap?.toMs, name).toBeGreaterThanOrEqual(toMs);
    expect(gap?.toMs, name).toBeLessThan(toMs + slackMs);
  };

  it('names every member beyond the quota, and nobody else', () => {
    expect(subjects('PermitMissing', 'Permits')).toEqual(
      [...(circumstance('seats')?.members ?? ['?'])].sort(),
    );
  });

  it('knows since when and until when a seat was missing that came back', () => {
    const [taken, still] = truth.circumstances.filter((one) => one.circumstance === 'seats');
    const [back] = taken?.members?.filter((id) => still?.members?.includes(id) === false) ?? [];
    const ended = printedGaps('PermitMissing').filter(({ state }) => state === 'Ended');
    expect(ended.map(({ subject }) => subject.id)).toEqual([back]);
    // It is noticed with the next look, so it may be told too long, never too short.
    expect(ended[0]?.fromMs).toBeLessThanOrEqual(taken?.fromMs ?? 0);
    expect(ended[0]?.toMs).toBeGreaterThanOrEqual(taken?.toMs ?? Number.POSITIVE_INFINITY);
  });

  it('names a member whom only a message names, once, also after restarts', () => {
    expect(subjects('PermitMissing', 'Message')).toEqual([STRANGER]);
    expect(subjects('MemberHidden', 'Message')).toEqual([STRANGER]);
  });

  it('names every member of the hidden department', () => {
    expect(subjects('MemberHidden', 'Permits')).toEqual(
      [...(circumstance('department')?.members ?? ['?'])].sort(),
    );
  });

  it('names the contact that refused, and the one that was never asked', () => {
    const [refusal] = truth.refusals;
    expect(truth.refusals).toHaveLength(1);
    expect(subjects('ConsentWithdrawn')).toEqual([`${refusal?.place}/${refusal?.externalUserid}`]);
    expect(printedGaps('ConsentWithdrawn')[0]?.fromMs).toBe((refusal?.changedAt ?? 0) * 1000);
    expect(subjects('ConsentMissing')).toEqual([happened.newcomer]);
  });

  it('names the room that nobody can look into', () => {
    expect(subjects('RoomUnresolved')).toEqual([happened.room]);
  });

  it('dates the outage, and knows that nothing of it is lost', () => {
    expect(printedGaps('NotPullable').map(({ state }) => state)).toEqual(['Recovered']);
    expectAround(printedGaps('NotPullable')[0], 'outage');
  });

  it('dates the lapse of the licence, and that nobody can say what it cost', () => {
    expect(printedGaps('LicenceExpired').map(({ state }) => state)).toEqual(['Ended']);
    expectAround(printedGaps('LicenceExpired')[0], 'licence');
  });

  it('shows the numbers of messages that WeCom never archived', () => {
    expect(truth.withheld).toHaveLength(3);
    const skipped = printedGaps('SequenceSkipped').flatMap(({ fromSeq, toSeq }) => seqsOf(fromSeq, toSeq));
    expect(skipped).toEqual(truth.withheld.map(Number));
  });

  it('shows our own standstills: the short one is recovered, the long one lost what the window took', () => {
    expect(printedGaps('NotRunning').map(({ state }) => state)).toEqual(['Recovered', 'Lost']);
    const lost = printedGaps('WindowPassed').flatMap(({ fromSeq, toSeq }) => seqsOf(fromSeq, toSeq));
    expect(lost).toEqual(happened.lost);
  });

  it('names every file that expired before it could be fetched', () => {
    const expired = circumstance('media')?.files ?? [];
    expect(expired).toEqual(expect.arrayContaining(happened.outage));
    expect(subjects('MediaExpired')).toEqual([...happened.outage].sort());
    expect(printed.media).toMatchObject({ missing: 2, of: printed.media.part + 2 });
    for (const gap of printedGaps('MediaExpired')) expect(gap.detectedAtMs).toBeGreaterThan(gap.fromMs ?? 0);
  });

  it('states its denominators as the simulator knows them, and no percentage where one is not known', () => {
    const hidden = circumstance('department')?.members?.length ?? 0;
    expect(printed.denominator).toMatchObject({
      members: truth.members.length - hidden,
      membersHidden: hidden + 1,
      seats: truth.seats.length,
      membersWithSeat: truth.seats.length - hidden,
      consentsDisagreed: 1,
      consentsMissing: 1,
      roomsUnresolved: 1,
    });
    expect(printed.seats).toMatchObject({
      percent: null,
      why: expect.stringContaining(`${hidden + 1} are known`),
    });
    expect(printed.consents.of - printed.consents.part).toBe(2);
    expect(printed.time.percent).toBeLessThan(100);
    expect(new Set(printed.time.notCovered.map(({ why }) => why))).toEqual(
      new Set(['AfterCapture', 'BeforeCapture', 'LicenceExpired', 'NotRunning', 'WindowPassed']),
    );
  });

  it('counts the messages that the simulator has, without those withheld and lost', () => {
    const all = wecom.simulator.truth().length;
    expect(happened.captured).toBe(
      all - truth.withheld.length - happened.lost.length - printed.deadLetters.total,
    );
    expect(printed.deadLetters).toEqual({
      total: 1,
      replayed: 0,
      byReason: [{ reason: 'decrypt-failed', count: 1, replayed: 0 }],
    });
    expect(printed.captured.messages).toBe(happened.captured);
  });

  it('shows nothing that did not happen', () => {
    const causes = new Set(printed.gaps.records.map(({ cause }) => cause));
    expect([...causes].sort()).toEqual([
      'ConsentMissing',
      'ConsentWithdrawn',
      'LicenceExpired',
      'MediaExpired',
      'MemberHidden',
      'NotPullable',
      'NotRunning',
      'PermitMissing',
      'RoomUnresolved',
      'SequenceSkipped',
      'WindowPassed',
    ]);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it.each<[string, string, string[], string]>([
    [
      'a corp that nobody captures',
      'wwnobody',
      [],
      'has no database wecom_wwnobody: compare --corp wwnobody with spec.corpId',
    ],
    [
      'a user that ClickHouse does not know',
      CORP,
      ['--clickhouse-user', 'nobody'],
      'refuses the user nobody: check --clickhouse-user',
    ],
  ])('fails for %s, and says what to do', async (_what, corp, args, problem) => {
    await expect(ask(corp, args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(problem),
    });
  });

  it('prints a table', () => {
    expect(withoutTimes(table)).toMatchSnapshot();
  });

  it('is made of rows that are each there once', async () => {
    for (const { table: name, doubled } of await countRows(clickhouse)) expect(doubled, name).toBe(0);
  });

  it('says the same after ClickHouse was rebuilt from the segments', async () => {
    await ingest?.stop();
    ingest = undefined;
    await archiver.stop();
    await rebuildFromSegments({ corpId: CORP, clickhouse, objects, layout: 'single' });
    const again = JSON.parse(await menshen('--output', 'json')) as Printed;
    expect(again.gaps).toEqual(printed.gaps);
    expect(again.denominator).toEqual(printed.denominator);
    for (const { table: name, doubled } of await countRows(clickhouse)) expect(doubled, name).toBe(0);
  });
});

const seqsOf = (from = '0', to = '-1'): number[] =>
  Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i);

/** Times and lengths of time depend on the day; everything else on the seed. */
const withoutTimes = (text: string): string =>
  text
    .replace(/\(E[A-Z]+\)/g, '(why)')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'yyyy-mm-dd hh:mm:ss')
    .replace(/\d+ h \d+ min( of)? *(\d+\.\d+ %)?/g, 'hours ');
