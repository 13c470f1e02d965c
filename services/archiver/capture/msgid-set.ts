// Which msgids were seen lately: 8 bytes each, may say "perhaps" where it should say "no", never the other way round.
// A query confirms each "perhaps", so the set only has to be small and quick: open addressing over pairs of 32-bit words.
import { hash } from 'node:crypto';

const FIRST_SLOTS = 1 << 16;
/** Beyond this share of used slots the table doubles. */
const FULLEST = 0.6;

/** A 64-bit hash as two words; never both 0, which marks an empty slot. */
interface Hash {
  readonly low: number;
  readonly high: number;
}

export class MsgidSet {
  #slots = new Uint32Array(FIRST_SLOTS * 2);
  #used = 0;

  get size(): number {
    return this.#used;
  }

  /** Adds the msgid; true when it was perhaps there before. */
  meet(msgid: string): boolean {
    return !this.#put(hashOf(msgid));
  }

  /** Adds by the hash ClickHouse computes: {@link MSGID_HASH_SQL}, as a decimal string. */
  addHash(hash64: string): void {
    const value = BigInt(hash64);
    this.#put(normalise(Number(value & 0xffffffffn), Number(value >> 32n)));
  }

  /** True when the hash is new. */
  #put(entry: Hash): boolean {
    if (this.#used >= (this.#slots.length / 2) * FULLEST) this.#grow();
    const slot = this.#find(entry) * 2;
    if (this.#slots[slot] !== 0 || this.#slots[slot + 1] !== 0) return false;
    this.#slots[slot] = entry.low;
    this.#slots[slot + 1] = entry.high;
    this.#used++;
    return true;
  }

  /** The slot that holds the hash, or the empty one where it belongs. */
  #find({ low, high }: Hash): number {
    const mask = this.#slots.length / 2 - 1;
    let slot = low & mask;
    for (;;) {
      const [slotLow, slotHigh] = [this.#slots[slot * 2], this.#slots[slot * 2 + 1]];
      if ((slotLow === low && slotHigh === high) || (slotLow === 0 && slotHigh === 0)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#used = 0;
    for (let at = 0; at < old.length; at += 2) {
      const [low = 0, high = 0] = [old[at], old[at + 1]];
      if (low !== 0 || high !== 0) this.#put({ low, high });
    }
  }
}

/** The same hash in ClickHouse: the first 8 bytes of SHA-256, little endian. */
export const MSGID_HASH_SQL = 'reinterpretAsUInt64(substring(SHA256(msgid), 1, 8))';

function hashOf(msgid: string): Hash {
  const digest = hash('sha256', msgid, 'buffer');
  return normalise(digest.readUInt32LE(0), digest.readUInt32LE(4));
}

const normalise = (low: number, high: number): Hash =>
  low === 0 && high === 0 ? { low: 1, high: 0 } : { low, high };
