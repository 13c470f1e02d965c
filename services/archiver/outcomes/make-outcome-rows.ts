// From events of the outcome stream to rows. Used when they are archived and when ClickHouse is rebuilt: the same events, the same rows.
import { decodeNotice } from '@menshen/contracts/compliance-alert';
import { decodeJudgements } from '@menshen/contracts/finding';
import { findingSubject, noticeSubject } from '@menshen/contracts/subjects';
import { addJudgementRows, addNoticeRow } from '../rows/outcome-rows.ts';
import type { RowBatch } from '../rows/row-batch.ts';
import type { StreamEvent } from '../segments/to-segment-event.ts';

export interface OutcomeRows {
  readonly rows: RowBatch;
  /** Stream sequences of what nobody can read: it is in the segment, stops nothing and makes no row. */
  readonly unreadable: readonly number[];
}

/** Events must be in stream order. Never throws for what an event says. */
export function makeOutcomeRows(corpId: string, events: readonly StreamEvent[]): OutcomeRows {
  const rows: RowBatch = new Map();
  const unreadable: number[] = [];
  for (const event of events) {
    const made = rowsOf(corpId, event);
    if (made === undefined) unreadable.push(event.sequence);
    for (const [table, added] of made ?? []) {
      const all = rows.get(table) ?? [];
      for (const row of added) all.push(row);
      rows.set(table, all);
    }
  }
  return { rows, unreadable };
}

function rowsOf(corpId: string, { sequence, subject, data }: StreamEvent): RowBatch | undefined {
  const made: RowBatch = new Map();
  try {
    if (subject === findingSubject(corpId)) addJudgementRows(made, sequence, decodeJudgements(data));
    else if (subject === noticeSubject(corpId)) addNoticeRow(made, sequence, decodeNotice(data));
    else return undefined;
    return made;
  } catch {
    return undefined;
  }
}
