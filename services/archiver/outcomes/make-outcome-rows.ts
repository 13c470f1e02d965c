// From events of the outcome stream to rows. Used when they are archived and when ClickHouse is rebuilt: the same events, the same rows.
import { decodeNotice } from '@menshen/contracts/compliance-alert';
import { decodeJudgements } from '@menshen/contracts/finding';
import { findingSubject, noticeSubject } from '@menshen/contracts/subjects';
import { addJudgementRows, addNoticeRow } from '../rows/outcome-rows.ts';
import { RowBatch } from '../rows/row-batch.ts';
import type { StreamEvent } from '../segments/to-segment-event.ts';

export interface OutcomeRows {
  readonly rows: RowBatch;
  /** Stream sequences of what nobody can read: it is in the segment, stops nothing and makes no row. */
  readonly unreadable: readonly number[];
}

/** Events must be in stream order. Never throws for what an event says. */
export function makeOutcomeRows(corpId: string, events: readonly StreamEvent[]): OutcomeRows {
  const rows = new RowBatch();
  const unreadable: number[] = [];
  for (const event of events) if (!addRows(rows, corpId, event)) unreadable.push(event.sequence);
  return { rows, unreadable };
}

/** False for what nobody can read: then it has added nothing. */
function addRows(rows: RowBatch, corpId: string, { sequence, subject, data }: StreamEvent): boolean {
  try {
    if (subject === findingSubject(corpId))
      rows.allOrNothing(() => addJudgementRows(rows, sequence, decodeJudgements(data)));
    else if (subject === noticeSubject(corpId))
      rows.allOrNothing(() => addNoticeRow(rows, sequence, decodeNotice(data)));
    else return false;
    return true;
  } catch {
    return false;
  }
}
