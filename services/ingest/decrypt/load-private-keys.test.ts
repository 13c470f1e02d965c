import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { loadPrivateKeys } from './load-private-keys.ts';

const pem = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  }) as string;

describe('loadPrivateKeys', () => {
  const [one, two] = [pem(), pem()];
  const read = (contents: Record<string, string>) => (file: string) => {
    const text = contents[file];
    if (text !== undefined) return Promise.resolve(text);
    return Promise.reject(Object.assign(new Error('gone'), { code: 'ENOENT' }));
  };
  const files = [
    { version: 1, file: '/keys/1' },
    { version: 2, file: '/keys/2' },
  ];

  it('loads every version', async () => {
    const loaded = await loadPrivateKeys(files, read({ '/keys/1': one, '/keys/2': two }));
    expect(loaded).toMatchObject({ keys: [{ version: 1 }, { version: 2 }], problems: [] });
  });

  it.each([
    ['is missing', {}, /version 2: cannot read \/keys\/2 \(ENOENT\)\. Mount the Secret/],
    [
      'is empty',
      { '/keys/2': '' },
      /version 2: \/keys\/2 is not a PEM private key.*uploaded to WeCom as version 2/,
    ],
  ])('goes on with the others when one %s, and says what to do', async (_what, contents, problem) => {
    const loaded = await loadPrivateKeys(files, read({ '/keys/1': one, ...contents }));
    expect(loaded.keys.map(({ version }) => version)).toEqual([1]);
    expect(loaded.problems).toEqual([expect.stringMatching(problem)]);
  });

  it('has another fingerprint exactly when a usable key is another', async () => {
    const print = async (contents: Record<string, string>) =>
      (await loadPrivateKeys(files, read(contents))).fingerprint;
    const before = await print({ '/keys/1': one });
    expect(await print({ '/keys/1': one, '/keys/2': 'broken' })).toBe(before);
    expect(await print({ '/keys/1': one, '/keys/2': two })).not.toBe(before);
    expect(await print({ '/keys/1': two })).not.toBe(before);
  });
});
