import { expect, test } from 'vitest';
import { compareWithTruth, type Outcome, type TrueMessage } from './compare-with-truth.ts';

const planted = [{ policy: 'p', rule: 'r' }];
const truth: TrueMessage[] = [
  { seq: '1', msgid: 'm1', sha256: 'a', planted: [] },
  { seq: '2', msgid: 'm2', sha256: 'b', planted },
  { seq: '3', msgid: 'm3', sha256: 'c', planted: [] },
];
const outcome: Outcome = {
  archived: [
    { msgid: 'm1', sha256: 'a' },
    { msgid: 'm2', sha256: 'b' },
    { msgid: 'm3', sha256: 'c' },
  ],
  deadSeqs: new Set(),
  findings: [{ msgid: 'm2', policy: 'p', rule: 'r' }],
};
const archived = (...msgids: string[]) => truth.filter(({ msgid }) => msgids.includes(msgid));

test('all is well', () => {
  expect(compareWithTruth(truth, outcome)).toEqual({
    lost: [],
    expectedFindings: 1,
    missed: [],
    unexpected: [],
  });
});

test.each<[string, Partial<Outcome>, object]>([
  ['a message that is nowhere is lost', { archived: archived('m1', 'm2') }, { lost: ['m3'] }],
  [
    'a message with other bytes is lost',
    { archived: [...archived('m1', 'm2'), { msgid: 'm3', sha256: 'x' }] },
    { lost: ['m3'] },
  ],
  ['a dead letter is not lost', { archived: archived('m1', 'm2'), deadSeqs: new Set(['3']) }, { lost: [] }],
  ['a finding that is not there is missed', { findings: [] }, { missed: ['m2 p/r'] }],
  [
    'a finding of another rule is missed and unexpected',
    { findings: [{ msgid: 'm2', policy: 'p', rule: 'x' }] },
    { missed: ['m2 p/r'], unexpected: ['m2 p/x'] },
  ],
  [
    'a finding of another message is unexpected',
    { findings: [...outcome.findings, { msgid: 'm1', policy: 'p', rule: 'r' }] },
    { missed: [], unexpected: ['m1 p/r'] },
  ],
  [
    'a finding that is there twice counts once',
    { findings: [...outcome.findings, ...outcome.findings] },
    { missed: [], unexpected: [] },
  ],
])('%s', (_what, change, seen) => {
  expect(compareWithTruth(truth, { ...outcome, ...change })).toMatchObject(seen);
});

test('two messages of one msgid with other bytes must both be there', () => {
  const both: TrueMessage[] = [...truth, { seq: '4', msgid: 'm1', sha256: 'z', planted: [] }];
  expect(compareWithTruth(both, outcome).lost).toEqual(['m1']);
});
