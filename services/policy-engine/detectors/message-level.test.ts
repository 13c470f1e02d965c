// Conditions that ask about the message as a whole: when it was written, and how deep it is forwarded.
import { describe, expect, it, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import type { MessageFacts } from '../facts.ts';
import { message, problemsOf, ruleOf } from '../judging.testkit.ts';
import type { BurstOptions } from './burst.ts';
import type { ForwardedOptions } from './forwarded.ts';
import type { WorkingHoursOptions } from './working-hours.ts';

const valuesOf = (condition: object, change: Partial<MessageFacts>): string[] =>
  evaluate(ruleOf({ any: [condition] }), message('好', change)).flatMap(({ evidence }) =>
    evidence.map(({ text }) => text),
  );

describe('workingHours', () => {
  const at = (time: string): Partial<MessageFacts> => ({ eventTimeMs: Date.parse(time) });
  // 2026-11-24 is a Tuesday.
  test.each<[string, WorkingHoursOptions, string, string[]]>([
    ['in the morning of a Tuesday', {}, '2026-11-24T09:00:00+08:00', []],
    ['a minute before', {}, '2026-11-24T08:59:59+08:00', ['2026-11-24 08:59 +08:00']],
    ['at the end, which is not included', {}, '2026-11-24T18:00:00+08:00', ['2026-11-24 18:00 +08:00']],
    ['on a Saturday', {}, '2026-11-28T10:00:00+08:00', ['2026-11-28 10:00 +08:00']],
    [
      'late on a Friday in UTC, which is Saturday in Shanghai',
      {},
      '2026-11-27T20:00:00Z',
      ['2026-11-28 04:00 +08:00'],
    ],
    ['on a Saturday that is worked', { workdays: ['2026-11-28'] }, '2026-11-28T10:00:00+08:00', []],
    ['on a holiday', { holidays: ['2026-11-24'] }, '2026-11-24T10:00:00+08:00', ['2026-11-24 10:00 +08:00']],
    [
      'inside, when that is asked',
      { is: 'Inside' },
      '2026-11-24T10:00:00+08:00',
      ['2026-11-24 10:00 +08:00'],
    ],
    ['west of Greenwich', { utcOffset: '-05:00' }, '2026-11-24T14:30:00Z', []],
    [
      'within a night shift, before midnight',
      { from: '22:00', to: '06:00' },
      '2026-11-24T23:00:00+08:00',
      [],
    ],
    [
      'within a night shift, after midnight of a Friday',
      { from: '22:00', to: '06:00' },
      '2026-11-28T05:00:00+08:00',
      [],
    ],
    [
      'the night before Monday',
      { from: '22:00', to: '06:00' },
      '2026-11-23T05:00:00+08:00',
      ['2026-11-23 05:00 +08:00'],
    ],
    ['before 1970', {}, '1969-12-31T10:00:00+08:00', []],
  ])('%s', (_what, options, time, expected) => {
    expect(valuesOf({ workingHours: options }, at(time))).toEqual(expected);
  });

  it('does not judge a message whose time is not known', () => {
    expect(valuesOf({ workingHours: {} }, { eventTimeMs: 0 })).toEqual([]);
  });

  it('refuses a day without end', () => {
    const spec = { rules: [{ name: 'rule', any: [{ workingHours: { from: '09:00', to: '09:00' } }] }] };
    expect(problemsOf(spec)).toMatchObject([{ path: 'spec.rules[0].any[0].workingHours.to' }]);
  });
});

describe('forwarded', () => {
  const texts = (...paths: string[]): Partial<MessageFacts> => ({
    texts: paths.map((path) => ({ path, text: '好' })),
  });
  test.each<[string, ForwardedOptions, Partial<MessageFacts>, string[]]>([
    ['a text is not', {}, {}, []],
    [
      'a record is, one deep',
      {},
      { messageType: 'chatrecord', ...texts('chatrecord.title', 'chatrecord.item[0].content') },
      ['depth 1'],
    ],
    ['a record without texts is', {}, { messageType: 'chatrecord', texts: [] }, ['depth 1']],
    [
      'a record in a record, two deep',
      { atLeastDepth: 2 },
      { messageType: 'chatrecord', ...texts('chatrecord.item[0].item[1].content') },
      ['depth 2'],
    ],
    [
      'not deep enough',
      { atLeastDepth: 2 },
      { messageType: 'chatrecord', ...texts('chatrecord.item[0].content') },
      [],
    ],
    [
      'the parts of a mixed message are its own',
      {},
      { messageType: 'mixed', ...texts('mixed.item[0].content') },
      [],
    ],
    [
      'by its media as well',
      { atLeastDepth: 2 },
      { messageType: 'chatrecord', media: [{ path: 'chatrecord.item[0].item[0]', sizeBytes: 1 }] },
      ['depth 2'],
    ],
  ])('%s', (_what, options, change, expected) => {
    expect(valuesOf({ forwarded: options }, change)).toEqual(expected);
  });
});

describe('burst', () => {
  const recent = (messages: number, before: number): Partial<MessageFacts> => ({
    recent: [
      { withinSeconds: 10, messages: 1, before: 0 },
      { withinSeconds: 60, messages, before },
    ],
  });
  const options: BurstOptions = { atLeast: 5, withinSeconds: 60 };
  test.each<[string, BurstOptions, Partial<MessageFacts>, string[]]>([
    ['the message that completes it', options, recent(5, 4), ['5 messages within 60 s']],
    ['one too few', options, recent(4, 3), []],
    ['each that goes on with it is not told again', options, recent(6, 5), []],
    ['unless it is asked', { ...options, hits: 'Every' }, recent(6, 5), ['6 messages within 60 s']],
    ['a new burst after the window emptied', options, recent(5, 0), ['5 messages within 60 s']],
    ['in another window', { ...options, withinSeconds: 10 }, recent(5, 4), []],
    ['where nobody counted', options, {}, []],
  ])('%s', (_what, burst, change, expected) => {
    expect(valuesOf({ burst }, change)).toEqual(expected);
  });

  it('says which windows must be counted, and none when nobody asks', () => {
    const burst = (withinSeconds: number) => ({ burst: { atLeast: 2, withinSeconds } });
    expect(ruleOf({ any: [burst(60), burst(5), burst(60)] }).recentSeconds).toEqual([5, 60]);
    expect(ruleOf({ any: [{ keywords: { terms: ['好'] } }] }).recentSeconds).toEqual([]);
  });
});
