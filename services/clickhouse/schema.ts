// Every table and view of a tenant, as one list of DDL for a single server and for a cluster. Dear to change: see the design's data model.
// Column names are the contracts' field names, times lose their `Ms` (they are DateTime64 here).
import { quoteName } from './client.ts';

export type Layout = 'single' | 'cluster';

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** Extra lines inside the parentheses: indexes. */
  readonly indexes?: readonly string[];
  readonly partitionBy?: string;
  readonly orderBy: string;
}

const TIME = "DateTime64(3, 'UTC')";
const WORD = 'LowCardinality(String)';
/** Position of the event in the capture stream: what has been archived is known by it. */
const STREAM_SEQUENCE = 'streamSequence UInt64';
/** Position of the event in the outcome stream. */
const OUTCOME_SEQUENCE = 'outcomeSequence UInt64';
const SEGMENT = `segment ${WORD}`;
const CAPTURED = ['seq UInt64', 'msgid String', STREAM_SEQUENCE, SEGMENT];

export const TABLES: readonly Table[] = [
  {
    name: 'messages',
    columns: [
      ...CAPTURED,
      `msgtype ${WORD}`,
      `eventTime ${TIME} CODEC(Delta, ZSTD(1))`,
      `capturedAt ${TIME} CODEC(Delta, ZSTD(1))`,
      'conversationId String',
      `conversationKind ${WORD}`,
      `direction ${WORD}`,
      'senderId String',
      `senderKind ${WORD}`,
      'senderName String',
      'senderDepartments Array(String)',
      'recipients Array(String)',
      'recipientStaff UInt32',
      'recipientExternal UInt32',
      'recipientRobot UInt32',
      'recipientUnknown UInt32',
      'recipientDepartments Array(String)',
      'text String CODEC(ZSTD(1))',
      'raw String CODEC(ZSTD(3))',
      'publickeyVer UInt32',
      'digest String',
      'directoryVersion UInt64',
      `consent ${WORD}`,
      'quarantined Bool',
      'conflict UInt8',
      'partition UInt8',
    ],
    indexes: [
      'INDEX text_index text TYPE text(tokenizer = asciiCJK)',
      'INDEX sequence_index streamSequence TYPE minmax GRANULARITY 1',
      'INDEX msgid_index msgid TYPE bloom_filter GRANULARITY 1',
    ],
    partitionBy: 'toYYYYMM(eventTime)',
    // seq at the end: two captures of one msgid with other bytes are both kept, also when parts merge.
    orderBy: '(conversationId, eventTime, msgid, seq)',
  },
  {
    name: 'pages',
    columns: [
      'page UInt64',
      STREAM_SEQUENCE,
      SEGMENT,
      `kind ${WORD}`,
      'fromSeq UInt64',
      'cursor UInt64',
      'messageCount UInt32',
      'deadCount UInt32',
      `pulledAt ${TIME}`,
      'previousSequence UInt64',
      `engine ${WORD}`,
      'directoryVersion UInt64',
      'pageDigest String',
      // How far coverage reaches, the epoch when nothing was ever pulled: a stream that was lost gets it back from here.
      `coveredUntil ${TIME}`,
    ],
    orderBy: 'page',
  },
  {
    name: 'redeliveries',
    columns: [...CAPTURED, 'firstSeq UInt64', 'digest String', `capturedAt ${TIME}`],
    orderBy: '(msgid, seq)',
  },
  {
    name: 'dead_letters',
    columns: [
      ...CAPTURED,
      `reason ${WORD}`,
      'detail String',
      'publickeyVer UInt32',
      `capturedAt ${TIME}`,
      'digest String',
      // The bytes need not be text.
      'rawBase64 String CODEC(ZSTD(3))',
      'envelope String CODEC(ZSTD(1))',
    ],
    orderBy: '(seq, reason, msgid)',
  },
  {
    name: 'media_links',
    columns: [
      ...CAPTURED,
      'path String',
      'factsVersion UInt32',
      'sha256 String',
      'sizeBytes UInt64',
      'objectKey String',
      `claim ${WORD}`,
    ],
    orderBy: '(seq, path, factsVersion)',
  },
  {
    name: 'media_gaps',
    columns: [
      ...CAPTURED,
      'path String',
      'factsVersion UInt32',
      `cause ${WORD}`,
      'final Bool',
      `detectedAt ${TIME}`,
    ],
    orderBy: '(seq, path, factsVersion)',
  },
  {
    name: 'recalls',
    columns: [
      ...CAPTURED,
      'recalledMsgid String',
      'conversationId String',
      'senderId String',
      `eventTime ${TIME}`,
      `capturedAt ${TIME}`,
    ],
    orderBy: '(recalledMsgid, seq)',
  },
  {
    name: 'coverage_gaps',
    columns: [
      'page UInt64',
      STREAM_SEQUENCE,
      SEGMENT,
      // One gap is told again whenever it changes; the newest page counts (view current_gaps).
      'gapId String',
      `cause ${WORD}`,
      `state ${WORD}`,
      `subjectKind ${WORD}`,
      'subjectId String',
      'subjectPlace String',
      `fromTime Nullable(${TIME})`,
      `toTime Nullable(${TIME})`,
      'fromSeq Nullable(UInt64)',
      'toSeq Nullable(UInt64)',
      `detectedAt ${TIME}`,
      `source ${WORD}`,
      'detail String',
    ],
    orderBy: '(page, gapId)',
  },
  {
    name: 'directory',
    columns: [
      `kind ${WORD}`,
      'id String',
      'version UInt64',
      STREAM_SEQUENCE,
      SEGMENT,
      'deleted Bool',
      'name String',
      `validFrom ${TIME}`,
      `observedAt ${TIME}`,
      // The whole fact as JSON: kinds differ.
      'fact String CODEC(ZSTD(1))',
    ],
    orderBy: '(kind, id, version, streamSequence)',
  },
  {
    name: 'judgements',
    columns: [
      'seq UInt64',
      'factsVersion UInt32',
      'msgid String',
      `state ${WORD}`,
      `policySetDigest ${WORD}`,
      `engineVersion ${WORD}`,
      'hits UInt32',
      'pending Array(String)',
      `capturedAt ${TIME}`,
      `judgedAt ${TIME}`,
      STREAM_SEQUENCE,
      OUTCOME_SEQUENCE,
    ],
    orderBy: '(seq, factsVersion)',
  },
  {
    name: 'verdicts',
    columns: [
      'findingId String',
      'seq UInt64',
      'factsVersion UInt32',
      `policyDigest ${WORD}`,
      'lexiconDigests Array(String)',
      `engineVersion ${WORD}`,
      'msgid String',
      'messageDigest String',
      `policyNamespace ${WORD}`,
      `policyName ${WORD}`,
      `rule ${WORD}`,
      `severity ${WORD}`,
      `mode ${WORD}`,
      'channels Array(String)',
      'conversationId String',
      `conversationKind ${WORD}`,
      `direction ${WORD}`,
      'senderId String',
      'evidence String CODEC(ZSTD(1))',
      `eventTime ${TIME}`,
      `capturedAt ${TIME}`,
      OUTCOME_SEQUENCE,
    ],
    indexes: ['INDEX seq_index seq TYPE minmax GRANULARITY 1'],
    // The policy at the end: a rescan under another revision adds a verdict and replaces none, also when parts merge.
    orderBy: '(findingId, seq, factsVersion, policyDigest)',
  },
  {
    name: 'notices',
    columns: [
      'noticeId String',
      OUTCOME_SEQUENCE,
      `channel ${WORD}`,
      `channelKind ${WORD}`,
      'groupKey String',
      `policy ${WORD}`,
      `severity ${WORD}`,
      'conversationId String',
      `state ${WORD}`,
      'attempts UInt32',
      'findingIds Array(String)',
      `createdAt ${TIME}`,
      `updatedAt ${TIME}`,
      'error String',
    ],
    orderBy: '(noticeId, outcomeSequence)',
  },
  {
    name: 'segments',
    columns: [
      'segment String',
      'firstSequence UInt64',
      'lastSequence UInt64',
      'pages UInt32',
      'messages UInt32',
      'deadLetters UInt32',
      'enriched UInt32',
      'sizeBytes UInt64',
      'digest String',
      `archivedAt ${TIME}`,
    ],
    orderBy: '(firstSequence, lastSequence)',
  },
];

