import { createDecipheriv, createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultKind } from './faults.ts';
import { hashMadeUp, madeUpBytes } from './made-up-file.ts';
import { createMediaShelf, type FileFault } from './media-shelf.ts';
import { startTestSimulator, type TestSimulator } from './simulator.testkit.ts';

const CHUNK = 524_288;

describe('a made-up file', () => {
  it('is the same whatever ranges it is read in', () => {
    const whole = madeUpBytes({ seed: 4, sizeBytes: 5_000 }, 0, 5_000);
    fc.assert(
      fc.property(fc.nat(5_100), fc.nat(5_100), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const part = madeUpBytes({ seed: 4, sizeBytes: 5_000 }, from, to);
        expect(part.equals(whole.subarray(from, to))).toBe(true);
      }),
    );
  });

  it('is another with another seed', () => {
    expect(hashMadeUp({ seed: 1, sizeBytes: 9 })).not.toEqual(hashMadeUp({ seed: 2, sizeBytes: 9 }));
  });

  it.each([0, 1, 16, 3 * 1024 * 1024 + 7])('of %i bytes has the hashes of its bytes', (sizeBytes) => {
    const whole = madeUpBytes({ seed: 7, sizeBytes }, 0, sizeBytes);
    expect(whole.length).toBe(sizeBytes);
    const hash = (name: string): string => createHash(name).update(whole).digest('hex');
    expect(hashMadeUp({ seed: 7, sizeBytes })).toEqual({ md5: hash('md5'), sha256: hash('sha256') });
  });

  it.each([0, 15, 16, CHUNK, CHUNK + 1, 3 * CHUNK])(
    'of %i bytes decrypts to itself, read by ranges',
    (sizeBytes) => {
      const shelf = createMediaShelf();
      const { fileid, authkey, aesKey } = readFileId(shelf.putMadeUp(3, { seed: 9, sizeBytes }).sdkfileid);
      const sealed = shelf.get(fileid, authkey);
      const parts: Buffer[] = [];
      for (let from = 0; from < (sealed?.length ?? 0); from += CHUNK)
        parts.push(sealed?.range(from, Math.min(from + CHUNK, sealed.length)) ?? Buffer.alloc(0));
      const decipher = createDecipheriv('aes-128-ecb', aesKey, null);
      const plain = Buffer.concat([decipher.update(Buffer.concat(parts)), decipher.final()]);
      expect(plain.equals(madeUpBytes({ seed: 9, sizeBytes }, 0, sizeBytes))).toBe(true);
    },
  );
});

function readFileId(sdkfileid: string): { fileid: string; authkey: string; aesKey: Buffer } {
  const [fileid = '', authkey = '', key = ''] =
    Buffer.from(sdkfileid, 'base64')
      .toString('latin1')
      .match(/[\w-]{10,}/g) ?? [];
  return { fileid, authkey, aesKey: Buffer.from(key, 'hex') };
}

describe('faults of one file', () => {
  let wecom: TestSimulator;
  beforeEach(async () => {
    wecom = await startTestSimulator();
  });
  afterEach(() => wecom.simulator.close());

  const ask = async (sdkfileid: string, from: number) => {
    const { fileid, authkey } = readFileId(sdkfileid);
    const path = `${wecom.simulator.url}/cgi-bin/message/getchatmediadata?access_token=${await wecom.token()}`;
    const answer = await fetch(path, {
      method: 'POST',
      body: JSON.stringify({ fileid, authkey, version: 1 }),
      headers: { Range: `bytes=${from}-${from + CHUNK - 1}` },
    });
    return (await answer.json()) as { errcode: number; content?: string };
  };
  const place = (faults: readonly FileFault[]): string =>
    wecom.simulator.shelf.putMadeUp(1, { seed: 1, sizeBytes: CHUNK + 100 }, faults).sdkfileid;

  it('hits that file only, from the byte on that it names, as often as it says', async () => {
    const id = place([{ kind: 'errcode', errcode: 301048, fromByte: CHUNK, times: 2 }]);
    const other = wecom.simulator.shelf.putMadeUp(2, { seed: 2, sizeBytes: CHUNK + 5 }).sdkfileid;
    const errcodes = [];
    for (const from of [0, CHUNK, 0, CHUNK, CHUNK]) {
      errcodes.push((await ask(id, from)).errcode);
      expect((await ask(other, from)).errcode).toBe(0);
    }
    expect(errcodes).toEqual([0, 301048, 0, 301048, 0]);
  });

  it('gives an answer without content, and one with a byte that is another', async () => {
    const id = place([{ kind: 'empty-content' }, { kind: 'flipped-content' }]);
    expect((await ask(id, 0)).content).toBe('');
    const flipped = (await ask(id, 0)).content ?? '';
    const right = (await ask(id, 0)).content ?? '';
    expect(flipped.length).toBe(right.length);
    const different = [...right].filter((character, i) => character !== flipped[i]);
    expect(different.length).toBe(1);
  });

  it('refuses a kind that does not exist', () => {
    expect(() => place([{ kind: 'fire' as FaultKind }])).toThrow('no fault is called fire');
  });

  it('is placed with a message from outside', async () => {
    const message = { msgtype: 'file', file: { filename: 'a.bin' } };
    const media = [
      {
        path: 'file',
        sizeBytes: 50,
        seed: 5,
        claimedBytes: 49,
        md5: '',
        faults: [{ kind: 'errcode', errcode: 301048 }],
      },
    ];
    await fetch(`${wecom.simulator.url}/_simulator/append`, {
      method: 'POST',
      body: JSON.stringify({ message, media }),
    });
    const [logged] = wecom.simulator.truth();
    const { file } = JSON.parse(logged?.plaintext ?? '{}') as { file: Record<string, string> };
    expect(file).toMatchObject({ filesize: 49, md5sum: '' });
    expect(logged?.media).toEqual({ file: hashMadeUp({ seed: 5, sizeBytes: 50 }).sha256 });
    expect((await ask(file['sdkfileid'] ?? '', 0)).errcode).toBe(301048);
  });
});

it('a shelf forgets files below a number, and no others', () => {
  const shelf = createMediaShelf();
  const ids = [1, 2, 3].map((number) =>
    readFileId(shelf.putMadeUp(number, { seed: 9, sizeBytes: 20 }).sdkfileid),
  );
  shelf.forget(3);
  expect(ids.map(({ fileid, authkey }) => shelf.get(fileid, authkey)?.length)).toEqual([
    undefined,
    undefined,
    32,
  ]);
});
