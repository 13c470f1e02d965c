// While messages flow, the company changes: every change becomes a dated row, and the stamps of later messages are made of it.
// Ingest and archiver on a real nats-server and ClickHouse, against the simulated WeCom.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningArchiver, startArchiver } from '@menshen/archiver/archiver.testkit';
import { rebuildFromSegments } from '@menshen/archiver/rebuild-from-segments';
import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import {
  readConsentAt,
  readFactsAt,
  readGroupAt,
  readPermitsAt,
} from '@menshen/clickhouse/read-directory-at';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import { startIngest, startWeCom, type TestIngest, type TestWeCom } from '@menshen/ingest/ingest.testkit';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { askArchive } from '@menshen/roles/ask-archive';
import { foundAcme } from '@menshen/wecom-simulator/acme';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CORP = 'wwhistory';
const acme = foundAcme(7);
const customerGroups = acme.groups.filter(({ kind }) => kind === 'Customer');
const isOutsider = (id: string): boolean =>
  acme.customers.some(({ externalUserid }) => externalUserid === id);
const nth = <T>(all: readonly T[], index: number): T => {
  const one = all[index];
  if (one === undefined) throw new Error(`the company has no ${index}`);
  return one;
};

let nats: TestNats;
let server: TestClickHouse;
let clickhouse: ClickHouse;
let objects: ObjectStore;
let folder: string;
let wecom: TestWeCom;
let ingest: TestIngest;
let archiver: RunningArchiver;

beforeAll(async () => {
  [nats, server] = await Promise.all([startTestNats(), startTestClickHouse()]);
  clickhouse = await server.open(CORP);
  folder = await mkdtemp(join(tmpdir(), 'menshen-history-'));
  objects = await openObjectStore({ kind: 'Folder', path: folder });
  await makeStreams(nats.jsm, CORP);
  wecom = await startWeCom(CORP);
  wecom.talk(50);
  ingest = await start();
  archiver = await startArchiver({ nats, corpId: CORP, clickhouse, objects });
});
const start = (): Promise<TestIngest> =>
  startIngest({
    test: nats,
    wecom,
    config: {
      directoryRefreshMs: 300,
      pollIntervalMs: 100,
      media: { enabled: false, concurrency: 1, maxBytes: 1 },
    },
    dependencies: { archivedDirectory: () => askArchive(clickhouse, 'single').directory() },
  });
afterAll(async () => {
  await ingest?.stop();
  await archiver?.stop();
  await wecom?.close();
  await Promise.all([nats?.close(), server?.close()]);
  await rm(folder, { recursive: true, force: true });
});

interface HistoryRow {
  readonly version: string;
  readonly deleted: boolean;
  readonly validFrom: string;
  readonly observedAt: string;
  readonly fact: string;
}

/** Facts of one id, oldest first. */
async function historyOf(
  kind: DirectoryFact['kind'],
  id: string,
): Promise<(HistoryRow & { told: object })[]> {
  const rows = await clickhouse.query<HistoryRow>(
    `SELECT version, deleted, toUnixTimestamp64Milli(validFrom) AS validFrom, toUnixTimestamp64Milli(observedAt) AS observedAt, fact
FROM directory_history WHERE kind = {kind: String} AND id = {id: String} ORDER BY version`,
    { kind, id },
  );
  return rows.map((row) => ({ ...row, told: JSON.parse(row.fact) as object }));
}

/** Waits for a fact of this form to be the newest. */
async function newestFact(kind: DirectoryFact['kind'], id: string, form: object) {
  await expect
    .poll(async () => (await historyOf(kind, id)).at(-1)?.told, { timeout: 30_000, interval: 50 })
    .toMatchObject(form);
  const history = await historyOf(kind, id);
  return { history, newest: nth(history, history.length - 1) };
}

/** Says a message and waits for its row. */
async function stampOf(message: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { seq } = wecom.say({ text: { content: '在' }, ...message });
  wecom.talk(5);
  const read = () =>
    clickhouse.query<Record<string, unknown>>('SELECT * FROM messages WHERE seq = {seq: UInt64}', { seq });
  await expect.poll(async () => (await read()).length, { timeout: 30_000, interval: 50 }).toBe(1);
  return nth(await read(), 0);
}