const VIEWS: Readonly<Record<string, string>> = {
  findings:
    'SELECT * FROM verdicts ORDER BY findingId, factsVersion DESC, outcomeSequence DESC LIMIT 1 BY findingId',
  media: 'SELECT * FROM media_links ORDER BY seq, path, factsVersion DESC LIMIT 1 BY seq, path',
  current_gaps: 'SELECT * FROM coverage_gaps ORDER BY gapId, page DESC LIMIT 1 BY gapId',
  current_notices: 'SELECT * FROM notices ORDER BY noticeId, outcomeSequence DESC LIMIT 1 BY noticeId',
  // Every fact with the time it held: validUntil is NULL for what holds still. A deleted fact says since when it holds no longer.
  directory_history: `SELECT kind, id, version, deleted, name, fact, validFrom,
  leadInFrame(toNullable(validFrom)) OVER (PARTITION BY kind, id ORDER BY version ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS validUntil,
  observedAt
FROM (SELECT * FROM directory ORDER BY kind, id, version LIMIT 1 BY kind, id, version)`,
  // Asked as `SELECT … FROM directory_at(at = '2026-01-31 12:00:00')`, UTC: what held at a moment, as far as it is known today.
  directory_at: `SELECT kind, id, argMax(name, version) AS name, argMax(fact, version) AS fact, max(version) AS newest
FROM directory WHERE validFrom <= {at: DateTime64(3, 'UTC')} GROUP BY kind, id HAVING NOT argMax(deleted, version)`,
  // A recall whose original is unknown waits: the row shows an empty conversation until it comes.
  recalled_messages:
    'SELECT r.recalledMsgid AS msgid, r.seq AS recallSeq, r.eventTime AS recalledAt, m.seq AS seq, m.conversationId AS conversationId FROM recalls AS r FINAL LEFT JOIN messages AS m FINAL ON m.msgid = r.recalledMsgid',
};

