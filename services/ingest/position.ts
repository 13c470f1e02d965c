// Where capture stands. The last manifest in the stream says it, and nothing else; after a lost stream the archive remembers.
import { compareDecimals, type Decimal } from '@menshen/contracts/decimal';
import { decodeManifest, type PageManifest } from '@menshen/contracts/page-manifest';
import type { LastManifest } from '@menshen/jetstream/commit-page';

export interface Position {
  /** Stream sequence of the last manifest, 0 when there is none: what the fence of the next page names. */
  readonly sequence: number;
  readonly cursor: Decimal;
  readonly page: Decimal;
  /** See `PageManifest.coveredUntilMs`; `undefined` before the first pull. */
  readonly coveredUntilMs: number | undefined;
  /** When the last manifest was made, 0 when there is none. */
  readonly lastManifestAtMs: number;
  readonly directoryVersion: number;
}

/** The newest page that the archive holds. */
export interface ArchivedPosition {
  readonly cursor: Decimal;
  readonly page: Decimal;
  readonly coveredUntilMs?: number;
  /** When that page was made, ms. */
  readonly lastManifestAtMs?: number;
  readonly directoryVersion?: number;
}

/** The later of the two. The fence always names the stream's own last manifest. */
export function positionOf(last: LastManifest | undefined, archived: ArchivedPosition | undefined): Position {
  const fromStream =
    last === undefined ? BEGINNING : positionAfter(decodeManifest(last.payload), last.sequence);
  if (archived === undefined || compareDecimals(archived.cursor, fromStream.cursor) <= 0) return fromStream;
  return {
    ...fromStream,
    cursor: archived.cursor,
    page: compareDecimals(archived.page, fromStream.page) > 0 ? archived.page : fromStream.page,
    coveredUntilMs: archived.coveredUntilMs,
    lastManifestAtMs: Math.max(archived.lastManifestAtMs ?? 0, fromStream.lastManifestAtMs),
    directoryVersion: Math.max(archived.directoryVersion ?? 0, fromStream.directoryVersion),
  };
}

export function positionAfter(manifest: PageManifest, sequence: number): Position {
  return {
    sequence,
    cursor: manifest.cursor,
    page: manifest.page,
    coveredUntilMs: manifest.coveredUntilMs,
    lastManifestAtMs: manifest.pulledAtMs,
    directoryVersion: manifest.directoryVersion,
  };
}

const BEGINNING: Position = {
  sequence: 0,
  cursor: '0',
  page: '0',
  coveredUntilMs: undefined,
  lastManifestAtMs: 0,
  directoryVersion: 0,
};
