// Coverage gaps as the archive holds them: the newest record of each.
import type { CoverageGap, GapCause, GapState, GapSubject } from '@menshen/contracts/coverage-gap';
import type { ClickHouse } from './client.ts';

/** Which gaps; all that are given must hold. */
export interface GapQuestion {
  readonly state?: GapState;
  /** Gaps that overlap this time; one without a beginning or an end reaches as far as can be. UTC ms, the end exclusive. */
  readonly within?: { readonly fromMs: number; readonly toMs: number };
}

/** In order of id. */
export async function readGaps(clickhouse: ClickHouse, question: GapQuestion): Promise<CoverageGap[]> {
  const { state, within } = question;
  const conditions = [
    ...(state === undefined ? [] : ['state = {state: String}']),
    ...(within === undefined
      ? []
      : [
          '(fromTime IS NULL OR toUnixTimestamp64Milli(fromTime) < {toMs: Int64})',
          '(toTime IS NULL OR toUnixTimestamp64Milli(toTime) >= {fromMs: Int64})',
        ]),
  ];
  const rows = await clickhouse.query<GapRow>(
    `SELECT gapId, cause, state, subjectKind, subjectId, subjectPlace, toUnixTimestamp64Milli(fromTime) AS fromMs,
toUnixTimestamp64Milli(toTime) AS toMs, fromSeq, toSeq, toUnixTimestamp64Milli(detectedAt) AS detectedAtMs, source, detail
FROM current_gaps${conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`} ORDER BY gapId`,
    { state, ...within },
  );
  return rows.map(toGap);
}

interface GapRow {
  readonly gapId: string;
  readonly cause: GapCause;
  readonly state: GapState;
  readonly subjectKind: GapSubject['kind'];
  readonly subjectId: string;
  readonly subjectPlace: string;
  readonly fromMs: string | null;
  readonly toMs: string | null;
  readonly fromSeq: string | null;
  readonly toSeq: string | null;
  readonly detectedAtMs: string;
  readonly source: CoverageGap['source'];
  readonly detail: string;
}

function toGap(row: GapRow): CoverageGap {
  return {
    id: row.gapId,
    cause: row.cause,
    state: row.state,
    subject: { kind: row.subjectKind, id: row.subjectId, place: row.subjectPlace },
    ...(row.fromMs === null ? {} : { fromMs: Number(row.fromMs) }),
    ...(row.toMs === null ? {} : { toMs: Number(row.toMs) }),
    ...(row.fromSeq === null ? {} : { fromSeq: row.fromSeq }),
    ...(row.toSeq === null ? {} : { toSeq: row.toSeq }),
    detectedAtMs: Number(row.detectedAtMs),
    source: row.source,
    detail: row.detail,
  };
}
