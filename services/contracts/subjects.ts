// The names under which everything travels (design: data model, tenant key = corpId). One place, so that a typo cannot split a stream.

/** Number of ordered partitions of a tenant's messages. Changing it re-orders conversations in flight: never do. */
export const PARTITIONS = 16;

/** KV bucket of policy pointers, keys `<corpId>.<namespace>.<name>`. */
export const POLICY_BUCKET = 'POLICY';
/**
 * KV bucket of what pointers point to, for an operator that has no way into the object store: keys `<corpId>.<kind>.<hex>.<n>`, where
 * `<kind>/<hex>` is the object's key and n counts its pieces. The archiver copies it into the object store.
 */
export const BODY_BUCKET = 'POLICYBODY';
/** KV bucket of status reports, keys `<corpId>.<role>.<instance>`, each entry lives 60 s. */
export const STATUS_BUCKET = 'STATUS';

/** msgtypes that may refer to files (design: media). */
export const MEDIA_MSGTYPES = [
  'image',
  'voice',
  'video',
  'emotion',
  'file',
  'mixed',
  'chatrecord',
  'meeting_voice_call',
  'voip_doc_share',
] as const;

/** Stream of what was captured: pages, messages, dead letters, enriched messages. */
export const captureStream = (corpId: string): string => `COMM_${corpId}`;
/** Stream of what was concluded: findings (inside judgement batches) and notices. */
export const outcomeStream = (corpId: string): string => `OUT_${corpId}`;

export const pageSubject = (corpId: string): string => `wecom.${corpId}.page`;
export const messageSubject = (corpId: string, partition: number, msgtype: string): string =>
  `wecom.${corpId}.message.${partition}.${subjectToken(msgtype)}`;
export const deadSubject = (corpId: string, reason: string): string => `wecom.${corpId}.dead.${reason}`;
export const enrichedSubject = (corpId: string, partition: number): string =>
  `wecom.${corpId}.enriched.${partition}`;
export const findingSubject = (corpId: string): string => `wecom.${corpId}.finding`;
export const noticeSubject = (corpId: string): string => `wecom.${corpId}.notice`;

export const captureSubjects = (corpId: string): string[] => [
  pageSubject(corpId),
  `wecom.${corpId}.message.>`,
  `wecom.${corpId}.dead.>`,
  `wecom.${corpId}.enriched.>`,
];
export const outcomeSubjects = (corpId: string): string[] => [findingSubject(corpId), noticeSubject(corpId)];

/** Which kind of event a subject of the capture stream carries. */
export type CaptureEventKind = 'page' | 'message' | 'dead' | 'enriched';

/** Reads the kind from a subject; `undefined` for a subject that is not of a capture stream. */
export function captureEventKind(subject: string): CaptureEventKind | undefined {
  const from = subject.indexOf('.', subject.indexOf('.') + 1) + 1;
  const end = subject.indexOf('.', from);
  const word = subject.slice(from, end < 0 ? subject.length : end);
  return word === 'page' || word === 'message' || word === 'dead' || word === 'enriched' ? word : undefined;
}

/** The partition of a conversation: FNV-1a over its UTF-8 bytes, modulo {@link PARTITIONS}. */
export function partitionOf(conversationId: string): number {
  let hash = FNV_BASIS;
  for (let at = 0; at < conversationId.length; at++) {
    const code = conversationId.charCodeAt(at);
    // Ids are ASCII, so that a character is a byte; any other id pays for a buffer.
    if (code > 0x7f) return partitionOfBytes(Buffer.from(conversationId, 'utf8'));
    hash = Math.imul(hash ^ code, FNV_PRIME) >>> 0;
  }
  return hash % PARTITIONS;
}

function partitionOfBytes(bytes: Uint8Array): number {
  let hash = FNV_BASIS;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  return hash % PARTITIONS;
}

const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A msgtype comes from outside: whatever NATS forbids in a subject token becomes `_`. */
function subjectToken(word: string): string {
  const safe = word.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64);
  return safe === '' ? 'unknown' : safe;
}

/**
 * Under which a process of these roles is answered: subjects of its own, so that credentials can keep the answers to others from it.
 * Several roles in one process are one reader.
 */
export const inboxPrefix = (corpId: string, roles: readonly string[]): string =>
  `_INBOX.${corpId}.${roles.length === 1 ? roles[0] : 'compact'}`;
