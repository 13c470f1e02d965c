// What capture needs of a WeCom source engine, and nothing more: a page of envelopes, a piece of a file.
// An engine turns every failure into a fault with what to do about it; no engine knows of streams, keys or the directory.
import type { Decimal } from '@menshen/contracts/decimal';
import type { SourceFault } from './classify-errcode.ts';
import type { PulledPage } from './read-page.ts';

export interface MessageSource {
  /** Written into every manifest: which engine gave the page. */
  readonly engine: string;
  /**
   * The envelopes after `fromSeq`, at most `limit` (1..1000), in the order WeCom gave them. A page without entries means
   * "nothing new": it never moves the cursor. Expected failures are values; it rejects only on a bug.
   */
  pull(fromSeq: Decimal, limit: number): Promise<PullOutcome>;
  /** One piece of a file, already decrypted. */
  mediaChunk(request: ChunkRequest): Promise<ChunkOutcome>;
  /** Ends connections; calls in flight end with a fault. */
  close(): Promise<void>;
}

export type PullOutcome =
  | { readonly ok: true; readonly page: PulledPage }
  | { readonly ok: false; readonly fault: SourceFault };

export interface ChunkRequest {
  /** A credential: it contains the file's key. Never log it. */
  readonly sdkfileid: string;
  /** Where to go on: '' for the beginning, else `nextIndex` of the chunk before, from this process or an earlier one. */
  readonly index: string;
}

export type ChunkOutcome =
  | {
      readonly ok: true;
      /** Plaintext; may be empty on the last chunk. */
      readonly data: Uint8Array;
      readonly isLast: boolean;
      /** Opaque; the engine's own way to say where the next chunk begins. */
      readonly nextIndex: string;
    }
  | { readonly ok: false; readonly fault: SourceFault };
