import { parseMessage } from '@menshen/contracts/parse-message';
import { silentLogger } from '@menshen/telemetry/logger';
import { Registry } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import { createIngestMetrics } from '../ingest-metrics.ts';
import type { ReadEntry } from '../read-entries.ts';
import { FakeContacts } from './fake-contacts.testkit.ts';
import { ResolveUnknown } from './resolve-unknown.ts';

const MINUTE = 60_000;
let wecom: FakeContacts;
let resolver: ResolveUnknown;
beforeEach(() => {
  wecom = new FakeContacts();
  resolver = new ResolveUnknown({
    directory: wecom.directory,
    items: wecom.items(),
    ages: wecom.ages,
    clock: wecom.clock,
    metrics: createIngestMetrics(new Registry()),
    logger: silentLogger,
    isStopping: () => false,
    patienceMs: 10_000,
    mentionBoundMs: 10 * MINUTE,
  });
  for (const id of ['ann', 'bob']) wecom.names.set(id, id);
});

function page(...messages: { from: string; tolist: string[]; roomid?: string }[]): ReadEntry[] {
  return messages.map((fields) => {
    const raw = Buffer.from(
      JSON.stringify({
        msgid: '1_1764000000000',
        action: 'send',
        roomid: '',
        msgtime: 1_764_000_000_000,
        msgtype: 'text',
        text: { content: 'x' },
        ...fields,
      }),
    );
    const parsed = parseMessage(raw);
    if (!parsed.ok) throw new Error(parsed.detail);
    return { ok: true, raw, message: parsed.message, entry: {} as ReadEntry['entry'] };
  });
}

it('asks about who is new, once, before the page is stamped', async () => {
  const talk = page({ from: 'ann', tolist: ['bob'] });
  await resolver.resolve([...talk, ...talk]);
  expect(wecom.directory.participant('bob')).toMatchObject({ kind: 'Staff', name: 'bob' });
  await resolver.resolve(talk);
  expect(wecom.calls.map(({ asked }) => asked)).toEqual(['ann', 'bob']);
});

it('asks again about whom it knows when the answer is old and a message names them', async () => {
  const talk = page({ from: 'ann', tolist: ['bob'] });
  await resolver.resolve(talk);
  wecom.names.set('ann', 'Anna');
  wecom.nowMs += 10 * MINUTE;
  await resolver.resolve(talk);
  expect(wecom.directory.participant('ann').name).toBe('ann');
  wecom.nowMs += 1;
  await resolver.resolve(talk);
  expect(wecom.directory.participant('ann').name).toBe('Anna');
});

it('asks again about a group, so that a message is stamped by who is in it now', async () => {
  wecom.groups.set('wr1', { type: 'Customer', name: 'G', owner: 'ann', members: { ann: 1 } });
  const talk = page({ from: 'ann', tolist: [], roomid: 'wr1' });
  await resolver.resolve(talk);
  expect(wecom.directory.hasOutsider('wr1')).toBe(false);
  wecom.groups.set('wr1', { type: 'Customer', name: 'G', owner: 'ann', members: { ann: 1, wm1: 2 } });
  wecom.nowMs += 11 * MINUTE;
  await resolver.resolve(talk);
  expect(wecom.directory.hasOutsider('wr1')).toBe(true);
});

it('does not ask about what WeCom does not know at every message', async () => {
  const talk = page({ from: 'ghost', tolist: ['ann'] });
  for (let i = 0; i < 5; i++) await resolver.resolve(talk);
  expect(wecom.calls.filter(({ asked }) => asked === 'ghost').length).toBe(1);
});

it('asks about consent a hundred pairs a call', async () => {
  for (let i = 0; i < 120; i++) wecom.contacts.set(`wm${i}`, ['ann']);
  wecom.contacts.set('wm0', ['ann']);
  const talk = page(...Array.from({ length: 120 }, (_, i) => ({ from: `wm${i}`, tolist: ['ann'] })));
  await resolver.resolve(talk);
  expect(wecom.callsOf('check_single_agree')).toBe(2);
  expect(wecom.directory.consent('ann', 'wm119', 0)).toBe('Agreed');
});

it('leaves to the next page what the quota does not allow', async () => {
  const items = wecom.items();
  wecom.faults.set('user/get', 45009);
  await items.ask('member', ['somebody']);
  wecom.faults.clear();
  wecom.calls.length = 0;
  const talk = page({ from: 'ann', tolist: ['bob'] });
  await resolver.resolve(talk);
  expect(wecom.calls).toEqual([]);
  wecom.nowMs += MINUTE;
  await resolver.resolve(talk);
  expect(wecom.directory.participant('ann').name).toBe('ann');
});

it('asks about a robot that speaks', async () => {
  wecom.robots.set('wb1', 'Bot');
  await resolver.resolve(page({ from: 'wb1', tolist: ['ann'] }));
  expect(wecom.directory.participant('wb1').name).toBe('Bot');
});
