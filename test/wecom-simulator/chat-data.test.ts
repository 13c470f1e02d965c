// The chat data interface from the outside: on the wire as the Finance SDK reads it, strict as WeCom, and with every kind of damage.
import { createDecipheriv, createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EntryDamage } from './message-log.ts';
import {
  type Entry,
  exchange,
  openEntry,
  startTestSimulator,
  type TestSimulator,
} from './simulator.testkit.ts';
import { filler } from './small-files.ts';

const CHUNK = 524_288;
const DAY_MS = 24 * 3_600_000;

let wecom: TestSimulator;
beforeEach(async () => {
  wecom = await startTestSimulator();
});
afterEach(() => wecom.simulator.close());

const pem = (version: number): string => wecom.simulator.privateKeys().get(version) ?? '';
const opened = (entry: Entry): unknown => JSON.parse(openEntry(entry, pem(entry.publickey_ver)));
const seqs = async (after: number, limit?: number): Promise<readonly number[]> =>
  (await wecom.pull(after, limit)).map(({ seq }) => seq);

/** fileid, authkey and key out of an sdkfileid, read as protobuf by hand. */
function readFileId(sdkfileid: string): { fileid: string; authkey: string; aesKey: Buffer } {
  const bytes = Buffer.from(sdkfileid, 'base64');
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; at += 2 + (bytes[at + 1] ?? 0))
    texts.push(bytes.toString('latin1', at + 2, at + 2 + (bytes[at + 1] ?? 0)));
  const [fileid = '', authkey = '', hex = ''] = texts;
  return { fileid, authkey, aesKey: Buffer.from(hex, 'hex') };
}

