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
import { RowBatch } from '../rows/row-batch.ts';
import type { ReadEvent } from '../segments/to-segment-event.ts';
import type { BatchMemory, MessageClass, MessageClassifier } from './classify-messages.ts';
import type { Conflict } from './report-conflict.ts';

export interface CaptureRowsOf {
  /** Key of the segment that holds the events. */
  readonly segment: string;
  readonly classifier: MessageClassifier;
  readonly batch: BatchMemory;
}

/** The rows of a batch, made a part at a time. */
export class CaptureRows {
  readonly rows = new RowBatch();
  readonly conflicts: Conflict[] = [];
  readonly classes = new Map<MessageClass['kind'], number>();
  /** Capture time of the newest message, 0 when there is none, ms. */
  newestCaptureMs = 0;
  readonly #of: CaptureRowsOf;

  constructor(of: CaptureRowsOf) {
    this.#of = of;
  }

  /** Events must be in stream order, over all calls. Rejects when ClickHouse cannot be asked about known msgids. */
  async add(events: readonly ReadEvent[]): Promise<void> {
    const { segment, classifier, batch } = this.#of;
    const found = await classifier.classify(
      events.filter((event) => event.kind === 'message'),
      batch,
    );
    let at = 0;
    for (const event of events) {
      const place: Place = { streamSequence: event.streamSequence, segment };
      if (event.kind === 'message') this.#addMessage(place, event, found[at++] ?? { kind: 'New' });
      else addOther(this.rows, place, event);
    }
  }

  #addMessage(place: Place, event: MessageEvent, found: MessageClass): void {
    const { stamp } = event.message;
    this.classes.set(found.kind, (this.classes.get(found.kind) ?? 0) + 1);
    addMessage(this.rows, place, { event, found });
    if (found.kind === 'Conflict') this.conflicts.push({ streamSequence: event.streamSequence, stamp });
    this.newestCaptureMs = Math.max(this.newestCaptureMs, stamp.capturedAtMs);
  }
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
