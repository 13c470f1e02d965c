import { beforeEach, describe, expect, it } from 'vitest';
import { FakeContacts } from './fake-contacts.testkit.ts';
import { RereadOldest } from './reread-oldest.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let wecom: FakeContacts;
let reread: RereadOldest;
beforeEach(() => {
  wecom = new FakeContacts();
  reread = new RereadOldest({
    directory: wecom.directory,
    items: wecom.items(),
    ages: wecom.ages,
    refreshMs: HOUR,
    isStopping: () => false,
  });
});

const MEMBERS = 10_000;
const GROUPS = 5_000;
const CONTACTS = 20_000;

/** Members, groups of three members and two customers each, customers with one member each. */
function foundLargeCompany(): void {
  for (let i = 0; i < MEMBERS; i++) wecom.names.set(`m${i}`, `m${i}`);
  wecom.directory.update(
    [...wecom.names.keys()].map((id) => ({
      kind: 'User',
      id,
      deleted: false,
      name: '',
      departmentIds: ['1'],
    })),
  );
  for (let i = 0; i < CONTACTS; i++) wecom.contacts.set(`wm${i}`, [`m${i % MEMBERS}`]);
  wecom.directory.update(
    [...wecom.contacts.keys()].map((id) => ({
      kind: 'ExternalContact',
      id,
      deleted: false,
      name: '',
      corpName: '',
      platform: 'WeChat',
      followedBy: [],
    })),
  );
  for (let i = 0; i < GROUPS; i++)
    wecom.groups.set(`wr${i}`, {
      type: 'Customer',
      name: `g${i}`,
      owner: `m${i}`,
      members: { [`m${i}`]: 1, [`m${i + 1}`]: 1, [`m${i + 2}`]: 1, [`wm${2 * i}`]: 1, [`wm${2 * i + 1}`]: 1 },
    });
  reread.listed([...wecom.groups.keys()]);
}

/** The schedule's share of WeCom's limits, calls a minute. */
const SHARES: Readonly<Record<string, number>> = {
  '/cgi-bin/msgaudit/groupchat/get': 800,
  '/cgi-bin/externalcontact/groupchat/get': 1000,
  '/cgi-bin/msgaudit/check_room_agree': 600,
  '/cgi-bin/msgaudit/check_single_agree': 1000,
  '/cgi-bin/user/get': 1000,
  '/cgi-bin/externalcontact/get': 1000,
};

it('a company of 10,000 members and 5,000 groups: within the share of every limit, and nothing older than its bound', async () => {
  foundLargeCompany();
  const hours = 2;
  const oldest = new Map<string, number>();
  for (let minute = 0; minute < hours * 60; minute += 3) {
    await reread.step();
    wecom.nowMs += 3 * MINUTE;
    // The first hour reads everything for the first time.
    if (minute < 60) continue;
    for (const [question, age] of wecom.ages.oldest())
      oldest.set(question, Math.max(oldest.get(question) ?? 0, age));
  }
  const perMinute = new Map<string, number>();
  const perPath = new Map<string, number>();
  for (const { path, minute } of wecom.calls) {
    perMinute.set(`${path} ${minute}`, (perMinute.get(`${path} ${minute}`) ?? 0) + 1);
    perPath.set(path, (perPath.get(path) ?? 0) + 1);
  }
  for (const [key, calls] of perMinute)
    expect(calls).toBeLessThanOrEqual(SHARES[key.split(' ')[0] ?? ''] ?? 0);
  const bound = HOUR + 30 * MINUTE;
  for (const question of ['group', 'member', 'room-consent', 'direct-consent'])
    expect(oldest.get(question)).toBeLessThanOrEqual(bound);
  // What the README beside the code says it costs.
  const calls = (path: string): number => perPath.get(`/cgi-bin/${path}`) ?? 0;
  expect(calls('user/get') / MEMBERS).toBeLessThanOrEqual(hours);
  expect(calls('externalcontact/groupchat/get') / GROUPS).toBeLessThanOrEqual(hours);
  // Only the first time nobody knows which interface it is.
  expect(calls('msgaudit/groupchat/get')).toBe(GROUPS);
  // Names of outsiders every sixth time.
  expect(calls('externalcontact/get')).toBe(CONTACTS);
  // A hundred pairs a call.
  expect(calls('msgaudit/check_single_agree')).toBeLessThan((CONTACTS / 100 + 60) * hours);
}, 60_000);

describe('within what may be asked', () => {
  it('the oldest answers come first, those that never came before all', async () => {
    for (const id of ['a', 'b', 'c', 'd']) wecom.member(id);
    const ask = async (id: string): Promise<void> => {
      wecom.nowMs += HOUR;
      await wecom.items().ask('member', [id]);
    };
    for (const id of ['c', 'a', 'b']) await ask(id);
    wecom.calls.length = 0;
    wecom.nowMs += HOUR;
    await reread.step();
    const asked = wecom.calls.filter(({ path }) => path.endsWith('user/get')).map((call) => call.asked);
    expect(asked).toEqual(['d', 'c', 'a', 'b']);
  });

  it('what is fresh is left alone', async () => {
    wecom.member('a');
    await reread.step();
    wecom.nowMs += HOUR - 1;
    await reread.step();
    expect(wecom.callsOf('user/get')).toBe(1);
    wecom.nowMs += 1;
    await reread.step();
    expect(wecom.callsOf('user/get')).toBe(2);
  });

  it('a fault ends its question and no other, and is told', async () => {
    for (let i = 0; i < 50; i++) wecom.member(`m${i}`);
    reread.listed(['wr1']);
    wecom.groups.set('wr1', { type: 'Customer', name: 'G', owner: 'm1', members: { m1: 1 } });
    wecom.faults.set('user/get', 48002);
    const faults = await reread.step();
    expect(faults).toMatchObject([{ question: 'member', fault: { reason: 'RejectedByWeCom' } }]);
    expect(wecom.callsOf('user/get')).toBeLessThanOrEqual(4);
    expect(wecom.directory.get('Group', 'wr1')?.name).toBe('G');
  });

  it('stops when ingest stops', async () => {
    for (let i = 0; i < 50; i++) wecom.member(`m${i}`);
    const stopped = new RereadOldest({
      directory: wecom.directory,
      items: wecom.items(),
      ages: wecom.ages,
      refreshMs: HOUR,
      isStopping: () => wecom.calls.length > 0,
    });
    await stopped.step();
    expect(wecom.calls.length).toBeLessThanOrEqual(4);
  });

  it('consent of contacts is asked with each member who has them, a hundred pairs a call', async () => {
    const followers = Array.from({ length: 250 }, (_, i) => `m${i}`);
    wecom.contacts.set('wm1', followers);
    await wecom.items().ask('contact', ['wm1']);
    await reread.step();
    expect(wecom.callsOf('check_single_agree')).toBe(3);
    expect(wecom.directory.ids('Consent').length).toBe(250);
  });
});
