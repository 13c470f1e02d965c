// The command itself, against a store in a folder.
import { readFileSync } from 'node:fs';
import { contentDigest } from '@menshen/contracts/digest';
import { lexiconObjectKey } from '@menshen/contracts/policy-bundle';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Folder, makeFolder, menshen } from '../run-from-source.testkit.ts';

let folder: Folder;
beforeAll(() => {
  folder = makeFolder();
  folder.write({ 'words.txt': '# names\n内部消息\n\n老鼠仓\n', 'none.txt': '# nothing\n' });
});
afterAll(() => folder.remove());

const push = (...args: string[]) => menshen(['lexicon', 'push', ...args], { cwd: folder.path });

describe('menshen lexicon push', () => {
  it('stores the list under its digest, once, and prints the reference', async () => {
    const bytes = readFileSync(`${folder.path}/words.txt`);
    const digest = contentDigest(bytes);
    const first = await push('words.txt', '--objects-folder', 'store');
    expect(first).toEqual({
      code: 0,
      out: `lexiconRef: { digest: "${digest}" }\n`,
      err: '2 terms, stored\n',
    });
    expect((await push('words.txt', '--objects-folder', 'store')).err).toBe('2 terms, there already\n');
    const store = await openObjectStore({ kind: 'Folder', path: `${folder.path}/store` });
    expect(await store.get(lexiconObjectKey(digest))).toEqual(bytes);
  });

  test.each<[string, string[], number, RegExp]>([
    ['no store', ['words.txt'], 2, /give either --objects-folder DIR or --s3-bucket NAME/],
    [
      'two stores',
      ['words.txt', '--objects-folder', 'store', '--s3-bucket', 'b'],
      2,
      /missing or given twice/,
    ],
    ['S3 without credentials', ['words.txt', '--s3-bucket', 'b'], 2, /--s3-access-key-id-file is missing/],
    ['no list', ['--objects-folder', 'store'], 2, /exactly one FILE/],
    [
      'a list that is not there',
      ['no.txt', '--objects-folder', 'store'],
      2,
      /FILE is no\.txt, which cannot be read \(ENOENT\)/,
    ],
    [
      'a list without terms',
      ['none.txt', '--objects-folder', 'store'],
      1,
      /none\.txt: the lexicon has no terms: write one term a line/,
    ],
  ])('refuses %s', async (_what, args, code, says) => {
    const outcome = await push(...args);
    expect(outcome.err).toMatch(says);
    expect(outcome.code).toBe(code);
  });
});
