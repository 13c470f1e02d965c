import { expect, test } from 'vitest';
import { readPlainMessages } from './read-plain-messages.ts';

const good = { id: 'm1', from: 'lihua', to: 'wmA', text: '保本', time: '2026-11-24T09:00:00+08:00' };
const line = (change: object): string => JSON.stringify({ ...good, ...change });

test('good lines become messages', () => {
  const file = `\uFEFF${line({})}\r\n\n${line({ id: 'm2', to: ['a', 'b'], time: 1764000000001, more: 'kept out' })}\n`;
  expect(readPlainMessages(file)).toEqual({
    bad: [],
    messages: [
      { id: 'm1', from: 'lihua', to: ['wmA'], text: '保本', timeMs: Date.UTC(2026, 10, 24, 1) },
      { id: 'm2', from: 'lihua', to: ['a', 'b'], text: '保本', timeMs: 1764000000001 },
    ],
  });
});

test.each([
  ['{"id": "m1"', /^not JSON/],
  ['[1]', /^not a JSON object/],
  ['"text"', /^not a JSON object/],
  [line({ id: 1 }), /^id must be/],
  [line({ id: 'a b' }), /^id must be/],
  [line({ from: undefined }), /^from must be/],
  [line({ to: [] }), /^to must be/],
  [line({ to: [1] }), /^to must be/],
  [line({ text: undefined, txt: 'x' }), /^text must be/],
  [line({ time: 'yesterday' }), /^time must be RFC 3339/],
  [line({ time: undefined }), /^time must be/],
])('%s is bad, and the lines around it go on', (bad, reason) => {
  const read = readPlainMessages([line({ id: 'before' }), bad, line({ id: 'after' })].join('\n'));
  expect(read.messages.map((message) => message.id)).toEqual(['before', 'after']);
  expect(read.bad).toEqual([{ line: 2, reason: expect.stringMatching(reason) }]);
});

test('an id used before is bad, because it is what tells messages apart', () => {
  expect(readPlainMessages(`${line({})}\n${line({ text: 'other' })}`).bad).toEqual([
    { line: 2, reason: 'the id "m1" is that of line 1' },
  ]);
});

test('an empty file has nothing', () => expect(readPlainMessages('\n\n')).toEqual({ messages: [], bad: [] }));
