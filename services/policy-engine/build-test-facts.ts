// The message of a policy's test as facts. What the test leaves out is chosen so that the policy's scope holds.
import type { ParticipantKind } from '@menshen/contracts/captured-message';
import type { MessageFacts, MessageType } from './facts.ts';
import type { PolicyTest, Scope, ScopedParticipants, TestParticipant } from './policy-spec.ts';

/** `recentSeconds` are the windows that the policy asks about. */
export function buildTestFacts(
  { name, message }: PolicyTest,
  scope: Scope = {},
  recentSeconds: readonly number[] = [],
): MessageFacts {
  const type =
    message.type ?? (message.sticker === undefined ? (scope.messageTypes?.[0] ?? 'text') : 'emotion');
  const to = participant(message.to, scope.recipients);
  const capturedAtMs = Date.parse(message.capturedAt ?? '1970-01-01T00:00:00Z');
  return {
    corpId: 'test',
    msgid: name,
    seq: '0',
    messageType: type,
    conversationId: message.conversationId ?? 'test',
    conversationKind: message.conversation ?? scope.conversations?.[0] ?? 'Direct',
    direction: message.direction ?? 'Unknown',
    sender: participant(message.from, scope.senders),
    recipients: {
      ids: [to.id],
      staff: count(to.kind, 'Staff'),
      external: count(to.kind, 'External'),
      robot: count(to.kind, 'Robot'),
      unknown: count(to.kind, 'Unknown'),
      departments: to.departments,
    },
    texts: message.text === undefined ? [] : [{ path: textPath(type), text: message.text }],
    media: message.sizeBytes === undefined ? [] : [{ path: type, sizeBytes: message.sizeBytes }],
    stickers:
      message.sticker === undefined
        ? []
        : [{ path: type, md5: message.sticker.toLowerCase(), format: 'Unknown' }],
    recent: recentSeconds.map((withinSeconds) => ({
      withinSeconds,
      messages: message.recentMessages ?? 1,
      before: (message.recentMessages ?? 1) - 1,
    })),
    models: (message.models ?? []).map(({ server, label, score }) => ({
      server,
      model: 'test',
      version: '0',
      scores: [{ [label]: score }],
    })),
    capturedAtMs,
    eventTimeMs: capturedAtMs,
    messageDigest: 'sha256:',
    factsVersion: 0,
  };
}

function participant(given: TestParticipant = {}, side: ScopedParticipants = {}) {
  return {
    id: given.id ?? side.ids?.[0] ?? 'someone',
    kind: given.kind ?? ('Unknown' as const),
    departments: given.departments ?? [],
  };
}

const count = (kind: ParticipantKind, counted: ParticipantKind): number => (kind === counted ? 1 : 0);

/** Where the text stands in a message of the type; types with several texts have it in the first. */
const TEXT_PATHS: Partial<Record<MessageType, string>> = {
  file: 'file.filename',
  link: 'link.title',
  weapp: 'weapp.title',
  chatrecord: 'chatrecord.item[0].content',
  mixed: 'mixed.item[0].content',
};

const textPath = (type: MessageType): string => TEXT_PATHS[type] ?? `${type}.content`;
