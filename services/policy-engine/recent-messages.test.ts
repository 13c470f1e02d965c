// Counting what a sender wrote lately: the same whoever counts, in whatever order, and whatever came afterwards.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { RecentMessages, type SentMessage } from './recent-messages.ts';

const sent = (seq: number, seconds: number, change: Partial<SentMessage> = {}): SentMessage => ({
  conversationId: 'wr1',
  senderId: 'zhang',
  msgid: `m${seq}`,
  seq: String(seq),
  eventTimeMs: 1_700_000_000_000 + seconds * 1000,
  ...change,
});

function countsOf(messages: readonly SentMessage[], last: SentMessage, seconds = 60): [number, number] {
  const recent = new RecentMessages();
  for (const message of messages) recent.add(message);
  const [fact] = recent.count(last, [seconds]);
  return [fact?.messages ?? 0, fact?.before ?? 0];
}

describe('RecentMessages', () => {
  test.each<[string, SentMessage[], SentMessage, [messages: number, before: number]]>([
    ['a message by itself', [], sent(1, 0), [1, 0]],
    ['itself counts once', [sent(1, 0)], sent(1, 0), [1, 0]],
    ['what came shortly before', [sent(1, 0), sent(2, 10)], sent(3, 20), [3, 2]],
    ['the window is open at its far end', [sent(1, 0)], sent(2, 60), [1, 0]],
    ['and closed at the message', [sent(1, 20)], sent(2, 20), [2, 1]],
    ['the one before saw more', [sent(1, 0), sent(2, 5), sent(3, 50)], sent(4, 66), [2, 3]],
    ['what was captured later does not count', [sent(1, 0), sent(9, 5)], sent(3, 20), [2, 1]],
    ['nor what was written later', [sent(1, 0), sent(2, 30)], sent(3, 20), [2, 2]],
    ['another sender', [sent(1, 0, { senderId: 'li' })], sent(2, 1), [1, 0]],
    ['another conversation', [sent(1, 0, { conversationId: 'wr2' })], sent(2, 1), [1, 0]],
    ['a second capture of a message', [sent(1, 0), sent(2, 1, { msgid: 'm1' })], sent(3, 2), [2, 1]],
    ['a time that is not known', [sent(1, 0, { eventTimeMs: 0 })], sent(2, 1), [1, 0]],
    ['of itself', [sent(1, 0)], sent(2, 1, { eventTimeMs: 0 }), [0, 0]],
    [
      'numbers beyond 2^53',
      [sent(1, 0, { seq: '9007199254740993' })],
      sent(2, 1, { seq: '9007199254740992' }),
      [1, 0],
    ],
  ])('%s', (_what, messages, last, expected) => {
    expect(countsOf(messages, last)).toEqual(expected);
  });

  it('forgets what is too old to matter, and nothing else', () => {
    const recent = new RecentMessages();
    for (const message of [sent(1, 0), sent(2, 10), sent(3, 0, { senderId: 'li' })]) recent.add(message);
    recent.forgetBefore(sent(0, 5).eventTimeMs);
    expect(recent.size).toBe(1);
    expect(recent.count(sent(4, 11), [60])).toEqual([{ withinSeconds: 60, messages: 2, before: 1 }]);
  });

  it('counts the same in any order of arrival, and whatever arrives besides', () => {
    const messages = fc.array(
      fc.record({ seq: fc.integer({ min: 1, max: 40 }), seconds: fc.integer({ min: 0, max: 200 }) }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.nat()), (drafts, order) => {
        const distinct = [...new Map(drafts.map((draft) => [draft.seq, draft])).values()].sort(
          (a, b) => a.seq - b.seq,
        );
        const all = distinct.map(({ seq, seconds }) => sent(seq, seconds));
        const shuffled = [...all].map((message) => ({ message, at: order.next().value as number }));
        shuffled.sort((a, b) => a.at - b.at);
        for (const [index, message] of all.entries()) {
          const asTheyCame = countsOf(all.slice(0, index), message);
          expect(
            countsOf(
              shuffled.map((one) => one.message),
              message,
            ),
          ).toEqual(asTheyCame);
        }
      }),
    );
  });
});
