// What a starting process must know of the archive: how far it is, who was who, what was missing. Asked of ClickHouse, which may not have the tables yet.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { type Exclusively, ensureSchema } from '@menshen/clickhouse/ensure-schema';
import { type ArchivedCursor, readArchivedCursor } from '@menshen/clickhouse/read-archived-cursor';
import { readDeadLetters } from '@menshen/clickhouse/read-dead-letters';
import { readGaps } from '@menshen/clickhouse/read-gaps';
import type { Layout } from '@menshen/clickhouse/schema';
import type { ReadArchivedLetters } from '@menshen/contracts/archived-letter';
import type { CoverageGap } from '@menshen/contracts/coverage-gap';
import type { DirectoryFact } from '@menshen/contracts/directory-facts';
import type { ArchivedPosition } from '@menshen/ingest/position';

export interface Archive {
  /** How far capture and outcomes are archived. Rejects while ClickHouse is away: nobody may guess. */
  cursor(): Promise<ArchivedCursor>;
  /** The newest archived page, `undefined` when nothing was ever archived. */
  position(): Promise<ArchivedPosition | undefined>;
  /** The newest fact of everyone the archive knows, and the last few consents of each contact. */
  directory(): Promise<readonly DirectoryFact[]>;
  /** Dead letters that may be opened now. */
  readonly deadLetters: ReadArchivedLetters;
  /** Coverage gaps that had not ended. */
  openGaps(): Promise<readonly CoverageGap[]>;
}

export function askArchive(clickhouse: ClickHouse, layout: Layout, exclusively?: Exclusively): Archive {
  let ready: Promise<unknown> | undefined;
  const whenReady = async (): Promise<void> => {
    ready ??= ensureSchema(clickhouse, layout, exclusively);
    try {
      await ready;
    } catch (error) {
      ready = undefined;
      throw error;
    }
  };
  return {
    async cursor() {
      await whenReady();
      return await readArchivedCursor(clickhouse);
    },
    async position() {
      await whenReady();
      const { cursor, page, coveredUntilMs, lastPageAtMs } = await readArchivedCursor(clickhouse);
      if (page === '0') return undefined;
      const [row] = await clickhouse.query<{ directoryVersion: string }>(
        'SELECT max(directoryVersion) AS directoryVersion FROM pages',
      );
      return {
        cursor,
        page,
        ...(coveredUntilMs === 0 ? {} : { coveredUntilMs }),
        lastManifestAtMs: lastPageAtMs,
        directoryVersion: Number(row?.directoryVersion ?? 0),
      };
    },
    async deadLetters(query) {
      await whenReady();
      return await readDeadLetters(clickhouse, query);
    },
    async openGaps() {
      await whenReady();
      return await readGaps(clickhouse, { state: 'Open' });
    },
    async directory() {
      await whenReady();
      const rows = await clickhouse.query<{ fact: string }>(
        `SELECT fact FROM (SELECT kind, id, version, fact FROM directory WHERE kind != 'Consent' ORDER BY version DESC LIMIT 1 BY kind, id)
UNION ALL SELECT fact FROM (SELECT id, version, fact FROM directory WHERE kind = 'Consent' ORDER BY version DESC LIMIT 8 BY id)`,
      );
      return rows.map(({ fact }) => JSON.parse(fact) as DirectoryFact);
    },
  };
}
