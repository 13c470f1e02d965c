// The SDK as oracle: what DecryptData makes of an envelope, damaged in every way, is what our own reader makes of it (here: the stub's).
import { makeVectors } from '@menshen/wecom-simulator/make-vectors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BODY_FAILED, KEY_MISFIT, TOO_SHORT } from '../decrypt/decrypt-task.ts';
import { openEnvelope } from '../decrypt/open-envelope.ts';
import { startTestHost, type TestHost } from './sdk-host.testkit.ts';

let test: TestHost;
beforeAll(async () => {
  test = await startTestHost();
});
afterAll(() => test.close());

const vectors = [...makeVectors(60, 3)];
const [first] = vectors;
if (first === undefined) throw new Error('no vectors');

/** What the SDK's code means in our words. */
const OURS: Readonly<Record<number, unknown>> = { 10005: KEY_MISFIT, 10006: BODY_FAILED, 10008: KEY_MISFIT };

async function ask(key: string, message: string): Promise<unknown> {
  const outcome = await test.host.call({ kind: 'Decrypt', key, message });
  // A message shorter than its filler ends the SDK (measured).
  if (!outcome.ok) return TOO_SHORT;
  const { code, data } = outcome.answer;
  return code === 0 ? data.toString('hex') : OURS[code];
}
const own = (key: string, message: string): unknown => {
  const opened = openEnvelope(key, Buffer.from(message));
  return Buffer.isBuffer(opened) ? opened.toString('hex') : opened;
};
const flipped = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe('the SDK and our reader agree', () => {
  it('on every whole envelope', async () => {
    for (const { key, ciphertext_b64, plaintext } of vectors) {
      expect(await ask(key, ciphertext_b64)).toBe(Buffer.from(plaintext).toString('hex'));
      expect(own(key, ciphertext_b64)).toBe(Buffer.from(plaintext).toString('hex'));
    }
  });

  it.each([0, 5, 20, 30, 44, 60, 75, 86])(
    'on a random key damaged at character %i (10005 or 10008)',
    async (at) => {
      const results = new Set<unknown>();
      for (const { key, ciphertext_b64 } of vectors) {
        const damaged = flipped(key, at);
        const said = await ask(damaged, ciphertext_b64);
        expect(said).toEqual(own(damaged, ciphertext_b64));
        results.add(said);
      }
      expect(results.size).toBeGreaterThan(0);
    },
  );

  it.each<[string, (message: string) => string]>([
    ['the half of the key in the message damaged', (message) => flipped(message, 20)],
    ['nothing but filler', (message) => message.slice(0, 12)],
  ])('on a message with %s', async (_what, damage) => {
    const message = damage(first.ciphertext_b64);
    expect(await ask(first.key, message)).toEqual(own(first.key, message));
  });

  it('that a message which ends behind its keys cannot be opened', async () => {
    const message = first.ciphertext_b64.slice(0, 48);
    expect(await ask(first.key, message)).toBe(KEY_MISFIT);
    expect(own(first.key, message)).toBe(BODY_FAILED);
  });

  it('except on the end of the base64: ours opens it to the same text, the SDK gives it up', async () => {
    const whole = Buffer.from(first.plaintext).toString('hex');
    for (const message of [first.ciphertext_b64.slice(0, -1), `${first.ciphertext_b64}A`]) {
      expect(await ask(first.key, message)).toBe(BODY_FAILED);
      expect(own(first.key, message)).toBe(whole);
    }
  });

  it('on the key of another message', async () => {
    const other = vectors[1]?.key ?? '';
    expect(await ask(other, first.ciphertext_b64)).toBe(KEY_MISFIT);
    expect(own(other, first.ciphertext_b64)).toBe(KEY_MISFIT);
  });
});
