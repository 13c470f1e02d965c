// DecryptData of the stub, by the fixed vector and by its failures.
import { afterEach, describe, expect, it } from 'vitest';
import { buildStub, whyNoStub } from './build-stub.ts';
import { type SdkProcess, startSdk } from './call-sdk.testkit.ts';
import { FIXED_VECTOR } from './vector.testkit.ts';

const problem = await whyNoStub();
let sdk: SdkProcess | undefined;
afterEach(() => sdk?.kill());
const { key, message, plaintext } = FIXED_VECTOR;
const other = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

describe.skipIf(problem !== undefined)(`DecryptData of the stub (${problem ?? 'OpenSSL found'})`, () => {
  it('opens the vector that the real SDK opens, before any Init', async () => {
    sdk = await startSdk(await buildStub());
    expect(await sdk.text('decrypt', key, message)).toBe(plaintext);
  });

  it('takes a damaged byte in the body for text: there is no MAC', async () => {
    sdk = await startSdk(await buildStub());
    const text = await sdk.text('decrypt', key, other(message, 100));
    expect(text).not.toBe(plaintext);
    expect(text).toHaveLength([...text].length);
  });

  it.each([
    ['no key', 'NULL', message, 10000],
    ['no message', key, 'NULL', 10000],
    ['the key of another message', other(key, 60), message, 10008],
    ['a key with a blank behind it', `${key} `, message, 10008],
    ['the first half of the key material damaged', key, other(message, 20), 10008],
    ['a message cut behind its keys', key, message.slice(0, 48), 10005],
    ['a message cut by one character', key, message.slice(0, -1), 10006],
    ['a message with a character too many', key, `${message}A`, 10006],
  ])('%s', async (_what, withKey, withMessage, code) => {
    sdk = await startSdk(await buildStub());
    expect(await sdk.call('decrypt', withKey, withMessage)).toMatchObject({ code, length: 0 });
  });

  it('ends the process for a message shorter than its filler', async () => {
    sdk = await startSdk(await buildStub());
    expect(await sdk.call('decrypt', key, 'only 12 char')).toBeUndefined();
    expect((await sdk.ended).signal).toBe('SIGABRT');
  });
});
