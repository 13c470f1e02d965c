import { createHmac } from 'node:crypto';
import type { AlertChannel } from '@menshen/contracts/role-config';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, makeChannel, makeNotice, type Receiver, startReceiver } from '../notifier.testkit.ts';
import type { Channel } from './channel.ts';
import { judgeStatus } from './post-json.ts';
import { makeChannels } from './registry.ts';
import { judgeAnswer, writeMarkdown } from './wecom-robot.ts';

const NOW_MS = 1_700_000_000_500;
const secrets: Record<string, string> = { '/run/key': 'k3y' };

function channelOf(config: AlertChannel): Channel {
  const channel = makeChannels([config], {
    fetch,
    readSecret: async (file) => secrets[file] ?? '',
    clock: { nowMs: () => NOW_MS },
  }).get(config.name);
  if (channel === undefined) throw new Error('no channel');
  return channel;
}

let receiver: Receiver | undefined;
afterEach(() => receiver?.close());

async function receive(answer: Answer | undefined = { status: 200 }): Promise<Receiver> {
  receiver = await startReceiver(() => answer);
  return receiver;
}

describe('the webhook', () => {
  it('posts JSON with the id as idempotency key and a signature that the receiver can check', async () => {
    const { url, received } = await receive();
    const channel = channelOf(makeChannel('compliance', { url: `${url}/hook`, signingKeyFile: '/run/key' }));
    expect(await channel.send(makeNotice())).toEqual({ kind: 'Delivered' });
    const [request] = received;
    const signature = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request?.headers['menshen-signature']));
    expect(signature?.[1]).toBe('1700000000');
    expect(signature?.[2]).toBe(
      createHmac('sha256', 'k3y').update(`1700000000.${request?.body}`).digest('hex'),
    );
    expect(request).toMatchObject({
      url: '/hook',
      headers: { 'idempotency-key': 'n1', 'content-type': 'application/json' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      version: 1,
      id: 'n1',
      corpId: 'ww1',
      channel: 'compliance',
      group: 'compliance|acme/no-guarantee|wr1',
      policy: 'acme/no-guarantee',
      severity: 'High',
      conversationId: 'wr1',
      createdAt: 1_000,
      findings: makeNotice().items,
    });
  });

  it('is not signed without a key', async () => {
    const { url, received } = await receive();
    await channelOf(makeChannel('compliance', { url })).send(makeNotice());
    expect(received[0]?.headers).not.toHaveProperty('menshen-signature');
  });

  it('does not follow a redirect with a signed notice', async () => {
    const other = await startReceiver(() => ({ status: 200 }));
    const { url } = await receive({ status: 307, headers: { Location: other.url } });
    expect(await channelOf(makeChannel('c', { url })).send(makeNotice())).toEqual({
      kind: 'Refused',
      detail: 'HTTP 307',
    });
    expect(other.received).toEqual([]);
    await other.close();
  });

  it('takes a cut connection and a closed port for "later", and names no address', async () => {
    receiver = await startReceiver(() => undefined);
    const channel = channelOf(makeChannel('c', { url: `${receiver.url}/secret-path` }));
    const cut = await channel.send(makeNotice());
    expect(cut.kind).toBe('Later');
    await receiver.close();
    const closed = await channel.send(makeNotice());
    expect(closed).toEqual({ kind: 'Later', detail: 'no answer: ECONNREFUSED' });
    expect(JSON.stringify([cut, closed])).not.toMatch(/secret-path|127\.0\.0\.1/);
  });
});

describe('what an HTTP status means', () => {
  it.each([
    [500, null, { kind: 'Later', detail: 'HTTP 500' }],
    [503, '7', { kind: 'Later', detail: 'HTTP 503', retryAfterMs: 7_000 }],
    [429, new Date(NOW_MS + 4_500).toUTCString(), { kind: 'Later', detail: 'HTTP 429', retryAfterMs: 4_500 }],
    [429, 'soon', { kind: 'Later', detail: 'HTTP 429' }],
    [503, new Date(0).toUTCString(), { kind: 'Later', detail: 'HTTP 503' }],
    [408, null, { kind: 'Later', detail: 'HTTP 408' }],
    [400, '7', { kind: 'Refused', detail: 'HTTP 400' }],
    [404, null, { kind: 'Refused', detail: 'HTTP 404' }],
    [302, null, { kind: 'Refused', detail: 'HTTP 302' }],
  ])('%i with Retry-After %s', (status, retryAfter, expected) => {
    expect(judgeStatus(status, retryAfter, NOW_MS)).toEqual(expected);
  });
});

