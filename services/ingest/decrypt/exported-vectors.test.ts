// The exported vectors of the envelope: the stub's DecryptData (C, OpenSSL), our own reader and the vectors say the same.
import { buildStub, whyNoStub } from '@menshen/sdk-stub/build-stub';
import { type SdkProcess, startSdk } from '@menshen/sdk-stub/call-sdk.testkit';
import { makeVectors } from '@menshen/wecom-simulator/make-vectors';
import { afterEach, describe, expect, it } from 'vitest';
import { openEnvelope } from './open-envelope.ts';

const problem = await whyNoStub();
const vectors = [...makeVectors(500, 11)];
let sdk: SdkProcess | undefined;
afterEach(() => sdk?.kill());

it('our reader opens every vector', () => {
  for (const { key, ciphertext_b64, plaintext } of vectors)
    expect(String(openEnvelope(key, Buffer.from(ciphertext_b64)))).toBe(plaintext);
});

it('every ciphertext is base64 as a whole, and fillers of all kinds occur', () => {
  for (const { ciphertext_b64 } of vectors)
    expect(ciphertext_b64).toMatch(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/);
  expect(new Set(vectors.map(({ ciphertext_b64 }) => ciphertext_b64.length)).size).toBeGreaterThan(50);
});

describe.skipIf(problem !== undefined)(`the stub (${problem ?? 'OpenSSL found'})`, () => {
  it('opens every vector', async () => {
    sdk = await startSdk(await buildStub());
    for (const { key, ciphertext_b64, plaintext } of vectors)
      expect(await sdk.text('decrypt', key, ciphertext_b64)).toBe(plaintext);
  });
});
