// The order of the log: what is appended while a story is still being told exists at once, and nothing that was seen ever moves.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessageLog, type MessageLog } from './message-log.ts';
import { textMessage } from './simulator.testkit.ts';
import { makeKey } from './simulator.ts';

const KEY = makeKey(1);
const makeLog = (): MessageLog => createMessageLog({ version: 1, key: KEY.publicKey }, 1);
const served = (log: MessageLog, after: number, untilMs: number): { seq: number; msgid: string }[] =>
  log
    .entries(after, 1000, { fromMs: 0, untilMs })
    .map((text) => JSON.parse(text) as { seq: number; msgid: string })
    .map(({ seq, msgid }) => ({ seq, msgid }));

describe('a message appended among those to come', () => {
  const story = (): MessageLog => {
    const log = makeLog();
    for (let i = 1; i <= 4; i++) log.append(textMessage(i), { createdAtMs: i * 1000 });
    return log;
  };

  it('exists at once, with the next seq, and the rest moves up', () => {
    const log = story();
    expect(served(log, 0, 2500).map(({ msgid }) => msgid)).toEqual(['m1', 'm2']);
    expect(log.append(textMessage(9), { createdAtMs: 2500 })).toMatchObject({ seq: 3 });
    expect(log.released(2500)).toBe(3);
    expect(served(log, 2, 2500)).toEqual([{ seq: 3, msgid: 'm9' }]);
    expect(served(log, 0, 4000).map(({ seq, msgid }) => `${seq} ${msgid}`)).toEqual([
      '1 m1',
      '2 m2',
      '3 m9',
      '4 m3',
      '5 m4',
    ]);
  });

  it('also when everything was sealed before', () => {
    const log = story();
    log.sealAll();
    log.append(textMessage(9), { createdAtMs: 1500, skipSeqs: 10 });
    expect(served(log, 0, 9000)).toMatchObject([
      { seq: 1, msgid: 'm1' },
      { seq: 12, msgid: 'm9' },
      { seq: 13, msgid: 'm2' },
      { seq: 14, msgid: 'm3' },
      { seq: 15, msgid: 'm4' },
    ]);
  });

  it('comes behind what was served, even when the clock was set back', () => {
    const log = story();
    served(log, 0, 3000);
    expect(log.append(textMessage(9), { createdAtMs: 100 })).toMatchObject({ seq: 4, createdAtMs: 3000 });
    expect(served(log, 3, 3000)).toEqual([{ seq: 4, msgid: 'm9' }]);
  });
});

describe('what is forgotten', () => {
  it('is served no more, and the rest goes on with its seqs', () => {
    const log = makeLog();
    for (let i = 1; i <= 4; i++) log.append(textMessage(i), { createdAtMs: i * 1000 });
    served(log, 0, 3000);
    log.forget(2500);
    expect(log.all().map(({ seq }) => seq)).toEqual([3, 4]);
    expect(served(log, 0, 9000).map(({ msgid }) => msgid)).toEqual(['m3', 'm4']);
    expect(log.append(textMessage(5), { createdAtMs: 5000 })).toMatchObject({ seq: 5 });
  });

  it('is never the newest: the next seq follows from it', () => {
    const log = makeLog();
    log.append(textMessage(1), { createdAtMs: 1000 });
    log.forget(9000);
    log.forget(9000);
    expect(log.append(textMessage(2), { createdAtMs: 10_000 })).toMatchObject({ seq: 2 });
    expect(served(log, 1, 10_000)).toEqual([{ seq: 2, msgid: 'm2' }]);
  });
});

it('an entry is the same text whenever and however often it is sealed', () => {
  const story = (): MessageLog => {
    const log = makeLog();
    for (let i = 1; i <= 20_010; i++) log.append(textMessage(i), { createdAtMs: i });
    return log;
  };
  const first = story();
  const read = (log: MessageLog, after: number): readonly string[] =>
    log.entries(after, 5, { fromMs: 0, untilMs: 30_000 });
  const early = read(first, 0);
  // Sealing what lies 20,000 further on drops these from memory.
  const late = read(first, 20_000);
  expect(read(first, 0)).toEqual(early);
  // Another start serves them in another order.
  const second = story();
  expect(read(second, 20_000)).toEqual(late);
  expect(read(second, 0)).toEqual(early);
});

it('whatever is appended when: seqs and times ascend, and a reader that follows sees each message once', () => {
  const step = fc.record({
    now: fc.nat(50),
    appends: fc.array(fc.record({ in: fc.nat(100), skipSeqs: fc.nat(2) }), { maxLength: 4 }),
    reads: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const log = makeLog();
      const seen: { seq: number; msgid: string }[] = [];
      let now = 0;
      const read = (): void => void seen.push(...served(log, seen.at(-1)?.seq ?? 0, now));
      for (const { now: passed, appends, reads } of steps) {
        now += passed;
        for (const { in: later, skipSeqs } of appends)
          log.append(textMessage(log.size() + 1), { createdAtMs: now + later, skipSeqs });
        if (reads) read();
      }
      now += 1000;
      read();
      const all = log.all();
      expect(seen).toEqual(all.map(({ seq, msgid }) => ({ seq, msgid })));
      for (const [i, message] of all.entries()) {
        expect(message.seq).toBeGreaterThan(all[i - 1]?.seq ?? 0);
        expect(message.createdAtMs).toBeGreaterThanOrEqual(all[i - 1]?.createdAtMs ?? 0);
      }
    }),
    { numRuns: 40 },
  );
});
