// The envelope: what the simulator seals is opened by a reader that shares no code with it, and that reader opens what the SDK opens.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealMessage } from './envelope.ts';
import { seededRandom } from './seeded-random.ts';
import { openEntry, openMessage } from './simulator.testkit.ts';
import { makeKey } from './simulator.ts';

describe('envelope', () => {
  it('the reader of these tests opens the vector that the Finance SDK accepted', () => {
    expect(
      openMessage(
        'ABEiM0RVZneImaq7zN3u/6FVfVgO5EUGorv79YP4sZXndn5pHtqpDnV5OEqHc3BcQ6rnXGwcRkugxrlFmA/yFw==',
        'PPPPPPPPPPPPPabcdefghijklmnopqrstuvwxyz012345QQQQQQQ/+7RRRdzLuqmYh3ZlVEMyIRABZX6vwg2DPcVGlBxQFiDkySfQVb0hJ06Wo1lMW6OInayijIf/7HEHWgig3jWPPrzVEkNbcnbAmps2tmVF+S6qCi8/TJD71lemD/w866t5ZIN71avpDGhUNxQHDwOI6EfQ==SSSSS',
      ),
    ).toBe('{"msgid":"sim-1_1700000000000","action":"send","msgtype":"text","text":{"content":"你好"}}');
  });

  it('whatever is sealed is opened with the private key', () => {
    const key = makeKey(1);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 600 }), fc.nat(), (text, seed) => {
        const plaintext = text.toWellFormed();
        const sealed = sealMessage(Buffer.from(plaintext), key.publicKey, seededRandom(seed).bytes);
        expect(sealed.encrypt_random_key).toHaveLength(344);
        const entry = { seq: 1, msgid: 'm', publickey_ver: 1, ...sealed };
        expect(openEntry(entry, key.privatePem)).toBe(plaintext);
      }),
      { numRuns: 60 },
    );
  });

  it('the same seed gives the same envelope, another seed another', () => {
    const { publicKey } = makeKey(1);
    const seal = (seed: number) => sealMessage(Buffer.from('{}'), publicKey, seededRandom(seed).bytes);
    expect(seal(1)).toEqual(seal(1));
    expect(seal(1).encrypt_chat_msg).not.toBe(seal(2).encrypt_chat_msg);
    expect(seal(1).encrypt_random_key).not.toBe(seal(2).encrypt_random_key);
  });
});
