// Every metric of the archiver. Labels are tables, kinds and fixed words: never ids, never content.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type ArchivedStream = 'capture' | 'outcome';

export interface ArchiverMetrics {
  /** Rows of a table that were stored now. */
  stored(table: string, rows: number): void;
  /** Rows that were there already: the work of an attempt that failed later, or of another archiver. */
  skipped(table: string, rows: number): void;
  /** Events of the capture stream by kind; `unreadable` ones of either stream. */
  events(kind: string, count: number): void;
  /** What a message turned out to be: new, redelivery, conflict, repetition. */
  classified(kind: string, count: number): void;
  segment(stream: ArchivedStream, bytes: number): void;
  batch(stream: ArchivedStream, tookMs: number): void;
  failed(stream: ArchivedStream): void;
  /** A batch given back because another archiver took over. */
  handedOver(stream: ArchivedStream): void;
  pending(stream: ArchivedStream, messages: number): void;
  /** How much of what a stream may hold it holds, 0 to 1. At 1 it takes no more and capture waits. */
  filled(stream: ArchivedStream, share: number): void;
  /** From the capture of the newest archived message to its row, ms. */
  archivedAfter(lagMs: number): void;
  purged(stream: ArchivedStream, messages: number): void;
}

export function createArchiverMetrics(registry: Registry): ArchiverMetrics {
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `menshen_archiver_${name}`, help, labelNames, registers });
  const rows = counter('rows_total', 'Rows stored in ClickHouse.', ['table']);
  const skipped = counter('rows_skipped_total', 'Rows not stored because they were there already.', [
    'table',
  ]);
  const events = counter(
    'events_total',
    'Events of the capture stream that were archived, and unreadable ones of either stream.',
    ['kind'],
  );
  const messages = counter('messages_total', 'Messages by what the archive knew of their msgid.', ['class']);
  const segments = counter('segments_total', 'Segments written to the object store.', ['stream']);
  const segmentBytes = counter('segment_bytes_total', 'Bytes of the segments written.', ['stream']);
  const failures = counter('failures_total', 'Attempts to archive a batch that failed and are tried again.', [
    'stream',
  ]);
  const handovers = counter('handovers_total', 'Batches given back because another archiver took over.', [
    'stream',
  ]);
  const purged = counter(
    'purged_messages_total',
    'Messages removed from a stream after they were archived.',
    ['stream'],
  );
  const batches = new Histogram({
    name: 'menshen_archiver_batch_seconds',
    help: 'Time to archive one batch: segment and rows.',
    labelNames: ['stream'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const pending = new Gauge({
    name: 'menshen_archiver_pending_messages',
    help: 'Messages of a stream that are not archived yet.',
    labelNames: ['stream'],
    registers,
  });
  const filled = new Gauge({
    name: 'menshen_archiver_stream_filled_ratio',
    help: 'Share of its size limit that a stream holds, 0 to 1. At 1 it takes no more and capture waits.',
    labelNames: ['stream'],
    registers,
  });
  const lag = new Gauge({
    name: 'menshen_archiver_lag_seconds',
    help: 'From the capture of the newest archived message to its row.',
    registers,
  });
  return {
    stored: (table, count) => rows.inc({ table }, count),
    skipped: (table, count) => skipped.inc({ table }, count),
    events: (kind, count) => events.inc({ kind }, count),
    classified: (kind, count) => messages.inc({ class: kind.toLowerCase() }, count),
    segment(stream, bytes) {
      segments.inc({ stream });
      segmentBytes.inc({ stream }, bytes);
    },
    batch: (stream, tookMs) => batches.observe({ stream }, tookMs / 1000),
    failed: (stream) => failures.inc({ stream }),
    handedOver: (stream) => handovers.inc({ stream }),
    pending: (stream, count) => pending.set({ stream }, count),
    filled: (stream, share) => filled.set({ stream }, share),
    archivedAfter: (lagMs) => lag.set(Math.max(0, lagMs) / 1000),
    purged: (stream, count) => purged.inc({ stream }, count),
  };
}
