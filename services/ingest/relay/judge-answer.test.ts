// Which answers reach the SDK. Each row that stops one stands for a way in which the SDK would end its process or cut a file without a word.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeAnswer, type WeComAnswer } from './judge-answer.ts';
import type { SdkCall } from './relayed-answer.ts';

const answer = (body: string | Buffer, rest: Partial<WeComAnswer> = {}): WeComAnswer => ({
  status: 200,
  contentRange: undefined,
  contentEncoding: undefined,
  body: Buffer.from(body),
  ...rest,
});
const judge = (call: SdkCall, body: string | Buffer, rest: Partial<WeComAnswer> = {}) =>
  judgeAnswer(call, answer(body, rest), 'bytes=0-31');

const PORTAL = '<html><body>Sign in to the network</body></html>';
const TOKEN = { errcode: 0, errmsg: 'ok', access_token: 'abc-DEF_1', expires_in: 7200 };

describe('gettoken', () => {
  it.each([
    { name: 'a token', body: JSON.stringify(TOKEN), errcode: 0, given: TOKEN },
    {
      name: 'a token without errcode',
      body: '{"access_token":"t","expires_in":0}',
      errcode: 0,
      given: { errcode: 0, errmsg: 'ok', access_token: 't', expires_in: 0 },
    },
    {
      name: 'fields that nobody documented: left out',
      body: JSON.stringify({ ...TOKEN, surprise: ['\0'] }),
      errcode: 0,
      given: TOKEN,
    },
    {
      name: 'a refusal: its text is not needed',
      body: '{"errcode":40001,"errmsg":"invalid credential \\ud800"}',
      errcode: 40001,
      given: { errcode: 40001, errmsg: 'refused by WeCom' },
    },
  ])('lets pass $name', ({ body, errcode, given }) => {
    const verdict = judge('gettoken', body);
    expect(verdict).toMatchObject({ fault: undefined, errcode });
    expect(JSON.parse(verdict.body.toString())).toEqual(given);
  });

  it.each([
    { name: 'nothing', body: '' },
    { name: 'a captive portal', body: PORTAL },
    { name: 'an array', body: '[]' },
    { name: 'null', body: 'null' },
    { name: 'a text', body: '"ok"' },
    { name: 'an object without a token', body: '{}' },
    { name: 'a cut object', body: JSON.stringify(TOKEN).slice(0, -1) },
    { name: 'two objects', body: '{}{}' },
    { name: 'a byte order mark', body: `\ufeff${JSON.stringify(TOKEN)}` },
    { name: 'bytes that are not UTF-8', body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x30, 0x7d]) },
    { name: 'a token that is a number', body: JSON.stringify({ ...TOKEN, access_token: 7 }) },
    { name: 'an empty token', body: JSON.stringify({ ...TOKEN, access_token: '' }) },
    { name: 'a token with a line end', body: JSON.stringify({ ...TOKEN, access_token: 'a\r\nb' }) },
    { name: 'a token of 513 bytes', body: JSON.stringify({ ...TOKEN, access_token: 'x'.repeat(513) }) },
    { name: 'a token without an end', body: '{"errcode":0,"access_token":"t"}' },
    { name: 'an end beyond 32 bits', body: JSON.stringify({ ...TOKEN, expires_in: 2 ** 31 }) },
    { name: 'a negative end', body: JSON.stringify({ ...TOKEN, expires_in: -1 }) },
    { name: 'an errcode that is a text', body: JSON.stringify({ ...TOKEN, errcode: '0' }) },
  ])('stops $name', ({ body }) => {
    expect(judge('gettoken', body)).toMatchObject({ fault: { reason: 'NotJson' }, errcode: undefined });
  });

  it('gives the SDK, whatever comes, one object of four known fields in ASCII, or nothing', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record(
          { errcode: fc.anything(), access_token: fc.anything(), expires_in: fc.anything() },
          { requiredKeys: [] },
        )
        .map((fields) =>
          Buffer.from(JSON.stringify(fields, (_, value: unknown) => (typeof value === 'bigint' ? 0 : value))),
        ),
      fc
        .record({ access_token: fc.string(), expires_in: fc.integer() })
        .map((fields) => Buffer.from(JSON.stringify(fields))),
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const verdict = judge('gettoken', body);
        if (verdict.fault !== undefined) {
          expect(verdict.body).toHaveLength(0);
          return;
        }
        const text = verdict.body.toString('latin1');
        expect(text).toMatch(/^[\x20-\x7e]+$/);
        const fields = JSON.parse(text) as Record<string, unknown>;
        const types = Object.entries(fields).map(([name, value]) => `${name}:${typeof value}`);
        expect([
          ['errcode:number', 'errmsg:string'],
          ['errcode:number', 'errmsg:string', 'access_token:string', 'expires_in:number'],
        ]).toContainEqual(types);
      }),
      { numRuns: 500 },
    );
  });
});

