// The endpoints under /_simulator/: how another process looks into the simulator and steers it.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEntry, startTestSimulator, type TestSimulator, textMessage } from './simulator.testkit.ts';
import { filler } from './small-files.ts';

let wecom: TestSimulator;
beforeEach(async () => {
  wecom = await startTestSimulator();
});
afterEach(() => wecom.simulator.close());

const get = async (path: string): Promise<unknown> => JSON.parse((await wecom.control('GET', path)).text);
const post = async (path: string, body: unknown): Promise<unknown> =>
  JSON.parse((await wecom.control('POST', path, JSON.stringify(body))).text);
const newest = (): Record<string, unknown> =>
  JSON.parse(wecom.simulator.truth().at(-1)?.plaintext ?? '{}') as Record<string, unknown>;
const said = (content: string) => ({ msgtype: 'text', from: 'a', tolist: ['b'], text: { content } });

describe('looking in', () => {
  it('stats count what was served and what exists', async () => {
    wecom.say(3);
    wecom.simulator.log.append(textMessage(4), { createdAtMs: wecom.clock.now + 1000 });
    await wecom.pull(0, 2);
    await wecom.pull(0, 2);
    expect(await get('stats')).toEqual({ pulls: 2, entries: 4, mediaBytes: 0, messages: 4, released: 3 });
  });

  it('truth is NDJSON of exact plaintexts', async () => {
    wecom.say(1);
    wecom.say(1, { damage: 'not-json' });
    const { text } = await wecom.control('GET', 'truth');
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        seq: '1',
        msgid: 'm1',
        msgtype: 'text',
        publickeyVer: 1,
        plaintext: textMessage(1).plaintext,
        media: {},
        planted: [],
      },
      expect.objectContaining({ seq: '2', damage: 'not-json' }),
    ]);
  });

  it('protocol errors and sent messages', async () => {
    await wecom.get(`/cgi-bin/nothing?access_token=${await wecom.token()}`);
    await wecom.post('/cgi-bin/webhook/send?key=k', { msgtype: 'text', text: { content: 'x' } });
    expect(await get('protocol-errors')).toEqual([{ path: '/cgi-bin/nothing', problem: 'no such path' }]);
    expect(await get('sent')).toMatchObject([{ kind: 'robot', by: 'k' }]);
  });
});

