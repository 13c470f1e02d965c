// What a process of a tenant may do on NATS, as its roles need it and no more: subjects of its own tenant, verbs of JetStream's API on its own
// streams, keys of its own, answers into an inbox of its own. Everything that is not named here is refused by the server.
// Kept short, because a user JWT travels in one line of 4,096 bytes (nats-server, max_control_line).
import {
  BODY_BUCKET,
  captureStream,
  deadSubject,
  findingSubject,
  inboxPrefix,
  noticeSubject,
  outcomeStream,
  POLICY_BUCKET,
  pageSubject,
  STATUS_BUCKET,
} from '@menshen/contracts/subjects';
import {
  ARCHIVER_CONSUMER,
  MEDIA_CONSUMER,
  NOTIFIER_CONSUMER,
  SCANNER_CONSUMER,
} from '@menshen/jetstream/consumer-plans';
import { streamOfBucket } from '@menshen/jetstream/stream-configs';
import type { Role } from '../render/plan-workloads.ts';

export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[]; readonly deny: readonly string[] };
  readonly subscribe: { readonly allow: readonly string[] };
}

const API = '$JS.API';

/** Of a process that runs `roles`, one or all of them. */
export function permissionsOf(corpId: string, roles: readonly Role[]): NatsPermissions {
  const allow = [...common(corpId), ...roles.flatMap((role) => ROLES[role](corpId))];
  const others = Object.entries(CONSUMERS).filter(([role]) => !roles.includes(role as Role));
  return {
    publish: {
      allow: [...new Set(allow)].sort(),
      deny: others.flatMap(([, consumer]) => touching(consumer)).sort(),
    },
    subscribe: { allow: [`${inboxPrefix(corpId, roles)}.>`] },
  };
}

/** The operator's own: JetStream's whole API and the buckets, but none of a tenant's subjects. */
export const OPERATOR_PERMISSIONS: NatsPermissions = {
  publish: { allow: [`${API}.>`, '$JS.FC.>', '$KV.>'], deny: [] },
  subscribe: { allow: ['_INBOX.>'] },
};

/** The durable consumer that nobody but its role may touch. The lanes of several scanners are too many to be named here (README.md). */
const CONSUMERS: Readonly<Record<Role, string>> = {
  ingest: MEDIA_CONSUMER,
  archiver: ARCHIVER_CONSUMER,
  scanner: SCANNER_CONSUMER,
  notifier: NOTIFIER_CONSUMER,
};

function common(corpId: string): string[] {
  return [
    // Limits of the account; the client asks for them to know that JetStream is there.
    `${API}.INFO`,
    // Whether the streams of its tenant are there: every role waits for both.
    `${API}.STREAM.INFO.${captureStream(corpId)}`,
    `${API}.STREAM.INFO.${outcomeStream(corpId)}`,
    // The newest value of keys of its own: the key is a part of the subject.
    `${API}.DIRECT.GET.*.$KV.*.${corpId}.>`,
  ];
}

const ROLES: Readonly<Record<Role, (corpId: string) => string[]>> = {
  ingest: (corpId) => [
    ...readsStream(captureStream(corpId)),
    pageSubject(corpId),
    `wecom.${corpId}.message.>`,
    `wecom.${corpId}.dead.>`,
    `wecom.${corpId}.enriched.*`,
    locks(corpId),
    reports(corpId, 'ingest'),
  ],
  archiver: (corpId) => [
    ...[captureStream(corpId), outcomeStream(corpId)].flatMap((stream) => [
      ...readsStream(stream),
      `${API}.CONSUMER.LIST.${stream}`,
      `${API}.STREAM.PURGE.${stream}`,
    ]),
    // A conflict of two messages with one id is told as a finding.
    findingSubject(corpId),
    ...watchesKeys(corpId, [POLICY_BUCKET, BODY_BUCKET]),
    `$KV.${BODY_BUCKET}.${corpId}.>`,
    locks(corpId),
    reports(corpId, 'archiver'),
  ],
  scanner: (corpId) => [
    ...readsStream(captureStream(corpId)),
    ...readsStream(outcomeStream(corpId)),
    findingSubject(corpId),
    deadSubject(corpId, 'poison'),
    // A message with the answer of a model server that came late.
    `wecom.${corpId}.enriched.*`,
    ...watchesKeys(corpId, [POLICY_BUCKET, STATUS_BUCKET]),
    reports(corpId, 'scanner'),
  ],
  notifier: (corpId) => [
    ...readsStream(outcomeStream(corpId)),
    noticeSubject(corpId),
    reports(corpId, 'notifier'),
  ],
};

const reports = (corpId: string, role: Role): string => `$KV.${STATUS_BUCKET}.${corpId}.${role}.*`;

/** For migrations, which either makes where the operator does not. */
const locks = (corpId: string): string => `$KV.${STATUS_BUCKET}.${corpId}.lock.*`;

/** By sequence, by its own durable consumer, and by consumers that live as long as the reading. */
function readsStream(stream: string): string[] {
  return [
    `${API}.STREAM.MSG.GET.${stream}`,
    // CREATE, INFO, DELETE, UNPIN of one consumer …
    `${API}.CONSUMER.*.${stream}.>`,
    // … DURABLE.CREATE and MSG.NEXT.
    `${API}.CONSUMER.*.*.${stream}.>`,
    `$JS.ACK.${stream}.>`,
  ];
}

/** By consumers whose filter, keys of this tenant, is a part of the request's subject. Names of others' consumers cannot be guessed. */
function watchesKeys(corpId: string, buckets: readonly string[]): string[] {
  return [
    `${API}.CONSUMER.CREATE.*.*.$KV.*.${corpId}.>`,
    '$JS.FC.>',
    ...buckets
      .map(streamOfBucket)
      .flatMap((stream) => [`${API}.CONSUMER.INFO.${stream}.*`, `${API}.CONSUMER.DELETE.${stream}.*`]),
  ];
}

/** Everything that changes, reads or acknowledges a durable consumer, on whichever stream. */
const touching = (consumer: string): string[] => [
  `${API}.CONSUMER.*.*.${consumer}`,
  `${API}.CONSUMER.*.*.${consumer}.>`,
  // DURABLE.CREATE and MSG.NEXT.
  `${API}.CONSUMER.*.*.*.${consumer}`,
  `$JS.ACK.*.${consumer}.>`,
];