export interface Column {
  readonly name: string;
  /** Without codec. */
  readonly type: string;
}

/** The columns of a table, in order. Throws for a name that is no table of the schema. */
export function columnsOf(table: string): readonly Column[] {
  const found = TABLES.find(({ name }) => name === table);
  if (found === undefined) throw new Error(`the schema has no table ${table}`);
  return found.columns.map((column) => {
    const [, name = '', type = ''] = /^(\S+) (.*?)(?: CODEC\(.*\))?$/.exec(column) ?? [];
    return { name, type };
  });
}

/** The statements that make an empty tenant database complete, in order. */
export function schemaStatements(layout: Layout): string[] {
  const cluster = clusterClause(layout);
  const tables = TABLES.map((table) => tableStatement(table, layout));
  const views = Object.entries(VIEWS).map(
    ([name, select]) => `CREATE VIEW IF NOT EXISTS ${quoteName(name)}${cluster} AS ${select}`,
  );
  return [...tables, ...views];
}

/** ` ON CLUSTER …` where the layout has one: `{cluster}` is ClickHouse's usual macro. */
export const clusterClause = (layout: Layout): string =>
  layout === 'cluster' ? " ON CLUSTER '{cluster}'" : '';

function tableStatement(table: Table, layout: Layout): string {
  const lines = [...table.columns, ...(table.indexes ?? [])].map((line) => `  ${line}`).join(',\n');
  const partition = table.partitionBy === undefined ? '' : `\nPARTITION BY ${table.partitionBy}`;
  return `CREATE TABLE IF NOT EXISTS ${quoteName(table.name)}${clusterClause(layout)} (
${lines}
) ENGINE = ${engineOf(layout)}${partition}
ORDER BY ${table.orderBy}
SETTINGS ${settingsOf(layout)}`;
}

/** Replacing is the last of three nets against doubled rows; whatever counts them counts without FINAL and sees what the nets caught too late. */
const engineOf = (layout: Layout): string =>
  layout === 'single' ? 'ReplacingMergeTree' : 'ReplicatedReplacingMergeTree';

/** A row counts as stored when its part is synced; tokens of the last 10,000 inserts are remembered. */
const settingsOf = (layout: Layout): string =>
  layout === 'single'
    ? 'fsync_after_insert = 1, fsync_part_directory = 1, non_replicated_deduplication_window = 10000'
    : 'fsync_after_insert = 1, fsync_part_directory = 1, replicated_deduplication_window = 10000';
