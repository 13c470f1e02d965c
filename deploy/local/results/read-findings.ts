// The newest findings with the text around their evidence, for people. Evidence points into the original text by path and offset,
// so the text is taken from the archived bytes; while a message is not archived yet, the evidence stands alone.
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { Evidence, Severity } from '@menshen/contracts/finding';
import { parseMessage } from '@menshen/contracts/parse-message';
import { collectTexts } from '@menshen/policy-engine/collect-texts';
import type { Excerpt, ShownFinding } from '../view/demo-snapshot.ts';
import { unlessMissing } from './count-run.ts';

interface FindingRow {
  readonly findingId: string;
  readonly msgid: string;
  readonly severity: Severity;
  readonly policyNamespace: string;
  readonly policyName: string;
  readonly rule: string;
  readonly senderId: string;
  readonly evidence: string;
  readonly capturedAtMs: string;
  /** Empty while the message is not archived. */
  readonly raw: string;
}

const sql = (order: 'newest first' | 'in order'): string => `
SELECT f.findingId AS findingId, f.msgid AS msgid, f.severity AS severity, f.policyNamespace AS policyNamespace, f.policyName AS policyName,
  f.rule AS rule, f.senderId AS senderId, f.evidence AS evidence, toUnixTimestamp64Milli(f.capturedAt) AS capturedAtMs, m.raw AS raw
FROM (SELECT * FROM findings ORDER BY ${order === 'newest first' ? 'outcomeSequence DESC' : 'seq'}, findingId LIMIT {most: UInt32}) AS f
LEFT ANY JOIN (SELECT seq, raw FROM messages WHERE seq IN (SELECT seq FROM findings)) AS m ON m.seq = f.seq
ORDER BY ${order === 'newest first' ? 'f.outcomeSequence DESC' : 'f.seq'}, f.findingId`;

export interface FindingsWanted {
  readonly most: number;
  readonly order: 'newest first' | 'in order';
  /** Policies of this namespace are shown by their name alone. */
  readonly namespace: string;
}

/** At most `most` findings. */
export async function readFindings(clickhouse: ClickHouse, wanted: FindingsWanted): Promise<ShownFinding[]> {
  const query = clickhouse.query<FindingRow>(sql(wanted.order), { most: wanted.most });
  return (await unlessMissing(query, [])).map((row) => showFinding(row, wanted.namespace));
}

function showFinding(row: FindingRow, namespace: string): ShownFinding {
  return {
    id: row.findingId,
    msgid: row.msgid,
    timeMs: Number(row.capturedAtMs),
    severity: row.severity,
    policy: row.policyNamespace === namespace ? row.policyName : `${row.policyNamespace}/${row.policyName}`,
    rule: row.rule,
    sender: row.senderId,
    excerpt: cutExcerpt(JSON.parse(row.evidence) as readonly Evidence[], row.raw),
  };
}

/** The first piece of evidence with what stands before and after it in the same text. */
export function cutExcerpt(evidence: readonly Evidence[], raw: string): Excerpt {
  const [first] = evidence;
  if (first === undefined) return { before: '', hit: '', after: '' };
  const parsed = raw === '' ? undefined : parseMessage(Buffer.from(raw, 'utf8'));
  const texts = parsed?.ok === true ? collectTexts(parsed.message) : [];
  const text = texts.find(({ path }) => path === first.path)?.text;
  // Offsets that do not give the evidence back would highlight the wrong words: better none.
  if (text?.slice(first.start, first.end) !== first.text) return { before: '', hit: first.text, after: '' };
  return { before: text.slice(0, first.start), hit: first.text, after: text.slice(first.end) };
}