async function everythingArchived(): Promise<void> {
  const { last_seq } = (await nats.jsm.streams.info(`COMM_${CORP}`)).state;
  await expect
    .poll(async () => (await nats.jsm.consumers.info(`COMM_${CORP}`, 'archiver')).ack_floor.stream_seq, {
      timeout: 30_000,
    })
    .toBe(last_seq);
}

/** How often this ingest has looked at the directory. */
async function looks(): Promise<number> {
  const calls = /directory_calls_total\{interface="department\/list"\} (\d+)/;
  return Number(calls.exec(await ingest.registry.metrics())?.[1] ?? 0);
}

describe('a change of the company', () => {
  const user = nth(acme.staff, 0);
  const leaver = nth(acme.staff, 5);
  const seatless = nth(acme.staff, 8);
  const room = nth(customerGroups, 0);
  const internal = nth(
    acme.groups.filter(({ kind }) => kind === 'Internal'),
    0,
  );
  const guest = nth(acme.customers, 60);
  const host = nth(
    room.members.filter((id) => !isOutsider(id)),
    0,
  );
  const customer = nth(acme.customers, 40);
  const seller = nth(customer.followedBy, 0);

  it('starts with everybody once, none twice however often WeCom is asked', async () => {
    await newestFact('User', user.userid, { name: user.name });
    // Contacts are met in messages.
    await stampOf({ from: customer.externalUserid, tolist: [seller] });
    await newestFact('ExternalContact', customer.externalUserid, { name: customer.name });
    await newestFact('Consent', `${seller}:${customer.externalUserid}`, { state: 'Agreed' });
    const before = ingest.report()?.facts['directoryVersion'];
    const asked = await looks();
    await expect.poll(looks, { timeout: 20_000 }).toBeGreaterThan(asked + 3);
    expect(ingest.report()?.facts['directoryVersion']).toBe(before);
  });

  it('a rename', async () => {
    wecom.simulator.change({ change: 'rename-user', userid: user.userid, name: '新姓名' });
    const { history, newest } = await newestFact('User', user.userid, { name: '新姓名' });
    expect(history.map(({ told }) => (told as { name: string }).name)).toEqual(
      expect.arrayContaining([user.name, '新姓名']),
    );
    expect(newest.validFrom).toBe(newest.observedAt);
    const stamp = await stampOf({ from: user.userid });
    expect(stamp).toMatchObject({ senderKind: 'Staff', senderName: '新姓名' });
    expect(Number(stamp['directoryVersion'])).toBeGreaterThanOrEqual(Number(newest.version));
  });

  it('a move to other departments, and of a department', async () => {
    wecom.simulator.change({ change: 'move-user', userid: user.userid, departmentIds: [5] });
    await newestFact('User', user.userid, { departmentIds: ['5'] });
    expect(await stampOf({ from: user.userid })).toMatchObject({ senderDepartments: ['Acme/Finance'] });
    wecom.simulator.change({ change: 'move-department', id: 5, parentId: 10 });
    await newestFact('Department', '5', { path: 'Acme/Management/Finance' });
    expect(await stampOf({ from: user.userid })).toMatchObject({
      senderDepartments: ['Acme/Management/Finance'],
    });
  });

  it('a departure', async () => {
    expect(await stampOf({ from: leaver.userid })).toMatchObject({ senderKind: 'Staff' });
    wecom.simulator.change({ change: 'remove-user', userid: leaver.userid });
    const { newest } = await newestFact('User', leaver.userid, { deleted: true });
    await newestFact('Permit', leaver.userid, { deleted: true });
    expect(Number(newest.observedAt)).toBeGreaterThan(0);
  });

  it('a group with another owner, name and announcement', async () => {
    const ownerId = nth(internal.members, 1);
    const before = Date.now();
    const owner = (await readGroupAt(clickhouse, internal.roomid, { atMs: before }))?.group.ownerId;
    wecom.simulator.change({ change: 'change-owner', roomid: internal.roomid, ownerId });
    wecom.simulator.change({ change: 'rename-group', roomid: internal.roomid, name: '新群名' });
    wecom.simulator.change({ change: 'set-notice', roomid: internal.roomid, notice: '周一开会' });
    const { newest } = await newestFact('Group', internal.roomid, { ownerId, name: '新群名' });
    await newestFact('Group', internal.roomid, { noticeDigest: expect.stringMatching(/^sha256:/) });
    expect(newest.fact).not.toContain('周一开会');
    const now = await readGroupAt(clickhouse, internal.roomid, { atMs: Date.now() });
    expect([owner, now?.group.ownerId]).toEqual([internal.ownerId, ownerId]);
  });

  it('a guest who joins and leaves', async () => {
    const id = `${room.roomid}:${guest.externalUserid}`;
    const at = Math.floor(Date.now() / 1000) - 60;
    wecom.simulator.change({ change: 'add-member', roomid: room.roomid, id: guest.externalUserid, at });
    const joined = await newestFact('GroupMember', id, { memberKind: 'External', deleted: false });
    // WeCom said when, so it counts from then and not from when we asked.
    expect(joined.newest.validFrom).toBe(String(at * 1000));
    wecom.simulator.change({ change: 'remove-member', roomid: room.roomid, id: guest.externalUserid });
    const left = await newestFact('GroupMember', id, { deleted: true });
    const isIn = async (atMs: number): Promise<boolean> =>
      (await readFactsAt(clickhouse, { kind: 'GroupMember', id }, { atMs })).length > 0;
    const leftAt = Number(left.newest.validFrom);
    expect([
      await isIn(at * 1000 - 1),
      await isIn(at * 1000),
      await isIn(leftAt - 1),
      await isIn(leftAt),
    ]).toEqual([false, true, true, false]);
  });

  it('a group that loses its outsiders is internal from then on', async () => {
    const small = nth(customerGroups, 1);
    const outsiders = small.members.filter(isOutsider);
    const [from] = small.members.filter((id) => !isOutsider(id));
    const talk = { from, tolist: [], roomid: small.roomid };
    expect(await stampOf(talk)).toMatchObject({ direction: 'Outbound' });
    for (const id of outsiders) wecom.simulator.change({ change: 'remove-member', roomid: small.roomid, id });
    for (const id of outsiders) await newestFact('GroupMember', `${small.roomid}:${id}`, { deleted: true });
    expect(await stampOf(talk)).toMatchObject({ direction: 'Internal' });
  });

  it('a group that is dissolved', async () => {
    const { roomid, members } = nth(customerGroups, 2);
    await newestFact('Group', roomid, { deleted: false });
    wecom.simulator.change({ change: 'dissolve-group', roomid });
    await newestFact('Group', roomid, { deleted: true });
    await newestFact('GroupMember', `${roomid}:${members[0]}`, { deleted: true });
    expect(await readGroupAt(clickhouse, roomid, { atMs: Date.now() + 1000 })).toBeUndefined();
  });

  it('consent withdrawn and given, dated by WeCom, and what it does to messages', async () => {
    const { externalUserid } = customer;
    const at = Math.floor(Date.now() / 1000) - 5;
    const asked = { place: seller, externalId: externalUserid };
    const talk = { from: externalUserid, tolist: [seller] };
    expect(await stampOf(talk)).toMatchObject({ consent: 'Agreed', quarantined: false });
    const withdraw = { change: 'set-consent', place: seller, externalUserid, at };
    wecom.simulator.change({ ...withdraw, status: 'Disagree' });
    const { newest } = await newestFact('Consent', `${seller}:${externalUserid}`, { state: 'Disagreed' });
    expect(newest.validFrom).toBe(String(at * 1000));
    expect(await stampOf(talk)).toMatchObject({ consent: 'Disagreed', quarantined: true });
    wecom.simulator.change({ ...withdraw, status: 'Agree', at: at + 1 });
    await newestFact('Consent', `${seller}:${externalUserid}`, { state: 'Agreed' });
    expect(await stampOf(talk)).toMatchObject({ consent: 'Agreed', quarantined: false });
    const state = (ms: number) => readConsentAt(clickhouse, asked, { atMs: at * 1000 + ms });
    expect([await state(-1), await state(0), await state(999), await state(1000)]).toEqual([
      'Agreed',
      'Disagreed',
      'Disagreed',
      'Agreed',
    ]);
  });

  it('consent in a group', async () => {
    const externalUserid = nth(room.members.filter(isOutsider), 0);
    const at = Math.floor(Date.now() / 1000) - 5;
    const change = { change: 'set-consent', place: room.roomid, externalUserid, status: 'Disagree', at };
    wecom.simulator.change(change);
    await newestFact('Consent', `${room.roomid}:${externalUserid}`, {
      state: 'Disagreed',
      changedAtMs: at * 1000,
    });
    const talk = { from: externalUserid, tolist: [host], roomid: room.roomid };
    expect(await stampOf(talk)).toMatchObject({ senderKind: 'External', quarantined: true });
  });

  it('a remark of one member', async () => {
    const { externalUserid } = customer;
    await newestFact('ExternalContact', externalUserid, { followedBy: [{ userId: seller }] });
    // Contacts are read every sixth time, or when a message names one.
    wecom.simulator.change({ change: 'set-remark', externalUserid, userid: seller, remark: '城南王总' });
    await newestFact('ExternalContact', externalUserid, {
      followedBy: [{ userId: seller, remark: '城南王总' }],
    });
  });

  it('a seat taken away, and given in another edition', async () => {
    const { userid } = seatless;
    await newestFact('Permit', userid, { editions: [3] });
    wecom.simulator.change({ change: 'take-permit', userid });
    const taken = await newestFact('Permit', userid, { deleted: true });
    wecom.simulator.change({ change: 'give-permit', userid, edition: 1 });
    const given = await newestFact('Permit', userid, { deleted: false, editions: [1] });
    const isPermitted = async (row: HistoryRow, ms: number): Promise<boolean> =>
      (await readPermitsAt(clickhouse, { atMs: Number(row.validFrom) + ms })).some(({ id }) => id === userid);
    expect([
      await isPermitted(taken.newest, -1),
      await isPermitted(taken.newest, 0),
      await isPermitted(given.newest, 0),
    ]).toEqual([true, false, true]);
  });

  it('a robot, asked about when it speaks', async () => {
    const robot = nth(acme.robots, 0);
    expect(await stampOf({ from: robot.id, roomid: internal.roomid, tolist: [] })).toMatchObject({
      senderKind: 'Robot',
      senderName: robot.name,
    });
    await newestFact('Robot', robot.id, { name: robot.name, creatorId: robot.creator });
  });

  it('tells how old its oldest answer is, by question', async () => {
    const ages = async (): Promise<Map<string, number>> => {
      const text = await ingest.registry.metrics();
      const found = text.matchAll(/oldest_answer_seconds\{question="([\w-]+)"\} ([\d.]+)/g);
      return new Map([...found].map(([, question = '', age]) => [question, Number(age)]));
    };
    await expect
      .poll(async () => [...(await ages()).keys()].sort(), { timeout: 10_000 })
      .toEqual([
        'contact',
        'customer-groups',
        'departments',
        'direct-consent',
        'group',
        'member',
        'members',
        'permits',
        'robot',
        'room-consent',
      ]);
  });

  it('asks nothing that WeCom would not have been asked', () => {
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it('is known again after a restart: nothing is told anew', async () => {
    const facts = () =>
      clickhouse.query<{ version: string; fact: string }>(
        'SELECT version, fact FROM directory ORDER BY version, id',
      );
    await stampOf({ from: user.userid });
    const asked = await looks();
    await expect.poll(looks, { timeout: 20_000 }).toBeGreaterThan(asked + 3);
    await ingest.stop();
    await everythingArchived();
    const before = await facts();
    ingest = await start();
    await expect.poll(looks, { timeout: 20_000 }).toBeGreaterThan(3);
    const { seq } = wecom.say({ from: user.userid, text: { content: '在' } });
    const stamp = () =>
      clickhouse.query<{ newest: string }>(
        'SELECT directoryVersion AS newest FROM messages WHERE seq = {seq: UInt64}',
        { seq },
      );
    await expect.poll(async () => (await stamp()).length, { timeout: 30_000 }).toBe(1);
    expect(await facts()).toEqual(before);
    expect(await stamp()).toEqual([{ newest: before.at(-1)?.version }]);
  });

  it('is all in the segments: the history is the same when it is rebuilt', async () => {
    const read = () =>
      clickhouse.query(
        'SELECT kind, id, version, deleted, validFrom, observedAt, fact FROM directory ORDER BY kind, id, version, streamSequence',
      );
    await ingest.stop();
    await everythingArchived();
    await archiver.stop();
    const before = await read();
    expect(before.length).toBeGreaterThan(300);
    await rebuildFromSegments({ corpId: CORP, clickhouse, objects, layout: 'single' });
    expect(await read()).toEqual(before);
  });
});
