// A dead letter as the archive gives it back: what is needed to try it again when another key is there.

import type { DeadReason } from './dead-letter.ts';
import type { Decimal } from './decimal.ts';
import type { Digest } from './digest.ts';

export interface ArchivedLetter {
  readonly seq: Decimal;
  readonly capturedAtMs: number;
  readonly digest: Digest;
  /** JSON of the entry as pulled; empty when it was too large and lies under `largeMessageKey` of the digest. */
  readonly envelope: string;
}

export interface ArchivedLetterQuery {
  readonly reasons: readonly DeadReason[];
  /** Key versions that can be used now. */
  readonly versions: readonly number[];
  /** Letters behind this seq. */
  readonly afterSeq: Decimal;
  readonly limit: number;
}

/** In order of seq, without those that were replayed as far as the archive knows. Fewer than `limit` = there are no more. Rejects while it cannot be asked. */
export type ReadArchivedLetters = (query: ArchivedLetterQuery) => Promise<readonly ArchivedLetter[]>;
