// Which gaps are open, and what of them the record has yet to be told. In memory; the record gives it back after a restart.
import { type CoverageGap, GAP_CAUSES, type GapCause } from '@menshen/contracts/coverage-gap';
import { keyOfGap } from './directory-gaps.ts';

export class GapLedger {
  readonly #open = new Map<string, CoverageGap>();
  /** Those of the corp as a whole, asked for with every page. */
  readonly #ofCorp = new Map<string, CoverageGap>();
  /** By id: what changes twice before it is told is told once. */
  readonly #pending = new Map<string, CoverageGap>();
  #pendingBytes = 0;

  /** Takes over what the record says: the newest of each gap, oldest first. What is yet to be told is newer still. */
  adopt(known: readonly CoverageGap[]): void {
    this.#open.clear();
    this.#ofCorp.clear();
    for (const gap of [...known, ...this.#pending.values()]) this.#keep(gap);
  }

  /** Something about a gap changed. */
  tell(gaps: readonly CoverageGap[]): void {
    for (const gap of gaps) {
      this.#keep(gap);
      this.#pendingBytes += bytesOf(gap) - bytesOf(this.#pending.get(gap.id));
      this.#pending.set(gap.id, gap);
    }
  }

  #keep(gap: CoverageGap): void {
    const key = keyOfGap(gap);
    const maps = gap.subject.kind === 'Corp' ? [this.#open, this.#ofCorp] : [this.#open];
    for (const map of maps)
      if (gap.state === 'Open') map.set(key, gap);
      else if (map.get(key)?.id === gap.id) map.delete(key);
  }

  open(): CoverageGap[] {
    return [...this.#open.values()];
  }

  openCount(): number {
    return this.#open.size;
  }

  openOfCorp(): CoverageGap[] {
    return [...this.#ofCorp.values()];
  }

  openOf(key: string): CoverageGap | undefined {
    return this.#open.get(key);
  }

  /** Open gaps of every cause, also where there is none. */
  counts(): Map<GapCause, number> {
    const counts = new Map(GAP_CAUSES.map((cause) => [cause, 0]));
    for (const { cause } of this.#open.values()) counts.set(cause, (counts.get(cause) ?? 0) + 1);
    return counts;
  }

  /** What is yet to be told, as much as fits into `maxBytes` of JSON, at least one. */
  pending(maxBytes: number): CoverageGap[] {
    const some: CoverageGap[] = [];
    let bytes = 0;
    for (const gap of this.#pending.values()) {
      bytes += bytesOf(gap);
      if (some.length > 0 && bytes > maxBytes) break;
      some.push(gap);
    }
    return some;
  }

  /** Bytes of JSON. */
  pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** These are in the record now. What changed again meanwhile stays to be told. */
  told(gaps: readonly CoverageGap[]): void {
    for (const gap of gaps)
      if (this.#pending.get(gap.id) === gap) {
        this.#pending.delete(gap.id);
        this.#pendingBytes -= bytesOf(gap);
      }
  }
}

const bytesOf = (gap: CoverageGap | undefined): number =>
  gap === undefined ? 0 : Buffer.byteLength(JSON.stringify(gap)) + 1;
