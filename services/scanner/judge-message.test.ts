import { encodeFrame } from '@menshen/contracts/frame';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { describe, expect, it } from 'vitest';
import { judgeMessage } from './judge-message.ts';
import { type MessageOptions, makeCaptured, makePayload, termPolicy } from './scanner.testkit.ts';

const engine = compilePolicySet(
  [{ namespace: 'acme', name: 'no-guarantee', spec: termPolicy('保本') }],
  new Map(),
).engine;

const judge = (
  options: Partial<MessageOptions>,
  body?: Uint8Array | null,
  judgedAtMs = 9,
): ReturnType<typeof judgeMessage> => {
  const payload = makePayload({ corpId: 'ww1', msgid: 'm7', text: '这个保本', ...options });
  return judgeMessage(
    engine,
    { payload, streamSequence: 42, ...(body === undefined ? {} : { body }) },
    judgedAtMs,
  );
};

describe('one captured message', () => {
  it('that breaks a rule: a judgement with the finding and its evidence in the original text', () => {
    expect(judge({})).toMatchObject({
      kind: 'Judged',
      judgement: {
        seq: '7',
        msgid: 'm7',
        streamSequence: 42,
        factsVersion: 0,
        state: 'Judged',
        judgedAtMs: 9,
        findings: [{ rule: 'said', evidence: [{ path: 'text.content', start: 2, end: 4, text: '保本' }] }],
      },
    });
  });

  it('that breaks none: a judgement without findings', () => {
    expect(judge({ text: '你好' })).toMatchObject({ kind: 'Judged', judgement: { findings: [] } });
  });

  it('the time of judging is beside the verdict and not in it', () => {
    const at = (judgedAtMs: number): unknown => {
      const outcome = judge({}, undefined, judgedAtMs);
      return outcome.kind === 'Judged' ? outcome.judgement.findings : undefined;
    };
    expect(at(1)).toEqual(at(2_000_000_000_000));
  });

  it('captured after disagree: never evaluated, but alarmed, without a word of it', () => {
    const outcome = judge({ change: { quarantined: true }, raw: Buffer.from('not even JSON 保本') });
    expect(outcome).toMatchObject({
      kind: 'Judged',
      judgement: {
        state: 'Quarantined',
        findings: [
          {
            policy: { namespace: 'menshen.dev', name: 'consent' },
            rule: 'content-after-disagree',
            severity: 'High',
            mode: 'Enforce',
            evidence: [],
          },
        ],
      },
    });
    expect(JSON.stringify(outcome)).not.toContain('保本');
  });

  it('names what it is still waiting for and the version of its facts', () => {
    const change = { facts: { version: 3, media: [], pending: ['media'] } };
    expect(judge({ change })).toMatchObject({
      judgement: { factsVersion: 3, pending: ['media'], findings: [{ factsVersion: 3 }] },
    });
  });

  it.each([
    ['plaintext that is not JSON', { raw: Buffer.from('保本{') }, 'not-json: the plaintext is not JSON'],
    ['JSON without a msgid', { raw: Buffer.from('{}') }, /^invalid-message: /],
  ])('%s cannot be judged, and the reason quotes nothing', (_name, options, detail) => {
    const outcome = judge(options);
    expect(outcome).toMatchObject({ kind: 'Failed', detail: expect.stringMatching(detail) });
    expect(JSON.stringify(outcome)).not.toContain('保本');
  });

  it('bytes that are no frame cannot be judged, and nothing is thrown', () => {
    const outcome = judgeMessage(engine, { payload: Buffer.from('保本 garbage'), streamSequence: 1 }, 9);
    expect(outcome).toMatchObject({ kind: 'Failed', detail: expect.stringMatching(/^Error/) });
    expect(JSON.stringify(outcome)).not.toContain('保本');
  });
});

describe('a large message, whose bytes are in the object store', () => {
  const { raw } = makeCaptured({ corpId: 'ww1', msgid: 'm7', text: '这个保本' });
  const change = { body: { objectKey: 'ww1/large/1', sizeBytes: 1 } };
  it.each([
    ['asks for them', undefined, { kind: 'NeedsBody', objectKey: 'ww1/large/1' }],
    [
      'is judged by them',
      encodeFrame([raw, Buffer.from('{}')]),
      { kind: 'Judged', judgement: { findings: [{ rule: 'said' }] } },
    ],
    [
      'cannot be judged without them',
      null,
      { kind: 'Failed', detail: 'the object of a large message is missing' },
    ],
    [
      'is not judged by other bytes',
      encodeFrame([Buffer.from('{"msgid":"x"}'), Buffer.alloc(0)]),
      { kind: 'Failed', detail: 'the object of a large message does not have the digest of the message' },
    ],
  ])('%s', (_name, body, expected) => {
    expect(judge({ change }, body)).toMatchObject(expected);
  });
});
