// What ClickHouse holds at the end of a run, for the comparison with the simulator's truth.
import type { ClickHouse } from '@menshen/clickhouse/client';
import { countRows } from '@menshen/clickhouse/table-keys';
import { BUILT_IN_NAMESPACE } from '@menshen/contracts/finding';
import type { ArchivedMessage, FoundFinding, Outcome } from './compare-with-truth.ts';

/** Reads messages by the digest of their exact bytes, dead letters, and the findings of customers' policies. */
export async function readOutcome(clickhouse: ClickHouse): Promise<Outcome> {
  const archived = await clickhouse.query<ArchivedMessage>(
    'SELECT msgid, lower(hex(SHA256(raw))) AS sha256 FROM messages',
  );
  const dead = await clickhouse.query<{ seq: string }>('SELECT DISTINCT seq FROM dead_letters');
  const findings = await clickhouse.query<FoundFinding>(
    'SELECT msgid, policyName AS policy, rule FROM findings WHERE policyNamespace != {builtIn: String}',
    { builtIn: BUILT_IN_NAMESPACE },
  );
  return { archived, deadSeqs: new Set(dead.map(({ seq }) => seq)), findings };
}

/** Rows beyond the first of each key in every table, and findings told more than once to one channel under different notices. */
export async function countDoubled(clickhouse: ClickHouse): Promise<number> {
  const tables = await countRows(clickhouse);
  const [notices] = await clickhouse.query<{ doubled: string }>(`
SELECT sum(notices - 1) AS doubled
FROM (SELECT uniqExact(noticeId) AS notices FROM notices ARRAY JOIN findingIds AS findingId GROUP BY channel, findingId)`);
  return tables.reduce((sum, { doubled }) => sum + doubled, Number(notices?.doubled ?? 0));
}
