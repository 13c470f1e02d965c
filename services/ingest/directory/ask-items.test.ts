import { beforeEach, describe, expect, it } from 'vitest';
import { FakeContacts } from './fake-contacts.testkit.ts';

let wecom: FakeContacts;
beforeEach(() => {
  wecom = new FakeContacts();
});
const facts = () =>
  wecom.directory
    .pending(1e6)
    .map(({ kind, id, deleted, validFromMs }) => `${kind} ${id}${deleted ? ' gone' : ''} ${validFromMs}`);
const told = (): void => wecom.directory.told(wecom.directory.pending(1e6).length);

describe('a group', () => {
  const group = { type: 'Customer', name: 'G', owner: 'a', members: { a: 10, wm1: 20 } } as const;

  it('is told with who is in it since when; who left is told as gone, when it was seen', async () => {
    wecom.groups.set('wr1', group);
    expect(await wecom.items().ask('group', ['wr1'])).toBe('Found');
    expect(facts()).toEqual([
      `Group wr1 ${wecom.nowMs}`,
      'GroupMember wr1:a 10000',
      'GroupMember wr1:wm1 20000',
    ]);
    told();
    wecom.groups.set('wr1', { ...group, members: { a: 10, b: 30 } });
    await wecom.items().ask('group', ['wr1']);
    expect(facts()).toEqual(['GroupMember wr1:b 30000', `GroupMember wr1:wm1 gone ${wecom.nowMs}`]);
  });

  it('of a known kind costs one call, of an unknown one two', async () => {
    wecom.groups.set('wr1', group);
    await wecom.items().ask('group', ['wr1']);
    expect(wecom.calls.length).toBe(2);
    await wecom.items().ask('group', ['wr1']);
    expect(wecom.calls.length).toBe(3);
  });

  it('that neither interface knows is not resolved; one that was known is dissolved, with its members', async () => {
    await wecom.items().ask('group', ['wr2']);
    expect(wecom.directory.get('Group', 'wr2')).toMatchObject({ resolved: false, type: 'Unknown' });
    wecom.groups.set('wr1', group);
    await wecom.items().ask('group', ['wr1']);
    told();
    wecom.groups.delete('wr1');
    expect(await wecom.items().ask('group', ['wr1'])).toBe('Unknown');
    expect(facts().map((fact) => fact.replace(/ \d+$/, ''))).toEqual([
      'Group wr1 gone',
      'GroupMember wr1:a gone',
      'GroupMember wr1:wm1 gone',
    ]);
    expect(wecom.directory.membersOf('wr1').size).toBe(0);
  });

  it('of customers stays as it is when the secret for them is taken away', async () => {
    wecom.groups.set('wr1', group);
    await wecom.items().ask('group', ['wr1']);
    await wecom.items(true).ask('group', ['wr1']);
    expect(wecom.directory.get('Group', 'wr1')?.resolved).toBe(true);
  });

  it('whose answer names no members keeps those it had', async () => {
    wecom.groups.set('wr1', group);
    await wecom.items().ask('group', ['wr1']);
    const api = { call: () => Promise.resolve({ ok: true, fields: { group_chat: { name: 'G' } } } as const) };
    const items = wecom.items();
    wecom.api.call = api.call as typeof wecom.api.call;
    await items.ask('group', ['wr1']);
    expect(wecom.directory.membersOf('wr1').size).toBe(2);
  });
});

it('a contact nobody has any more is gone; one never known is asked for as a member too', async () => {
  wecom.contacts.set('wm1', ['a']);
  await wecom.items().ask('contact', ['wm1']);
  wecom.contacts.delete('wm1');
  await wecom.items().ask('contact', ['wm1']);
  expect(wecom.directory.ids('ExternalContact')).toEqual([]);
  wecom.names.set('wolf', 'Wolf');
  expect(await wecom.items().ask('contact', ['wolf'])).toBe('Found');
  expect(wecom.directory.participant('wolf')).toMatchObject({ kind: 'Staff', name: 'Wolf' });
});

it('a robot has a name, and may be gone', async () => {
  wecom.robots.set('wb1', 'Bot');
  await wecom.items().ask('robot', ['wb1']);
  expect(wecom.directory.participant('wb1')).toMatchObject({ kind: 'Robot', name: 'Bot' });
  wecom.robots.delete('wb1');
  await wecom.items().ask('robot', ['wb1']);
  expect(wecom.directory.participant('wb1')).toMatchObject({ kind: 'Robot', name: '' });
});

it('a fault changes nothing and is not an answer', async () => {
  wecom.groups.set('wr1', { type: 'Internal', name: 'G', owner: 'a', members: { a: 1 } });
  wecom.faults.set('msgaudit/groupchat/get', 45009);
  expect(await wecom.items().ask('group', ['wr1'])).toMatchObject({ fault: { reason: 'QuotaExhausted' } });
  expect(wecom.directory.version).toBe(0);
  expect(wecom.ages.isOlder('group', 'wr1', 1e9)).toBe(true);
});

it('what WeCom says is too much is not asked for a minute', async () => {
  const items = wecom.items();
  expect(items.callsLeft('group', 'Schedule')).toBe(800);
  wecom.faults.set('msgaudit/groupchat/get', 45009);
  await items.ask('group', ['wr1']);
  wecom.nowMs += 59_999;
  expect(items.callsLeft('group', 'Question')).toBe(0);
  expect(items.callsLeft('member', 'Question')).toBe(2000);
  wecom.nowMs += 1;
  expect(items.callsLeft('group', 'Question')).toBe(1600);
});
