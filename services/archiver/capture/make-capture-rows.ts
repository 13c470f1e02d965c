// From a run of events to the rows of every table. Used when events are archived and when ClickHouse is rebuilt: the same events, the same rows.
import {
  addDeadLetterRow,
  addMediaRows,
  addMessageRows,
  addPageRows,
  addRedeliveryRow,
  addUnreadableRow,
  type Place,
} from '../rows/capture-rows.ts';
import type { RowBatch } from '../rows/row-batch.ts';
import type { ReadEvent } from '../segments/to-segment-event.ts';
import type { MessageClass, MessageClassifier } from './classify-messages.ts';
import type { Conflict } from './report-conflict.ts';

export interface CaptureRows {
  readonly rows: RowBatch;
  readonly conflicts: readonly Conflict[];
  readonly classes: ReadonlyMap<MessageClass['kind'], number>;
  /** Capture time of the newest message, 0 when there is none, ms. */
  readonly newestCaptureMs: number;
}

/** Events must be in stream order. Rejects when ClickHouse cannot be asked about known msgids. */
export async function makeCaptureRows(
  events: readonly ReadEvent[],
  of: { readonly segment: string; readonly classifier: MessageClassifier },
): Promise<CaptureRows> {
  const messages = events.filter((event) => event.kind === 'message');
  const found = await of.classifier.classify(messages);
  const classOf = new Map(messages.map(({ streamSequence }, index) => [streamSequence, found[index]]));
  const rows: RowBatch = new Map();
  const conflicts: Conflict[] = [];
  const classes = new Map<MessageClass['kind'], number>();
  let newestCaptureMs = 0;
  for (const event of events) {
    const place: Place = { streamSequence: event.streamSequence, segment: of.segment };
    if (event.kind !== 'message') {
      addOther(rows, place, event);
      continue;
    }
    const { stamp } = event.message;
    const found = classOf.get(event.streamSequence) ?? { kind: 'New' };
    classes.set(found.kind, (classes.get(found.kind) ?? 0) + 1);
    addMessage(rows, place, { event, found });
    if (found.kind === 'Conflict') conflicts.push({ streamSequence: event.streamSequence, stamp });
    newestCaptureMs = Math.max(newestCaptureMs, stamp.capturedAtMs);
  }
  return { rows, conflicts, classes, newestCaptureMs };
}

type MessageEvent = Extract<ReadEvent, { kind: 'message' }>;

function addMessage(
  rows: RowBatch,
  place: Place,
  { event, found }: { readonly event: MessageEvent; readonly found: MessageClass },
): void {
  const { message } = event;
  if (found.kind === 'Repetition') return;
  if (found.kind === 'Redelivery') {
    addRedeliveryRow(rows, place, { stamp: message.stamp, firstSeq: found.firstSeq });
    return;
  }
  addMessageRows(rows, place, { message, conflict: found.kind === 'Conflict' });
  addMediaRows(rows, place, message.stamp);
}

function addOther(rows: RowBatch, place: Place, event: Exclude<ReadEvent, MessageEvent>): void {
  switch (event.kind) {
    case 'page':
      addPageRows(rows, place, event.manifest);
      break;
    case 'dead':
      addDeadLetterRow(rows, place, event.letter);
      break;
    case 'enriched':
      addMediaRows(rows, place, event.stamp);
      break;
    case 'unreadable':
      addUnreadableRow(rows, place, event.data);
      break;
  }
}
