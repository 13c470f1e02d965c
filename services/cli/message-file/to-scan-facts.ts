// A message of a file as the facts that policies are judged by. What the file does not say is unknown, and unknown matches every scope.
import { buildTestFacts } from '@menshen/policy-engine/build-test-facts';
import type { MessageFacts } from '@menshen/policy-engine/facts';
import { LONGEST_WINDOW_SECONDS, RecentMessages } from '@menshen/policy-engine/recent-messages';
import type { FileMessage } from './message-line.ts';

/** So many messages are judged between two looks at what may be forgotten. */
const FORGET_EVERY = 10_000;

/** Facts of the messages of one file, in its order: its lines are the record. Counts what was written lately only where that is asked. */
export function createFactMaker(recentSeconds: readonly number[]): (message: FileMessage) => MessageFacts {
  if (recentSeconds.length === 0) return toScanFacts;
  const recent = new RecentMessages();
  let [count, newestMs] = [0, 0];
  return (message) => {
    const facts = toScanFacts(message);
    // Without a sender nobody knows whose messages to count.
    if (message.from === undefined) return facts;
    const { conversationId, sender, eventTimeMs } = facts;
    const sent = {
      conversationId,
      senderId: sender.id,
      msgid: facts.msgid,
      seq: String(message.line),
      eventTimeMs,
    };
    recent.add(sent);
    newestMs = Math.max(newestMs, eventTimeMs);
    if (++count % FORGET_EVERY === 0) recent.forgetBefore(newestMs - 2000 * LONGEST_WINDOW_SECONDS);
    return { ...facts, recent: recent.count(sent, recentSeconds) };
  };
}

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
