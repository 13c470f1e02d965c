// Every metric of ingest. Labels are fixed words: never ids, never content.
import type { CoverageGap, GapCause } from '@menshen/contracts/coverage-gap';
import type { DeadReason } from '@menshen/contracts/dead-letter';
import type { PageKind } from '@menshen/contracts/page-manifest';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface IngestMetrics {
  pulled(tookMs: number, outcome: string): void;
  /** Entries that WeCom gave again, or that name no seq: neither is captured. */
  ignored(why: 'repeated' | 'without_seq', count: number): void;
  committed(page: CommittedPage): void;
  /** A page was refused or nobody knows: the last manifest is read again. */
  refused(reason: string): void;
  lag(ms: number): void;
  rsaCpu(totalMicros: number): void;
  unreadableKeys(count: number): void;
  directory(facts: number, version: number): void;
  /** Age of the oldest answer of WeCom to a question about the directory. */
  directoryAge(question: string, ageMs: number): void;
  /** One call of a server interface, `/cgi-bin/…`. */
  directoryCall(path: string): void;
  lookup(kind: string, outcome: 'found' | 'unknown' | 'failed'): void;
  medium(outcome: 'stored' | 'gap' | 'final_gap', bytes: number): void;
  mediaPending(messages: number): void;
  /** Open coverage gaps of every cause. */
  openGaps(counts: ReadonlyMap<GapCause, number>): void;
  callback(outcome: 'woke' | 'repeated' | 'refused'): void;
}

export interface CommittedPage {
  readonly kind: PageKind;
  readonly messages: number;
  readonly dead: readonly DeadReason[];
  readonly quarantined: number;
  readonly gaps: readonly CoverageGap[];
}

export function createIngestMetrics(registry: Registry): IngestMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[] = []): Counter<L> =>
    new Counter({ name: `menshen_ingest_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []): Gauge<L> =>
    new Gauge({ name: `menshen_ingest_${name}`, help, labelNames, registers });

  const pulls = new Histogram({
    name: 'menshen_ingest_pull_seconds',
    help: 'Time one pull of chat data took, by outcome: ok, or the reason of the fault.',
    labelNames: ['outcome'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers,
  });
  const ignored = counter('ignored_entries_total', 'Entries of chat data not captured, by why.', ['why']);
  const pages = counter('pages_total', 'Pages committed to the stream, by kind.', ['kind']);
  const messages = counter('messages_total', 'Messages committed to the stream.');
  const dead = counter('dead_letters_total', 'Dead letters committed to the stream, by reason.', ['reason']);
  const quarantined = counter(
    'quarantined_messages_total',
    'Messages whose content came after the contact disagreed.',
  );
  const gaps = counter(
    'coverage_gaps_total',
    'Gaps told to the record, each when noticed and when changed, by cause.',
    ['cause'],
  );
  const refusals = counter(
    'commit_refusals_total',
    'Pages that the stream did not take at once, by reason.',
    ['reason'],
  );
  const lag = gauge('lag_seconds', 'Age of the moment up to which everything has been captured.');
  const rsa = counter('rsa_cpu_seconds_total', 'CPU that the decrypt workers spent in RSA.');
  const keys = gauge('unreadable_keys', 'Configured private keys that cannot be read.');
  const facts = counter('directory_facts_total', 'Changes of the directory written to the record.');
  const version = gauge('directory_version', 'Version of the directory.');
  const factAge = gauge(
    'directory_oldest_answer_seconds',
    'Age of the oldest answer of WeCom about the directory, by question; it grows while the quota is used up or WeCom fails.',
    ['question'],
  );
  const calls = counter(
    'directory_calls_total',
    'Calls of server interfaces for the directory, by interface: WeCom limits each per minute and hour.',
    ['interface'],
  );
  const lookups = counter(
    'directory_lookups_total',
    'Calls about ids that a page named and that were unknown or asked about long ago, by kind and what WeCom said.',
    ['kind', 'outcome'],
  );
  const media = counter('media_total', 'Files by what became of them.', ['outcome']);
  const mediaBytes = counter('media_bytes_total', 'Plaintext bytes of files stored.');
  const mediaPending = gauge('media_pending_messages', 'Messages whose files are not settled yet.');
  const callbacks = counter('callbacks_total', 'Calls of the callback endpoint by outcome.', ['outcome']);
  const openGaps = gauge('open_coverage_gaps', 'Coverage gaps that go on now, by cause.', ['cause']);
  let rsaBeforeMicros = 0;

  return {
    pulled: (tookMs, outcome) => pulls.observe({ outcome }, tookMs / 1000),
    ignored: (why, count) => ignored.inc({ why }, count),
    committed(page) {
      pages.inc({ kind: page.kind });
      messages.inc(page.messages);
      quarantined.inc(page.quarantined);
      for (const reason of page.dead) dead.inc({ reason });
      for (const { cause } of page.gaps) gaps.inc({ cause });
    },
    refused: (reason) => refusals.inc({ reason }),
    lag: (ms) => lag.set(ms / 1000),
    rsaCpu(totalMicros) {
      rsa.inc(Math.max(0, totalMicros - rsaBeforeMicros) / 1e6);
      rsaBeforeMicros = totalMicros;
    },
    unreadableKeys: (count) => keys.set(count),
    directory(told, now) {
      facts.inc(told);
      version.set(now);
    },
    directoryAge: (question, ageMs) => factAge.set({ question }, ageMs / 1000),
    directoryCall: (path) => calls.inc({ interface: path.replace('/cgi-bin/', '') }),
    lookup: (kind, outcome) => lookups.inc({ kind, outcome }),
    medium(outcome, bytes) {
      media.inc({ outcome });
      mediaBytes.inc(bytes);
    },
    mediaPending: (count) => mediaPending.set(count),
    openGaps(counts) {
      for (const [cause, count] of counts) openGaps.set({ cause }, count);
    },
    callback: (outcome) => callbacks.inc({ outcome }),
  };
}
