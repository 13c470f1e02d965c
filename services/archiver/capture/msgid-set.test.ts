import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MsgidSet } from './msgid-set.ts';

/** As ClickHouse computes it. */
const hash64 = (msgid: string): string =>
  createHash('sha256').update(msgid).digest().readBigUInt64LE().toString();

describe('the set of msgids', () => {
  it('never forgets one, however many there are', () => {
    const set = new MsgidSet();
    const msgids = Array.from({ length: 200_000 }, (_, i) => `${i}_external`);
    expect(msgids.filter((msgid) => set.meet(msgid))).toEqual([]);
    expect(set.size).toBe(200_000);
    expect(msgids.every((msgid) => set.meet(msgid))).toBe(true);
    expect(set.size).toBe(200_000);
  });

  it('knows by its hash what ClickHouse has', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { maxLength: 50 }), fc.string(), (msgids, other) => {
        const set = new MsgidSet();
        for (const msgid of msgids) set.addHash(hash64(msgid));
        expect(set.size).toBe(msgids.length);
        expect(msgids.every((msgid) => set.meet(msgid))).toBe(true);
        expect(set.meet(other)).toBe(msgids.includes(other));
      }),
    );
  });
});
