// A message of a file as the facts that policies are judged by. What the file does not say is unknown, and unknown matches every scope.
import { buildTestFacts } from '@menshen/policy-engine/build-test-facts';
import type { MessageFacts } from '@menshen/policy-engine/facts';
import type { FileMessage } from './message-line.ts';

/** A conversation that the file does not name is a group when there are several recipients. */
export function toScanFacts(message: FileMessage): MessageFacts {
  const { id, from, to, text, timeMs, direction, type, room, sticker } = message;
  const conversation = message.conversation ?? (to.length > 1 || room !== undefined ? 'Group' : 'Direct');
  const facts = buildTestFacts({
    name: id,
    message: {
      conversation,
      conversationId: room ?? `direct:${[from ?? '', ...to].sort().join(',')}`,
      ...(text !== '' && { text }),
      ...(sticker !== undefined && { sticker }),
      ...(type !== undefined && { type }),
      ...(direction !== undefined && { direction }),
      ...(from !== undefined && { from: { id: from } }),
      ...(timeMs !== undefined && { capturedAt: new Date(timeMs).toISOString() }),
    },
    expect: {},
  });
  const unknown = Math.max(1, to.length);
  return { ...facts, corpId: 'file', recipients: { ...facts.recipients, ids: to, unknown } };
}
