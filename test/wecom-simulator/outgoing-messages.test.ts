// Robots and applications: what is sent is recorded, within WeCom's limits (WeCom developer page p/99110).
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestSimulator, type TestSimulator } from './simulator.testkit.ts';

let wecom: TestSimulator;
beforeEach(async () => {
  wecom = await startTestSimulator();
});
afterEach(() => wecom.simulator.close());

const text = (content: string) => ({ msgtype: 'text', text: { content } });
const byRobot = async (key: string, body: object) =>
  (await wecom.post(`/cgi-bin/webhook/send?key=${key}`, body)).errcode;

describe('robots', () => {
  it('20 messages a minute for each robot; the next minute again', async () => {
    const codes = [];
    for (let i = 0; i < 21; i++) codes.push(await byRobot('k1', text(`${i}`)));
    expect(codes).toEqual([...Array.from({ length: 20 }, () => 0), 45009]);
    expect(await byRobot('k2', text('another robot'))).toBe(0);
    wecom.clock.now += 60_000;
    expect(await byRobot('k1', text('later'))).toBe(0);
    expect(wecom.simulator.outgoing.list()).toHaveLength(22);
    expect(wecom.simulator.outgoing.list().at(-1)).toEqual({
      kind: 'robot',
      by: 'k1',
      body: text('later'),
      atMs: wecom.clock.now,
    });
  });

  it.each([
    { name: 'text of 2048 bytes', body: text(`${'语'.repeat(682)}ab`), errcode: 0 },
    { name: 'text of 2049 bytes', body: text('语'.repeat(683)), errcode: 40058 },
    {
      name: 'markdown of 4096 bytes',
      body: { msgtype: 'markdown', markdown: { content: 'a'.repeat(4096) } },
      errcode: 0,
    },
    {
      name: 'markdown of 4097 bytes',
      body: { msgtype: 'markdown', markdown: { content: 'a'.repeat(4097) } },
      errcode: 40058,
    },
    { name: 'text without content', body: { msgtype: 'text' }, errcode: 40058 },
    { name: 'an unknown msgtype', body: { msgtype: 'hologram' }, errcode: 40058 },
  ])('$name: $errcode', async ({ body, errcode }) => {
    expect(await byRobot('k1', body)).toBe(errcode);
    expect(wecom.simulator.outgoing.list()).toHaveLength(errcode === 0 ? 1 : 0);
    expect(wecom.simulator.protocolErrors()).toHaveLength(errcode === 0 ? 0 : 1);
  });

  it('a robot without a key is nobody', async () => {
    expect(await byRobot('', text('x'))).toBe(93000);
  });
});

describe('applications', () => {
  const send = async (body: object, token?: string) =>
    (await wecom.post(`/cgi-bin/message/send?access_token=${token ?? (await wecom.token())}`, body)).errcode;

  it('send with a token and an agentid', async () => {
    expect(await send({ ...text('hello'), agentid: 1000002, touser: 'a' })).toBe(0);
    expect(wecom.simulator.outgoing.list()).toMatchObject([{ kind: 'application', by: '1000002' }]);
  });

  it('not without agentid, and not without a token', async () => {
    expect(await send(text('hello'))).toBe(40058);
    expect(await send({ ...text('hello'), agentid: 1 }, 'none')).toBe(40014);
    expect(wecom.simulator.outgoing.list()).toEqual([]);
    expect(wecom.simulator.protocolErrors()).toMatchObject([{ problem: 'agentid is missing' }]);
  });
});