describe('getchatdata', () => {
  it.each([
    { name: 'a page', body: '{"errcode":0,"errmsg":"ok","chatdata":[{"seq":1}]}', errcode: 0 },
    { name: 'a page with a line end behind it', body: '{ "errcode" : 0 ,"chatdata":[]}\n', errcode: 0 },
    {
      name: 'an errcode behind the rest',
      body: '{"errmsg":"x","chatdata":[],"errcode":301052}',
      errcode: 301052,
    },
    { name: 'an empty object: caught up', body: '{}', errcode: 0 },
    { name: 'busy', body: '{"errcode":-1}', errcode: -1 },
    { name: 'the word in a text', body: '{"errmsg":"\\"errcode\\":7","errcode":8}', errcode: 8 },
  ])('lets pass as it is: $name', ({ body, errcode }) => {
    const verdict = judge('getchatdata', body);
    expect(verdict).toMatchObject({ fault: undefined, errcode });
    expect(verdict.body.toString()).toBe(body);
  });

  it.each([
    { name: 'nothing', body: '' },
    { name: 'a captive portal', body: PORTAL },
    { name: 'a cut page', body: '{"errcode":0,"errmsg":"ok","chatdata":[{"seq":' },
    { name: 'an array', body: '[]' },
  ])('stops $name', ({ body }) => {
    expect(judge('getchatdata', body)).toMatchObject({ fault: { reason: 'NotJson' }, errcode: undefined });
  });
});

describe('getchatmediadata', () => {
  const piece = (bytes: number): string =>
    JSON.stringify({ errcode: 0, content: Buffer.alloc(bytes, 7).toString('base64') });

  it.each(['BYTES 0-31/64', 'bytes 0-31/64', 'Bytes 0-31/64', 'BYTES0-31/64'])(
    'takes the range %s',
    (contentRange) => {
      const verdict = judge('getchatmediadata', piece(32), { contentRange });
      expect(verdict).toMatchObject({ fault: undefined, errcode: 0, range: { from: 0, to: 31, total: 64 } });
      expect(verdict.body.toString()).toBe(piece(32));
    },
  );

  it.each([
    { name: 'the last piece, one padding block', bytes: 16, contentRange: 'BYTES 0-15/16' },
    { name: 'a piece that ends before what was asked', bytes: 30, contentRange: 'BYTES 0-29/64' },
  ])('takes $name', ({ bytes, contentRange }) => {
    expect(judge('getchatmediadata', piece(bytes), { contentRange }).fault).toBeUndefined();
  });

  it.each([
    { name: 'no range: the SDK would take the piece for the whole file', bytes: 32, contentRange: undefined },
    { name: 'an empty range', bytes: 32, contentRange: '' },
    { name: 'a range that begins elsewhere', bytes: 32, contentRange: 'BYTES 16-47/64' },
    { name: 'a range longer than asked', bytes: 48, contentRange: 'BYTES 0-47/64' },
    { name: 'a range shorter than its content', bytes: 32, contentRange: 'BYTES 0-15/64' },
    { name: 'a range longer than its content', bytes: 16, contentRange: 'BYTES 0-31/64' },
    { name: 'a range behind the end', bytes: 32, contentRange: 'BYTES 0-31/31' },
    { name: 'a range backwards', bytes: 32, contentRange: 'BYTES 31-0/64' },
    { name: 'an unknown total', bytes: 32, contentRange: 'BYTES 0-31/*' },
    { name: 'two ranges', bytes: 32, contentRange: 'BYTES 0-31/64, BYTES 0-31/64' },
  ])('stops $name', ({ bytes, contentRange }) => {
    expect(judge('getchatmediadata', piece(bytes), { contentRange }).fault?.reason).toBe('BadRange');
  });

  it.each([301042, 301048, 40014, 45009])('lets pass errcode %i, which needs no range', (errcode) => {
    expect(judge('getchatmediadata', JSON.stringify({ errcode }))).toMatchObject({
      fault: undefined,
      errcode,
    });
  });

  it.each([
    { name: 'a captive portal', body: PORTAL },
    { name: 'content that is a number', body: '{"errcode":0,"content":7}' },
    { name: 'no content', body: '{"errcode":0}' },
  ])('stops $name', ({ body }) => {
    expect(judge('getchatmediadata', body, { contentRange: 'BYTES 0-31/64' }).fault?.reason).toBe('NotJson');
  });
});

describe('whatever the call', () => {
  const CALLS: readonly SdkCall[] = ['gettoken', 'getchatdata', 'getchatmediadata'];
  it.each(CALLS)('%s: another status than 200 is stopped, even with good JSON', (call) => {
    for (const status of [204, 302, 403, 502])
      expect(judge(call, JSON.stringify(TOKEN), { status }).fault).toEqual({
        reason: 'BadStatus',
        detail: `HTTP status ${status}`,
      });
  });

  it.each(CALLS)('%s: a compressed body is stopped: the SDK asks for none', (call) => {
    expect(judge(call, JSON.stringify(TOKEN), { contentEncoding: 'gzip' }).fault?.reason).toBe('NotJson');
    expect(judge(call, '{"errcode":1}', { contentEncoding: 'identity' }).fault).toBeUndefined();
  });
});
