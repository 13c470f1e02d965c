// What a source engine is: two questions to WeCom. Everything else (retries, keys, cursor) is ours and the same for every engine.
import type { Decimal } from '@menshen/contracts/decimal';

/** One entry of chatdata as it came; fields may be missing or of the wrong type, because WeCom is outside. */
export interface PulledEntry {
  readonly seq: Decimal;
  readonly msgid: string;
  readonly publickeyVer: number;
  readonly encryptRandomKey: string;
  readonly encryptChatMsg: string;
  /** The entry's JSON as pulled, for the record. */
  readonly envelope: string;
  /** Why the entry cannot be used, when its form is wrong; names fields only. */
  readonly malformed?: string;
}

export interface SourceFailure {
  readonly kind: 'Retry' | 'Wait' | 'Renew' | 'Give' | 'Stop';
  readonly reason: string;
  /** For people: what happened and what to do; no secret, no content. */
  readonly message: string;
}

export type PullOutcome =
  | { readonly ok: true; readonly entries: readonly PulledEntry[] }
  | { readonly ok: false; readonly failure: SourceFailure };

export interface MediaRange {
  readonly sdkfileid: string;
  /** First byte of ciphertext. */
  readonly from: number;
  /** At most this many bytes of ciphertext; a multiple of 16. */
  readonly length: number;
}

export type MediaOutcome =
  | {
      readonly ok: true /** Ciphertext, AES-128-ECB. */;
      readonly bytes: Buffer /** Size of the whole ciphertext. */;
      readonly totalBytes: number;
    }
  | { readonly ok: false; readonly failure: SourceFailure };

export interface MessageSource {
  readonly name: string;
  /** Entries with seq greater than `fromSeq`, at most `limit` (1..1000), oldest first. */
  pull(fromSeq: Decimal, limit: number): Promise<PullOutcome>;
  /** One range of a file's ciphertext. */
  readMedia(range: MediaRange): Promise<MediaOutcome>;
  close(): Promise<void>;
}
