// What of a stream that is there already differs from what is wanted, and whether it may be brought in line without losing anything.
import type { ConsumerPlan } from '@menshen/jetstream/ensure-consumer';
import { consumerConfigOf } from '@menshen/jetstream/ensure-consumer';
import type { WantedStream } from '@menshen/jetstream/stream-configs';
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';

export interface Conflict {
  /** `COMM_ww1.retention` */
  readonly field: string;
  readonly actual: string;
  readonly wanted: string;
  readonly remedy: string;
}

export interface StreamComparison {
  /** Fields to write. Empty: nothing is to be written. */
  readonly changes: Partial<StreamConfig>;
  /** What only a person may change, because it would lose messages or cannot be changed at all. */
  readonly conflicts: readonly Conflict[];
}

type Field = keyof StreamConfig & string;

/** Fields that JetStream cannot change, or that would throw messages away. */
const FIXED: readonly Field[] = ['retention', 'storage'];
/** Fields that are brought in line. */
const MENDED: readonly Field[] = ['discard', 'max_age', 'num_replicas', 'allow_direct', 'allow_atomic'];
/** Limits that we never set: with any of them, or in a stream that is sealed or copied, messages would be refused or removed. */
const UNLIMITED: readonly Field[] = ['max_msgs', 'max_msgs_per_subject', 'max_msg_size'];
const FORBIDDEN: readonly Field[] = ['sealed', 'deny_purge', 'deny_delete', 'mirror', 'sources'];

const REPLACE =
  'wait until everything in it is archived, then remove the stream: it is made anew, above all sequences ever used';

/** `storedBytes`: what the stream holds now. */
export function compareStream(
  actual: StreamConfig,
  wanted: WantedStream,
  storedBytes: number,
): StreamComparison {
  const size = compareSize(actual, wanted, storedBytes);
  const missing = wanted.subjects.filter((subject) => !actual.subjects.includes(subject));
  const foreign = actual.subjects.filter((subject) => !wanted.subjects.includes(subject));
  return {
    changes: {
      ...mendedFields(actual, wanted),
      ...size.changes,
      ...(missing.length === 0 ? {} : { subjects: [...actual.subjects, ...missing] }),
    },
    conflicts: [
      ...fixedConflicts(actual, wanted),
      ...forbiddenConflicts(actual),
      ...size.conflicts,
      ...foreign.map((subject) =>
        conflict([wanted.name, 'subjects'], subject, {
          wanted: 'no other subjects than ours',
          remedy: 'let those messages go into a stream of their own, and remove the subject here',
        }),
      ),
    ],
  };
}

function mendedFields(actual: StreamConfig, wanted: WantedStream): Partial<StreamConfig> {
  const mended = MENDED.filter((field) => (actual[field] ?? false) !== (wanted[field] ?? false)).map(
    (field) => [field, wanted[field]],
  );
  const lifted = UNLIMITED.filter((field) => Number(actual[field] ?? -1) > 0).map((field) => [field, -1]);
  return Object.fromEntries([...mended, ...lifted]) as Partial<StreamConfig>;
}

/** The server removes the oldest messages of a stream whose limit sinks below what it holds; room for what arrives meanwhile is left. */
const FULLEST = 0.9;

function compareSize(actual: StreamConfig, wanted: WantedStream, storedBytes: number): StreamComparison {
  const bytes = wanted.max_bytes ?? -1;
  if (actual.max_bytes === bytes) return { changes: {}, conflicts: [] };
  if (bytes < 0 || storedBytes <= bytes * FULLEST) return { changes: { max_bytes: bytes }, conflicts: [] };
  const refused = conflict([wanted.name, 'max_bytes'], actual.max_bytes, {
    wanted: `${bytes}, less than the stream holds`,
    remedy: 'raise spec.messaging.maxStreamBytes, or wait until the stream has been archived and purged',
  });
  return { changes: {}, conflicts: [refused] };
}

function fixedConflicts(actual: StreamConfig, wanted: WantedStream): Conflict[] {
  return FIXED.filter((field) => actual[field] !== wanted[field]).map((field) =>
    conflict([wanted.name, field], actual[field], { wanted: String(wanted[field]), remedy: REPLACE }),
  );
}

function forbiddenConflicts(actual: StreamConfig): Conflict[] {
  return FORBIDDEN.filter((field) => isSet(actual[field])).map((field) =>
    conflict([actual.name, field], actual[field], { wanted: 'unset', remedy: REPLACE }),
  );
}

const isSet = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null && value !== false;

export interface ConsumerComparison {
  readonly changes: Partial<ConsumerConfig>;
  readonly conflicts: readonly Conflict[];
}

/** Fields of a consumer that JetStream cannot change [measured, nats-server 2.15.1: `ack policy can not be updated`, …]. */
const CONSUMER_FIXED = ['ack_policy', 'priority_policy'] as const;
const CONSUMER_MENDED = ['ack_wait', 'max_ack_pending', 'max_deliver', 'priority_timeout'] as const;

export function compareConsumer(actual: ConsumerConfig, plan: ConsumerPlan): ConsumerComparison {
  const wanted = consumerConfigOf(plan);
  const mended = CONSUMER_MENDED.filter(
    (field) => wanted[field] !== undefined && wanted[field] !== actual[field],
  );
  const filters = wanted.filter_subjects ?? [];
  const changes: Partial<ConsumerConfig> = {
    ...Object.fromEntries(mended.map((field) => [field, wanted[field]])),
    ...(sameSet(filtersOf(actual), filters) ? {} : { filter_subjects: [...filters] }),
  };
  const fixed = CONSUMER_FIXED.filter((field) => plain(actual[field]) !== plain(wanted[field]));
  const conflicts = fixed.map((field) =>
    conflict([`${plan.stream} consumer ${plan.name}`, field], actual[field], {
      wanted: plain(wanted[field]),
      remedy:
        'stop the roles that read it (spec.suspend: true), remove the consumer, and let it be made anew: what it had acknowledged comes again and is recognised',
    }),
  );
  const isPush = (actual.deliver_subject ?? '') !== '';
  return {
    changes,
    conflicts: isPush
      ? [
          ...conflicts,
          conflict([`${plan.stream} consumer ${plan.name}`, 'deliver_subject'], actual.deliver_subject, {
            wanted: 'unset',
            remedy: 'remove the consumer: it is made anew as one that is pulled from',
          }),
        ]
      : conflicts,
  };
}

/** No policy and the policy `none` are the same. */
const plain = (value: unknown): string => (value === undefined || value === '' ? 'none' : String(value));

const filtersOf = ({ filter_subject, filter_subjects }: ConsumerConfig): readonly string[] =>
  filter_subjects ?? (filter_subject === undefined ? [] : [filter_subject]);

const sameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((entry) => b.includes(entry));

function conflict(
  [of, name]: readonly [string, string],
  actual: unknown,
  { wanted, remedy }: Pick<Conflict, 'wanted' | 'remedy'>,
): Conflict {
  const shown = typeof actual === 'object' ? JSON.stringify(actual) : String(actual);
  return { field: `${of}.${name}`, actual: shown, wanted, remedy };
}