describe('on the wire', () => {
  /** HTTP/1.0 with the headers of the SDK, as captured. */
  const sdkRequest = (path: string, body: object, header = ''): string => {
    const text = JSON.stringify(body);
    return `POST ${path} HTTP/1.0\r\nHost: qyapi.weixin.qq.com\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${text.length}\r\n${header}\r\n${text}`;
  };
  const splitAnswer = (answer: Buffer): { head: string; body: Record<string, unknown> } => {
    const at = answer.indexOf('\r\n\r\n');
    return { head: answer.toString('latin1', 0, at), body: JSON.parse(answer.toString('utf8', at + 4)) };
  };

  it('answers a media range with an upper-case CONTENT-RANGE and base64 of the ciphertext', async () => {
    const { sdkfileid } = wecom.simulator.shelf.put(1, filler(CHUNK + 100, 1));
    const { fileid, authkey } = readFileId(sdkfileid);
    const path = `/cgi-bin/message/getchatmediadata?access_token=${await wecom.token()}`;
    const ask = sdkRequest(path, { fileid, authkey, version: 1 }, 'Range:bytes=0-524287\r\n');
    const { head, body } = splitAnswer(await exchange(wecom.simulator.url, ask));
    expect(head.split('\r\n')[0]).toMatch(/^HTTP\/1\.[01] 200/);
    expect(head.split('\r\n')).toContain(`CONTENT-RANGE: BYTES 0-524287/${CHUNK + 112}`);
    expect(Buffer.from(String(body['content']), 'base64')).toHaveLength(CHUNK);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it('answers a pull that says its JSON is a form', async () => {
    wecom.say(2);
    const path = `/cgi-bin/message/getchatdata?access_token=${await wecom.token()}`;
    const ask = sdkRequest(path, { seq: 0, limit: 10, version: 1, encrypt_sign: '2260893580' });
    const { body } = splitAnswer(await exchange(wecom.simulator.url, ask));
    expect(body).toMatchObject({ errcode: 0, errmsg: 'ok', chatdata: [{ seq: 1 }, { seq: 2 }] });
    expect(Object.keys((body['chatdata'] as object[])[0] ?? {})).toEqual([
      'seq',
      'msgid',
      'publickey_ver',
      'encrypt_random_key',
      'encrypt_chat_msg',
    ]);
  });
});

describe('pulling', () => {
  it('gives what lies behind seq, in order, up to the limit, and an empty page at the end', async () => {
    wecom.say(5);
    expect(await seqs(0, 2)).toEqual([1, 2]);
    expect(await seqs(2, 2)).toEqual([3, 4]);
    expect(await seqs(4, 2)).toEqual([5]);
    expect(await wecom.pull(5)).toEqual([]);
    expect((await wecom.pull(0)).map(opened)).toEqual(
      wecom.simulator.truth().map(({ plaintext }) => JSON.parse(plaintext)),
    );
  });

  it('leaves gaps in the seqs where it was told to', async () => {
    wecom.say(1);
    wecom.say(2, { skipSeqs: 3 });
    expect(await seqs(0)).toEqual([1, 5, 9]);
    expect(await seqs(2)).toEqual([5, 9]);
  });

  it('serves the same entry byte by byte again', async () => {
    wecom.say(3);
    expect(await wecom.pull(0)).toEqual(await wecom.pull(0));
  });

  it('jumps over what is older than five days', async () => {
    wecom.say(2);
    wecom.clock.now += DAY_MS;
    wecom.say(2);
    wecom.clock.now += 4 * DAY_MS;
    expect(await seqs(0)).toEqual([1, 2, 3, 4]);
    wecom.clock.now += 1;
    expect(await seqs(0)).toEqual([3, 4]);
    wecom.clock.now += DAY_MS;
    expect(await seqs(0)).toEqual([]);
  });

  it('releases a message when its time comes', async () => {
    for (const [i, ms] of [0, 1000, 2000].entries())
      wecom.simulator.log.append(
        { msgid: `r${i}`, msgtype: 'text', plaintext: '{}', media: {}, planted: [] },
        { createdAtMs: wecom.clock.now + ms },
      );
    expect(await seqs(0)).toEqual([1]);
    wecom.clock.now += 1000;
    expect(await seqs(0)).toEqual([1, 2]);
  });

  it('seals with the key in force when the message came; older ones keep theirs', async () => {
    wecom.say(1);
    const rotated = wecom.simulator.rotateKey();
    wecom.say(1);
    wecom.simulator.useKey(1);
    wecom.say(1);
    const page = await wecom.pull(0);
    expect(page.map(({ publickey_ver }) => publickey_ver)).toEqual([1, rotated.version, 1]);
    expect(page.map(opened)).toMatchObject([{ msgid: 'm1' }, { msgid: 'm2' }, { msgid: 'm3' }]);
    const [, second] = page;
    if (second === undefined) throw new Error('no second entry');
    expect(openEntry(second, rotated.privatePem)).toContain('"m2"');
  });
});

describe('damaged entries', () => {
  const open = (entry: Entry): string => openEntry(entry, pem(1));
  const cases: readonly [EntryDamage, (entry: Entry) => void][] = [
    [
      'unknown-key-version',
      (entry) =>
        expect([entry.publickey_ver, open(entry)]).toEqual([99, wecom.simulator.truth()[1]?.plaintext]),
    ],
    ['short-message', (entry) => expect(entry.encrypt_chat_msg).toHaveLength(12)],
    ['not-json', (entry) => expect(() => JSON.parse(open(entry))).toThrow(SyntaxError)],
    ['flipped-bytes', (entry) => expect(readOrFail(entry)).not.toBe(wecom.simulator.truth()[1]?.plaintext)],
    ['wrong-key', (entry) => expect(readOrFail(entry)).not.toBe(wecom.simulator.truth()[1]?.plaintext)],
  ];
  const readOrFail = (entry: Entry): string => {
    try {
      return open(entry);
    } catch {
      return 'cannot be opened';
    }
  };

  it.each(cases)('%s hits its entry alone', async (damage, check) => {
    wecom.say(1);
    wecom.say(1, { damage });
    wecom.say(1);
    const [first, hit, last] = await wecom.pull(0);
    if (first === undefined || hit === undefined || last === undefined)
      throw new Error('three entries expected');
    expect(hit).toMatchObject({ seq: 2, msgid: 'm2' });
    check(hit);
    expect([opened(first), opened(last)]).toMatchObject([{ msgid: 'm1' }, { msgid: 'm3' }]);
    expect(wecom.simulator.truth()[1]).toMatchObject({ damage });
  });
});

describe('media', () => {
  const fetchAll = async (sdkfileid: string): Promise<{ bytes: Buffer; chunks: number[] }> => {
    const { fileid, authkey, aesKey } = readFileId(sdkfileid);
    const path = `${wecom.simulator.url}/cgi-bin/message/getchatmediadata?access_token=${await wecom.token()}`;
    const body = JSON.stringify({ fileid, authkey, version: 1 });
    const parts: Buffer[] = [];
    for (let from = 0; ; from += CHUNK) {
      const headers = { Range: `bytes=${from}-${from + CHUNK - 1}` };
      const answer = await fetch(path, { method: 'POST', body, headers });
      const [, last, total] = /BYTES \d+-(\d+)\/(\d+)/.exec(answer.headers.get('content-range') ?? '') ?? [];
      parts.push(Buffer.from(((await answer.json()) as { content: string }).content, 'base64'));
      if (Number(last) + 1 === Number(total)) break;
    }
    const decipher = createDecipheriv('aes-128-ecb', aesKey, null);
    const bytes = Buffer.concat([decipher.update(Buffer.concat(parts)), decipher.final()]);
    return { bytes, chunks: parts.map(({ length }) => length) };
  };

  it.each([
    { size: 0, chunks: [16] },
    { size: 1, chunks: [16] },
    { size: CHUNK - 1, chunks: [CHUNK] },
    { size: CHUNK, chunks: [CHUNK, 16] },
    { size: CHUNK + 1, chunks: [CHUNK, 16] },
    { size: 2 * CHUNK, chunks: [CHUNK, CHUNK, 16] },
  ])('a file of $size bytes comes whole, padding block included', async ({ size, chunks }) => {
    const bytes = filler(size, 9);
    const file = wecom.simulator.shelf.put(5, bytes);
    const fetched = await fetchAll(file.sdkfileid);
    expect(fetched.chunks).toEqual(chunks);
    expect(fetched.bytes.equals(bytes)).toBe(true);
    expect(createHash('md5').update(bytes).digest('hex')).toBe(file.md5);
    expect(wecom.simulator.served().mediaBytes).toBe(chunks.reduce((sum, length) => sum + length, 0));
  });

  it.each([
    { fileid: 'unknown', authkey: undefined },
    { fileid: undefined, authkey: 'wrong' },
  ])('an unknown file or a wrong authkey is expired data', async (wrong) => {
    const known = readFileId(wecom.simulator.shelf.put(1, filler(10, 1)).sdkfileid);
    const answer = await wecom.post(
      `/cgi-bin/message/getchatmediadata?access_token=${await wecom.token()}`,
      { fileid: wrong.fileid ?? known.fileid, authkey: wrong.authkey ?? known.authkey, version: 1 },
      { Range: 'bytes=0-524287' },
    );
    expect(answer.errcode).toBe(301048);
  });
});
