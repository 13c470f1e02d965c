// The first message of every page's atomic batch. The last manifest in the stream IS the cursor: nothing else remembers where capture stands.
import type { CoverageGap } from './coverage-gap.ts';
import type { Decimal } from './decimal.ts';
import type { Digest } from './digest.ts';
import type { DirectoryFact } from './directory-facts.ts';

/** Pull: an answer of getchatdata. Idle: nothing new, published at least hourly. Directory: facts only. Replay: dead letters that became messages. */
export type PageKind = 'Pull' | 'Idle' | 'Directory' | 'Replay';

export interface PageManifest {
  readonly corpId: string;
  readonly kind: PageKind;
  /** Counts pages of this corp from 1; with the fence it makes a second ingest visible. */
  readonly page: Decimal;
  /** seq that the request named; the answer begins after it. */
  readonly fromSeq: Decimal;
  /** Cursor after this page: the largest seq ever committed. */
  readonly cursor: Decimal;
  /** seqs of the page's messages and dead letters, in the order of the batch. */
  readonly messageSeqs: readonly Decimal[];
  readonly deadSeqs: readonly Decimal[];
  readonly pulledAtMs: number;
  /**
   * Everything that WeCom archived before this moment has been captured: the event time of the newest message when more is waiting,
   * the time of the pull when nothing is. Absent when nothing was ever pulled.
   */
  readonly coveredUntilMs?: number;
  /** Stream sequence of the previous manifest, 0 for the first: what the fence was asked for. */
  readonly previousSequence: number;
  /** Which source engine gave the page. */
  readonly engine: string;
  readonly directoryVersion: number;
  /** contentDigest over the salted digests of messages and dead letters, in order, joined by newlines. */
  readonly pageDigest: Digest;
  /** Gaps noticed, changed or ended since the page before. */
  readonly gaps: readonly CoverageGap[];
  readonly directory: readonly DirectoryFact[];
}

export const encodeManifest = (manifest: PageManifest): Buffer => Buffer.from(JSON.stringify(manifest));
export const decodeManifest = (payload: Uint8Array): PageManifest =>
  JSON.parse(Buffer.from(payload).toString('utf8')) as PageManifest;

/** Messages and dead letters of a page must fit, with the manifest, into one atomic batch of 1,000. */
export const PAGE_LIMIT = 990;
