import type { Finding, Judgement } from '@menshen/contracts/finding';
import { decodeJudgements } from '@menshen/contracts/finding';
import { describe, expect, it } from 'vitest';
import { quarantineFinding } from './built-in-findings.ts';
import { MOST_PAYLOAD_BYTES, packJudgements } from './pack-judgements.ts';
import { makeCaptured } from './scanner.testkit.ts';

const HEAD = { corpId: 'ww1', policySetDigest: 'sha256:1', engineVersion: '1' };
const plain = quarantineFinding(makeCaptured({ corpId: 'ww1', msgid: 'm1', text: '' }).stamp);

const findingOf = (places: number, characters: number): Finding => ({
  ...plain,
  evidence: Array.from({ length: places }, (_, i) => ({
    path: 'text.content',
    start: i,
    end: i + 1,
    text: '保'.repeat(characters),
    seen: 's',
    view: 'Literal',
    condition: 'any[0]',
  })),
});

const judgementOf = (streamSequence: number, findings: readonly Finding[]): Judgement => ({
  seq: String(streamSequence),
  msgid: `m${streamSequence}`,
  streamSequence,
  factsVersion: 0,
  state: 'Judged',
  capturedAtMs: 1,
  judgedAtMs: 2,
  pending: [],
  findings,
});

describe('judgements as payloads', () => {
  it('one payload that reads back as the batch it is', () => {
    const judgements = [judgementOf(1, []), judgementOf(2, [findingOf(1, 1)]), judgementOf(5, [])];
    const { packed, tooLarge } = packJudgements(HEAD, judgements);
    expect(tooLarge).toEqual([]);
    expect(packed.map(({ streamSequences, findings }) => ({ streamSequences, findings }))).toEqual([
      { streamSequences: [1, 2, 5], findings: 1 },
    ]);
    expect(packed.map(({ payload }) => decodeJudgements(payload))).toEqual([{ ...HEAD, judgements }]);
  });

  it('nothing for nothing', () => {
    expect(packJudgements(HEAD, [])).toEqual({ packed: [], tooLarge: [] });
  });

  it('as many payloads as needed, none beyond the limit, nothing left out, in order', () => {
    const judgements = Array.from({ length: 30 }, (_, i) => judgementOf(i, [findingOf(32, 1_000)]));
    const { packed } = packJudgements(HEAD, judgements);
    expect(packed.length).toBeGreaterThan(1);
    for (const { payload } of packed) expect(payload.length).toBeLessThanOrEqual(MOST_PAYLOAD_BYTES);
    expect(packed.flatMap(({ payload }) => decodeJudgements(payload).judgements)).toEqual(judgements);
  });

  it.each([
    ['cut to 8 places', 12, 32, 8],
    ['cut to 2 places', 40, 32, 2],
    ['without evidence', 1_200, 32, 0],
  ])('a judgement that does not fit keeps every finding, %s', (_name, findings, places, kept) => {
    const many = Array.from({ length: findings }, () => findingOf(places, 2_000));
    const { packed, tooLarge } = packJudgements(HEAD, [judgementOf(1, many), judgementOf(2, [])]);
    expect(tooLarge).toEqual([]);
    const [judgement] = packed.flatMap(({ payload }) => decodeJudgements(payload).judgements);
    expect(judgement?.findings).toHaveLength(findings);
    expect(judgement?.findings[0]?.evidence).toHaveLength(kept);
  });

  it('says which judgement fits in no way, and packs the others', () => {
    const many = Array.from({ length: 3_000 }, () => findingOf(0, 0));
    const { packed, tooLarge } = packJudgements(HEAD, [
      judgementOf(1, []),
      judgementOf(2, many),
      judgementOf(3, []),
    ]);
    expect(tooLarge).toEqual([2]);
    expect(packed.flatMap(({ streamSequences }) => streamSequences)).toEqual([1, 3]);
  });
});