describe('steering', () => {
  it('faults, tokens/invalidate and rotate-key', async () => {
    wecom.say(1);
    const token = await wecom.token();
    await post('faults', { kind: 'errcode', errcode: 45009 });
    await expect(wecom.pull(0)).rejects.toThrow('45009');
    await post('tokens/invalidate', {});
    expect(await wecom.token()).not.toBe(token);
    const { version, privatePem } = (await post('rotate-key', {})) as { version: number; privatePem: string };
    wecom.say(1);
    const [, sealed] = await wecom.pull(0);
    expect(sealed?.publickey_ver).toBe(version);
    expect(sealed && openEntry(sealed, privatePem)).toBe(textMessage(2).plaintext);
  });

  it.each([
    ['GET', 'nothing', undefined, /known: GET truth/],
    ['POST', 'truth', '', /known: GET truth/],
    ['POST', 'faults', '{"kind":"fire"}', /no fault is called fire/],
    ['POST', 'faults', 'fire', /JSON/],
    ['POST', 'append', '{"text":"no message"}', /every entry is/],
    ['POST', 'append', '{"message":{}}\n{"message":{},"damage":"burnt"}', /no damage is called burnt/],
    ['POST', 'append', '{"message":{},"skipSeqs":-1}', /skipSeqs/],
    ['POST', 'append', '{"message":{},"media":[{"path":"file"}]}', /base64 or sizeBytes/],
    [
      'POST',
      'append',
      '{"message":{},"media":[{"path":"a.b","sizeBytes":1}]}',
      /nothing in the message is at a\.b/,
    ],
  ])('%s %s %s is refused with the reason, and changes nothing', async (method, path, body, reason) => {
    const answer = await wecom.control(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(reason);
    expect(wecom.simulator.truth()).toEqual([]);
  });
});

describe('append', () => {
  it.each([
    ['NDJSON', [said('a'), said('b')].map((message) => JSON.stringify({ message })).join('\n')],
    [
      '{messages: […]}',
      JSON.stringify({ messages: [{ message: said('a') }, { message: said('b') }] }, null, 1),
    ],
  ])('%s: in order, with msgid and msgtime of its own', async (_form, body) => {
    wecom.say(1);
    const answer = JSON.parse((await wecom.control('POST', 'append', body)).text) as { msgid: string }[];
    expect(answer).toMatchObject([{ seq: 2 }, { seq: 3 }]);
    expect(new Set(answer.map(({ msgid }) => msgid)).size).toBe(2);
    expect(newest()).toEqual({ ...said('b'), msgid: answer[1]?.msgid, msgtime: wecom.clock.now });
    expect(await wecom.pull(1)).toHaveLength(2);
  });

  it('keeps msgid and msgtime that were given; damage and gaps as told', async () => {
    const message = { ...said('x'), msgid: 'mine', msgtime: 5 };
    expect(await post('append', { message, damage: 'short-message', skipSeqs: 4 })).toEqual([
      { seq: 5, msgid: 'mine' },
    ]);
    expect(newest()).toEqual(message);
    expect((await wecom.pull(0))[0]?.encrypt_chat_msg).toHaveLength(12);
  });

  it('an appended message exists at once while a story is still to come', async () => {
    for (let i = 1; i <= 3; i++)
      wecom.simulator.log.append(textMessage(i), { createdAtMs: wecom.clock.now + (i - 1) * 1000 });
    await post('append', { message: { ...said('now'), msgid: 'now' } });
    expect((await wecom.pull(0)).map(({ msgid }) => msgid)).toEqual(['m1', 'now']);
    wecom.clock.now += 5000;
    expect((await wecom.pull(0)).map(({ seq, msgid }) => [seq, msgid])).toEqual([
      [1, 'm1'],
      [2, 'now'],
      [3, 'm2'],
      [4, 'm3'],
    ]);
  });

  const bytes = filler(100, 3);
  const md5 = createHash('md5').update(bytes).digest('hex');
  const base64 = bytes.toString('base64');
  const inItem = { mixed: { item: [{ type: 'image', content: '{"width":3}' }] } };
  it.each([
    {
      name: 'a file',
      message: { file: { filename: 'a.pdf' } },
      media: { path: 'file', base64 },
      body: { filename: 'a.pdf', md5sum: md5, filesize: 100 },
    },
    {
      name: 'a wrong md5',
      message: {},
      media: { path: 'image', base64, md5: 'f'.repeat(32) },
      body: { md5sum: 'f'.repeat(32), filesize: 100 },
    },
    {
      name: 'no md5',
      message: {},
      media: { path: 'voice', base64, md5: '' },
      body: { md5sum: '', voice_size: 100 },
    },
    {
      name: 'bytes that are made up',
      message: {},
      media: { path: 'emotion', sizeBytes: 0 },
      body: { imagesize: 0, md5sum: 'd41d8cd98f00b204e9800998ecf8427e' },
    },
    {
      name: 'a body that is JSON in a text',
      message: inItem,
      media: { path: 'mixed.item[0].content', base64 },
      body: { width: 3, md5sum: md5, filesize: 100 },
    },
  ])('media: $name', async ({ message, media, body }) => {
    await post('append', { message: { msgtype: 'file', ...message }, media: [media] });
    let at: unknown = newest();
    for (const step of media.path.split(/[.[\]]+/)) at = (at as Record<string, unknown>)[step];
    const written = (typeof at === 'string' ? JSON.parse(at) : at) as Record<string, unknown>;
    expect(written).toEqual({ ...body, sdkfileid: expect.any(String) });
    const stored = 'base64' in media ? bytes : Buffer.alloc(0);
    expect(wecom.simulator.truth()[0]?.media).toEqual({
      [media.path]: createHash('sha256')
        .update(stored ?? '')
        .digest('hex'),
    });
    const [fileid = '', authkey = ''] =
      Buffer.from(String(written['sdkfileid']), 'base64')
        .toString('latin1')
        .match(/[\w-]{10,}/g) ?? [];
    expect(wecom.simulator.shelf.get(fileid, authkey)).toHaveLength(stored?.length === 100 ? 112 : 16);
  });
});
