// What a careful client never does: each is refused and written down; who may call, and how often.
import { afterEach, describe, expect, it } from 'vitest';
import { CORP_ID, SECRETS, startTestSimulator, type TestSimulator } from './simulator.testkit.ts';
import type { SimulatorOptions } from './simulator.ts';

let wecom: TestSimulator;
const setUp = async (options: Partial<SimulatorOptions> = {}): Promise<void> => {
  wecom = await startTestSimulator(options);
};
afterEach(() => wecom.simulator.close());

const PULL = '/cgi-bin/message/getchatdata';
const MEDIA = '/cgi-bin/message/getchatmediadata';
const page = { seq: 0, limit: 10, version: 1 };
const media = { fileid: 'f', authkey: 'a', version: 1 };

describe('a call that WeCom would refuse is recorded', () => {
  it.each([
    { name: 'GET of a pull', method: 'GET', path: PULL, problem: /GET instead of POST/ },
    { name: 'pull without version', path: PULL, body: { seq: 0, limit: 10 }, problem: /version/ },
    { name: 'pull without seq', path: PULL, body: { limit: 10, version: 1 }, problem: /seq/ },
    { name: 'negative seq', path: PULL, body: { ...page, seq: -1 }, problem: /seq/ },
    { name: 'limit 0', path: PULL, body: { ...page, limit: 0 }, problem: /1\.\.1000/ },
    { name: 'limit 1001', path: PULL, body: { ...page, limit: 1001 }, problem: /1\.\.1000/ },
    { name: 'media without a range', path: MEDIA, body: media, problem: /Range is missing/ },
    {
      name: 'media without version',
      path: MEDIA,
      body: { fileid: 'f', authkey: 'a' },
      range: 'bytes=0-15',
      problem: /version/,
    },
    {
      name: 'range that begins off a block',
      path: MEDIA,
      body: media,
      range: 'bytes=1-16',
      problem: /aligned/,
    },
    {
      name: 'range that ends off a block',
      path: MEDIA,
      body: media,
      range: 'bytes=0-524286',
      problem: /aligned/,
    },
    {
      name: 'range that ends before it begins',
      path: MEDIA,
      body: media,
      range: 'bytes=32-15',
      problem: /ends before/,
    },
    {
      name: 'unknown chat path',
      path: '/cgi-bin/message/getchatsomething',
      body: {},
      problem: /no such path/,
    },
    { name: 'unknown path', path: '/cgi-bin/nothing', body: {}, problem: /no such path/ },
    { name: 'GET of a robot', method: 'GET', path: '/cgi-bin/webhook/send', problem: /GET instead of POST/ },
    { name: 'GET of an app message', method: 'GET', path: '/cgi-bin/message/send', problem: /GET instead/ },
    { name: 'POST of gettoken', path: '/cgi-bin/gettoken', body: {}, problem: /POST instead of GET/ },
    { name: 'a body that is no JSON', path: PULL, text: 'seq=0', problem: /not a JSON object/ },
    {
      name: 'GET of permit users',
      method: 'GET',
      path: '/cgi-bin/msgaudit/get_permit_user_list',
      problem: /GET instead/,
    },
    {
      name: 'room without id',
      path: '/cgi-bin/msgaudit/check_room_agree',
      body: {},
      problem: /roomid is missing/,
    },
    {
      name: '101 consents at once',
      path: '/cgi-bin/msgaudit/check_single_agree',
      body: { info: Array.from({ length: 101 }, () => ({ userid: 'a', exteranalopenid: 'wm1' })) },
      problem: /at most 100/,
    },
  ])('$name', async ({ method = 'POST', path, body, text, range, problem }) => {
    await setUp();
    const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const answer = await fetch(`${wecom.simulator.url}${path}?access_token=${await wecom.token()}`, {
      method,
      ...(sent === undefined ? {} : { body: sent }),
      headers: range === undefined ? {} : { Range: range },
    });
    expect(((await answer.json()) as { errcode: number }).errcode).toBeGreaterThan(0);
    expect(wecom.simulator.protocolErrors()).toMatchObject([
      { path, problem: expect.stringMatching(problem) },
    ]);
  });

  it('an unknown path, even without a token', async () => {
    await setUp();
    expect((await wecom.get('/cgi-bin/nothing')).errcode).toBe(43001);
    expect(wecom.simulator.protocolErrors()).toEqual([{ path: '/cgi-bin/nothing', problem: 'no such path' }]);
  });

  it('a range behind the end of the file', async () => {
    await setUp();
    const { sdkfileid } = wecom.simulator.shelf.put(1, Buffer.alloc(10));
    const [fileid, authkey] =
      Buffer.from(sdkfileid, 'base64')
        .toString('latin1')
        .match(/[\w-]{10,}/g) ?? [];
    const answer = await wecom.post(
      `${MEDIA}?access_token=${await wecom.token()}`,
      { fileid, authkey, version: 1 },
      { Range: 'bytes=16-31' },
    );
    expect(answer.errcode).toBe(40058);
    expect(wecom.simulator.protocolErrors()).toMatchObject([
      { problem: 'range begins at 16, the file ends at 16' },
    ]);
  });

  it('the 601st pull within a minute; a minute later there is room again', async () => {
    await setUp();
    for (let i = 0; i < 600; i++) await wecom.pull(0, 1);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
    await expect(wecom.pull(0, 1)).rejects.toThrow('45009');
    expect(wecom.simulator.protocolErrors()).toEqual([
      { path: PULL, problem: 'more than 600 pulls a minute' },
    ]);
    wecom.clock.now += 60_000;
    expect(await wecom.pull(0, 1)).toEqual([]);
    expect(wecom.simulator.served().pulls).toBe(601);
  });
});