describe('Alertmanager', () => {
  it('gets one alert with six bounded labels, alive from now on, and no content', async () => {
    const { url, received } = await receive();
    const channel = channelOf(makeChannel('ops', { kind: 'Alertmanager', url: `${url}/` }));
    const notice = makeNotice({ channel: 'ops', policy: `acme/${'x'.repeat(500)}` });
    const withContent = { ...notice, items: notice.items.map((item) => ({ ...item, excerpt: '【保本】' })) };
    expect(await channel.send(withContent)).toEqual({ kind: 'Delivered' });
    expect(received[0]?.url).toBe('/api/v2/alerts');
    expect(received[0]?.body).not.toContain('保本');
    const [alert] = JSON.parse(received[0]?.body ?? '[]');
    expect(Object.keys(alert.labels)).toEqual([
      'alertname',
      'corp',
      'channel',
      'policy',
      'severity',
      'notice',
    ]);
    expect(Math.max(...Object.values<string>(alert.labels).map((label) => label.length))).toBe(200);
    expect(alert.startsAt).toBe(new Date(NOW_MS).toISOString());
    expect(Date.parse(alert.endsAt)).toBe(NOW_MS + 3_600_000);
  });

  it('gives a retried notice the same labels, and another notice other labels', async () => {
    const { url, received } = await receive();
    const channel = channelOf(makeChannel('ops', { kind: 'Alertmanager', url }));
    for (const id of ['n1', 'n1', 'n2']) await channel.send(makeNotice({ id }));
    const labels = received.map(({ body }) => JSON.stringify(JSON.parse(body)[0].labels));
    expect(labels[0]).toBe(labels[1]);
    expect(labels[2]).not.toBe(labels[0]);
  });
});

describe('the WeCom group robot', () => {
  const robot = (url: string): Channel => {
    secrets['/run/robot'] = `${url}/cgi-bin/webhook/send?key=r0b0t`;
    return channelOf(makeChannel('group', { kind: 'WeComRobot', urlFile: '/run/robot' }));
  };

  it('gets markdown at the address in the secret, twenty a minute, one at a time', async () => {
    const { url, received } = await receive({ status: 200, body: '{"errcode":0,"errmsg":"ok"}' });
    const channel = robot(url);
    expect(await channel.send(makeNotice())).toEqual({ kind: 'Delivered' });
    expect(received[0]?.url).toBe('/cgi-bin/webhook/send?key=r0b0t');
    const body = JSON.parse(received[0]?.body ?? '{}');
    expect(body.msgtype).toBe('markdown');
    expect(body.markdown.content).toContain('acme/no-guarantee');
    expect(channel.limits).toEqual({ concurrent: 1, perMinute: 20 });
  });

  it.each([
    ['{"errcode":0}', { kind: 'Delivered' }],
    [
      '{"errcode":45009,"errmsg":"api freq out of limit"}',
      { kind: 'Later', detail: 'errcode 45009', retryAfterMs: 60_000 },
    ],
    ['{"errcode":-1}', { kind: 'Later', detail: 'errcode -1', retryAfterMs: 1_000 }],
    [
      '{"errcode":93000,"errmsg":"invalid webhook url, hint: key=r0b0t"}',
      { kind: 'Refused', detail: 'errcode 93000' },
    ],
    ['<html>', { kind: 'Later', detail: 'the answer is not JSON with an errcode' }],
    ['null', { kind: 'Later', detail: 'the answer is not JSON with an errcode' }],
  ])('an answer %s', (text, expected) => {
    expect(judgeAnswer(text)).toEqual(expected);
  });

  it.each([1, 10, 60, 100])(
    'never exceeds 4096 bytes, and counts what does not fit (%i findings)',
    (count) => {
      const items = Array.from({ length: count }, (_, i) => ({
        findingId: String(i).padStart(32, '0'),
        msgid: `m${i}`,
        rule: 'promised-yield',
        capturedAtMs: 1,
        excerpt: '【保本保息】'.repeat(10),
      }));
      const text = writeMarkdown(makeNotice({ items }));
      const shown = items.filter(({ findingId }) => text.includes(findingId)).length;
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
      expect(shown).toBeGreaterThan(0);
      expect(text.includes(`另有 ${count - shown} 项`)).toBe(shown < count);
    },
  );

  it('does not let message text mention people, make links or break out of its line', () => {
    const items = makeNotice().items.map((item) => ({
      ...item,
      excerpt: '【<@all>\n[x](http://e) `y` **z**】',
    }));
    const line = writeMarkdown(makeNotice({ items })).split('\n').at(-1);
    expect(line).toContain('＜@all＞ ［x］(http://e) ｀y｀ ＊＊z＊＊');
  });
});

describe('a channel without what its kind needs', () => {
  const { url: _url, ...bare } = makeChannel('c');
  it.each([
    ['Webhook', 'channel c is a Webhook without url'],
    ['Alertmanager', 'channel c is an Alertmanager without url'],
    ['WeComRobot', 'channel c is a WeComRobot without urlFile'],
  ] as const)('%s is refused by name', (kind, message) => {
    expect(() => channelOf({ ...bare, kind })).toThrow(message);
  });
});
