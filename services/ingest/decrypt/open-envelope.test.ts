import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createDecryptPool } from './decrypt-pool.ts';
import { BODY_FAILED, KEY_MISFIT, TOO_SHORT } from './decrypt-task.ts';
import { openEnvelope } from './open-envelope.ts';
import { readPrivateKey } from './open-random-key.ts';
import { seal } from './seal.testkit.ts';

/** Vector made here and accepted by the real Linux Finance SDK. */
const VECTOR = {
  key: 'ABEiM0RVZneImaq7zN3u/6FVfVgO5EUGorv79YP4sZXndn5pHtqpDnV5OEqHc3BcQ6rnXGwcRkugxrlFmA/yFw==',
  message:
    'PPPPPPPPPPPPPabcdefghijklmnopqrstuvwxyz012345QQQQQQQ/+7RRRdzLuqmYh3ZlVEMyIRABZX6vwg2DPcVGlBxQFiDkySfQVb0hJ06Wo1lMW6OInayijIf/7HEHWgig3jWPPrzVEkNbcnbAmps2tmVF+S6qCi8/TJD71lemD/w866t5ZIN71avpDGhUNxQHDwOI6EfQ==SSSSS',
  plaintext: '{"msgid":"sim-1_1700000000000","action":"send","msgtype":"text","text":{"content":"你好"}}',
};

describe('the envelope', () => {
  const open = (key: string, message: string) => openEnvelope(key, Buffer.from(message));

  it('opens the fixed vector', () => {
    expect(String(open(VECTOR.key, VECTOR.message))).toBe(VECTOR.plaintext);
  });

  it('opens what was sealed, with any filler', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2000 }),
        fc.record({ pre: fc.nat(40), end: fc.nat(40), s: fc.integer({ min: 1, max: 20 }) }),
        (bytes, filler) => {
          const { key, message } = seal(Buffer.from(bytes), filler);
          expect(open(key, message)).toEqual(Buffer.from(bytes));
        },
      ),
    );
  });

  it('takes keys that are not ASCII, and cuts or fills them to 32 bytes, as the SDK does', () => {
    for (const k1 of ['k'.repeat(20), 'k'.repeat(40), '钥'.repeat(11), `${'k'.repeat(31)}\u0080`]) {
      const { key, message } = seal(Buffer.from('{}'), { pre: 2, end: 3, s: 4 }, Buffer.from(k1));
      expect(String(open(key, message))).toBe('{}');
    }
  });

  it.each([
    ['a text shorter than the filler', VECTOR.key, 'short', TOO_SHORT],
    ['nothing', VECTOR.key, '', TOO_SHORT],
    [
      'a random key of another message',
      seal(Buffer.from('x'), { pre: 1, end: 1, s: 1 }).key,
      VECTOR.message,
      KEY_MISFIT,
    ],
    ['a random key that is not base64', '!!!!', VECTOR.message, KEY_MISFIT],
    ['a body cut by one character', VECTOR.key, VECTOR.message.slice(0, -6), BODY_FAILED],
  ])('refuses %s', (_what, key, message, code) => {
    expect(open(key, message)).toBe(code);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 300 }), (key, message) => void open(key, message)),
    );
  });
});

describe('the pool of decrypt workers', () => {
  const pairs = [1, 2].map((version) => ({
    version,
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }));
  const keys = pairs.map(({ version, privateKey }, i) => ({
    version,
    pem: privateKey.export({ type: i === 0 ? 'pkcs1' : 'pkcs8', format: 'pem' }) as string,
  }));
  const pool = createDecryptPool({ workers: 2, keys });
  afterAll(() => pool.close());

  const entry = (text: string, version: number, sealedFor = version) => {
    const { key, message } = seal(Buffer.from(text), { pre: 3, end: 4, s: 5 });
    const publicKey = pairs[sealedFor - 1]?.publicKey;
    if (publicKey === undefined) throw new Error('no such pair');
    const random = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(key));
    return {
      publickeyVer: version,
      encryptRandomKey: Buffer.from(random.toString('base64')),
      encryptChatMsg: Buffer.from(message),
    };
  };

  it('answers in the order asked, over many tasks and key versions', async () => {
    const entries = Array.from({ length: 300 }, (_, i) => entry(`{"i":${i}}`, 1 + (i % 2)));
    const opened = await pool.decrypt(entries);
    expect(opened.map((one) => (one.ok ? one.plaintext.toString() : one.detail))).toEqual(
      entries.map((_, i) => `{"i":${i}}`),
    );
    expect(pool.rsaCpuMicros()).toBeGreaterThan(0);
  });

  it('says what is wrong with one message and opens the others', async () => {
    const opened = await pool.decrypt([
      entry('a', 1),
      { ...entry('b', 1), publickeyVer: 9 },
      entry('c', 1, 2),
      { ...entry('d', 1), encryptChatMsg: Buffer.from('x') },
      entry('e', 2),
    ]);
    expect(opened.map((one) => (one.ok ? 'ok' : one.reason))).toEqual([
      'ok',
      'unknown-key-version',
      'key-failed',
      'decrypt-failed',
      'ok',
    ]);
  });

  it('uses a new key from the moment it is given', async () => {
    const third = generateKeyPairSync('rsa', { modulusLength: 2048 });
    pairs.push({ version: 3, ...third });
    const late = entry('late', 3);
    expect((await pool.decrypt([late]))[0]).toMatchObject({ ok: false, reason: 'unknown-key-version' });
    pool.useKeys([
      ...keys,
      { version: 3, pem: third.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string },
    ]);
    expect((await pool.decrypt([late]))[0]).toMatchObject({ ok: true });
  });

  it.each([
    ['an empty file', '', /PEM private key/],
    [
      'a public key',
      pairs[0]?.publicKey.export({ type: 'spki', format: 'pem' }) as string,
      /PEM private key/,
    ],
    [
      'an EC key',
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
      }) as string,
      /RSA keys/,
    ],
  ])('names what is wrong with %s', (_what, pem, problem) => {
    expect(readPrivateKey(pem)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
  });
});