describe('who may call', () => {
  const issue = (corpid: string, secret: string) =>
    wecom.get(`/cgi-bin/gettoken?corpid=${corpid}&corpsecret=${secret}`);
  const use = async (token: string) => (await wecom.post(`${PULL}?access_token=${token}`, page)).errcode;

  it('one secret has one token for as long as it is valid, another secret another', async () => {
    await setUp();
    const first = await issue(CORP_ID, SECRETS.archive);
    wecom.clock.now += 7_199_000;
    const again = await issue(CORP_ID, SECRETS.archive);
    expect(again['access_token']).toBe(first['access_token']);
    expect([first['expires_in'], again['expires_in']]).toEqual([7200, 1]);
    expect((await issue(CORP_ID, SECRETS.directory))['access_token']).not.toBe(first['access_token']);
    wecom.clock.now += 1_000;
    expect((await issue(CORP_ID, SECRETS.archive))['access_token']).not.toBe(first['access_token']);
    expect(await use(String(first['access_token']))).toBe(42001);
  });

  it('a token dies early when it is invalidated', async () => {
    await setUp();
    const token = await wecom.token();
    expect(await use(token)).toBe(0);
    wecom.simulator.tokens.invalidateAll();
    expect(await use(token)).toBe(40014);
    const next = await wecom.token();
    expect(next).not.toBe(token);
    expect(await use(next)).toBe(0);
  });

  it.each([
    {
      name: 'an expired token',
      kill: () => {
        wecom.clock.now += 7_200_000;
      },
      errcode: 42001,
    },
    { name: 'an invalidated token', kill: () => wecom.simulator.tokens.invalidateAll(), errcode: 40014 },
  ])('$name may be used by calls under way, not on and on', async ({ kill, errcode }) => {
    await setUp();
    const token = await wecom.token();
    kill();
    expect([await use(token), await use(token)]).toEqual([errcode, errcode]);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
    wecom.clock.now += 5_001;
    expect(await use(token)).toBe(errcode);
    expect(wecom.simulator.protocolErrors()).toMatchObject([
      { path: PULL, problem: expect.stringMatching(`errcode ${errcode} again`) },
    ]);
  });

  it('a dead token 20 times at once, not 21 times', async () => {
    await setUp();
    const token = await wecom.token();
    wecom.simulator.tokens.invalidateAll();
    for (let i = 0; i < 20; i++) await use(token);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
    await use(token);
    expect(wecom.simulator.protocolErrors()).toHaveLength(1);
  });

  it.each([
    { name: 'another corporation', corpid: 'wwother', secret: SECRETS.archive, errcode: 40013 },
    { name: 'a wrong secret', corpid: CORP_ID, secret: 'wrong', errcode: 40001 },
  ])('no token for $name', async ({ corpid, secret, errcode }) => {
    await setUp();
    expect(await issue(corpid, secret)).toMatchObject({ errcode });
  });

  it.each([
    { name: 'without a token', token: '', errcode: 41001 },
    { name: 'with a token of nobody', token: 'made-up', errcode: 40014 },
  ])('no page $name', async ({ token, errcode }) => {
    await setUp();
    expect(await use(token)).toBe(errcode);
  });

  it("each application's secret opens its own interfaces only", async () => {
    await setUp();
    const archive = await wecom.token(SECRETS.archive);
    const directory = await wecom.token(SECRETS.directory);
    expect(await use(directory)).toBe(48002);
    const list = '/cgi-bin/externalcontact/groupchat/list?access_token=';
    expect((await wecom.post(`${list}${archive}`, { limit: 10 })).errcode).toBe(48002);
    expect((await wecom.post(`${list}${directory}`, { limit: 10 })).errcode).toBe(0);
  });

  it('an address that is not on the list is refused, with another errcode by the archive than by the rest', async () => {
    await setUp({ allowedAddresses: ['10.0.0.1'] });
    const token = await wecom.token();
    expect(await use(token)).toBe(301042);
    expect((await wecom.get(`/cgi-bin/user/get?access_token=${token}&userid=a`)).errcode).toBe(60020);
  });
});
