// Which msgids were seen lately: 4 bytes each, may say "perhaps" where it should say "no", never the other way round.
// A query confirms each "perhaps" (one in two thousand with two million msgids), so the set only has to be small and quick: open addressing.
import { crc32 } from 'node:zlib';

const FIRST_SLOTS = 1 << 16;
/** Beyond this share of used slots the table doubles. */
const FULLEST = 0.6;
/** Knuth's multiplicative hash spreads neighbours: CRCs of counted-up msgids lie close together. */
const SPREAD = 0x9e3779b1;

export class MsgidSet {
  #slots = new Uint32Array(FIRST_SLOTS);
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** Adds the msgid; true when it was perhaps there before. */
  meet(msgid: string): boolean {
    return !this.addHash(crc32(msgid));
  }

  /** Adds by the hash that ClickHouse computes: {@link MSGID_HASH_SQL}. True when the hash is new. */
  addHash(hash: number): boolean {
    if (this.#used >= this.#slots.length * FULLEST) this.#grow();
    // 0 marks an empty slot.
    const entry = hash === 0 ? 1 : hash;
    const slot = this.#find(entry);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = entry;
    this.#used++;
    return true;
  }

  /** The slot that holds the hash, or the empty one where it belongs. */
  #find(entry: number): number {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(entry, SPREAD) >>> 0) & mask;
    for (;;) {
      const held = this.#slots[slot];
      if (held === entry || held === 0) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#used = 0;
    for (const entry of old) if (entry !== 0) this.addHash(entry);
  }
}

/** The same hash in ClickHouse: CRC-32 of the UTF-8 bytes, as zlib has it. */
export const MSGID_HASH_SQL = 'CRC32(msgid)';
