import { generateKeyPairSync } from 'node:crypto';
import { silentLogger } from '@menshen/telemetry/logger';
import { beforeEach, describe, expect, it } from 'vitest';
import { IngestStatus } from './ingest-status.ts';
import { KeepKeys } from './keep-keys.ts';
import type { ReadEntry } from './read-entries.ts';

const pemOf = (bits: number): string =>
  generateKeyPairSync('rsa', { modulusLength: bits }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
const [ONE, TWO, THREE] = [pemOf(2048), pemOf(2048), pemOf(2048)];
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

let files: Map<string, string>;
let status: IngestStatus;
/** What the workers were told: versions of each telling. */
let used: number[][];
let keep: KeepKeys;
beforeEach(() => {
  files = new Map([
    ['/keys/1.pem', ONE],
    ['/keys/2.pem', TWO],
  ]);
  status = new IngestStatus(() => undefined);
  used = [];
  keep = new KeepKeys({
    files: [1, 2].map((version) => ({ version, file: `/keys/${version}.pem` })),
    readText: (file) => {
      const text = files.get(file);
      return text === undefined
        ? Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
        : Promise.resolve(text);
    },
    listFolder: () => Promise.resolve([...files.keys()].map((file) => file.replace('/keys/', ''))),
    pool: { useKeys: (keys) => used.push(keys.map(({ version }) => version)) },
    status,
    metrics: { unreadableKeys: () => undefined },
    logger: silentLogger,
  });
});

const said = (): { reason: string; message: string } =>
  status.report({ corpId: 'c', instance: 'i', nowMs: 0 }).report;
const entry = (publickeyVer: number): ReadEntry['entry'] => ({ publickeyVer }) as ReadEntry['entry'];
const outcomes = (version: number, reason: 'ok' | 'key-failed' | 'unknown-key-version', count: number) =>
  Array.from({ length: count }, () =>
    reason === 'ok'
      ? ({ ok: true, entry: entry(version) } as ReadEntry)
      : ({ ok: false, entry: entry(version), reason } as ReadEntry),
  );

describe('the usable keys', () => {
  it('are told to the workers when they change, and only then', async () => {
    expect([await keep.refresh(), await keep.refresh()]).toEqual([true, false]);
    files.set('/keys/2.pem', THREE);
    expect([await keep.refresh(), await keep.refresh()]).toEqual([true, false]);
    expect(used).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('grow by a version that appears beside those that are named', async () => {
    await keep.refresh();
    files.set('/keys/3.pem', THREE);
    files.set('/keys/notes.txt', 'x').set('/keys/..data', 'x').set('/keys/0.pem', 'x');
    expect(await keep.refresh()).toBe(true);
    expect(keep.versions()).toEqual([1, 2, 3]);
    expect(status.reasonOf('keys')).toBeUndefined();
  });

  it.each([
    ['disappears', undefined],
    ['is damaged', 'not a key'],
  ])('keep a version whose file %s, and say so', async (_what, text) => {
    await keep.refresh();
    if (text === undefined) files.delete('/keys/1.pem');
    else files.set('/keys/1.pem', text);
    expect(await keep.refresh()).toBe(false);
    expect(keep.versions()).toEqual([1, 2]);
    expect(said()).toMatchObject({
      reason: 'KeyMalformed',
      message: expect.stringMatching(/version 1.*1\.pem/),
    });
    files.set('/keys/1.pem', ONE);
    await keep.refresh();
    expect(status.reasonOf('keys')).toBeUndefined();
  });
});

describe('what is wrong is said with file, version and remedy', () => {
  it.each([
    ['text', 'hello', /version 2: \/keys\/2\.pem is not a PEM private key/],
    ['a key of another kind', EC, /version 2: \/keys\/2\.pem is a ec; WeCom encrypts for RSA/],
    ['the key of another version', ONE, /version 2: \/keys\/2\.pem holds the key of version 1\. Put/],
    ['the same key with other white space', `${ONE}\n`, /holds the key of version 1/],
  ])('%s', async (_what, text, message) => {
    files.set('/keys/2.pem', text);
    await keep.refresh();
    expect(said()).toMatchObject({ reason: 'KeyMalformed', message: expect.stringMatching(message) });
    expect(said().message).not.toContain(text.split('\n')[1] ?? 'hello');
  });

  it('a key that opens nothing, from the third failure until it is put right', async () => {
    await keep.refresh();
    keep.notice(outcomes(2, 'key-failed', 2));
    expect(status.reasonOf('keys')).toBeUndefined();
    keep.notice(outcomes(2, 'key-failed', 1));
    expect(said()).toMatchObject({
      reason: 'KeyMalformed',
      message: expect.stringMatching(/version 2: \/keys\/2\.pem holds another key/),
    });
    files.set('/keys/2.pem', THREE);
    await keep.refresh();
    expect(status.reasonOf('keys')).toBeUndefined();
  });

  it('not a key that opens others: those are damaged messages', async () => {
    await keep.refresh();
    keep.notice([...outcomes(2, 'ok', 1), ...outcomes(2, 'key-failed', 50)]);
    expect(status.reasonOf('keys')).toBeUndefined();
  });

  it('a file that cannot be read, once, although messages need it', async () => {
    files.delete('/keys/2.pem');
    await keep.refresh();
    keep.notice(outcomes(2, 'unknown-key-version', 5));
    expect(said().reason).toBe('KeyMalformed');
    expect(said().message).toMatch(/^private key version 2: cannot read \/keys\/2\.pem \(ENOENT\)[^;]*$/);
  });

  it('a version that messages name and nobody has mounted, until it comes', async () => {
    await keep.refresh();
    keep.notice(outcomes(3, 'unknown-key-version', 1));
    expect(said()).toMatchObject({
      reason: 'KeyMissing',
      message: expect.stringMatching(/version 3.*privateKeys/),
    });
    files.set('/keys/3.pem', THREE);
    await keep.refresh();
    expect(status.reasonOf('keys')).toBeUndefined();
  });
});
