import { afterEach, describe, expect, it } from 'vitest';
import {
  type EvaluationJob,
  type EvaluationResult,
  type PolicyInput,
  packPayloads,
} from './evaluation-job.ts';
import { type Evaluator, startProcessEvaluator, startWorkerEvaluator } from './evaluator.ts';
import { EvaluatorHost } from './evaluator-host.ts';
import { Isolation } from './judge-alone.ts';
import { makePayload, termPolicy } from './scanner.testkit.ts';

const mortal = new URL('./dying-worker.testkit.ts', import.meta.url);
const corpId = 'ww1';
const policies: PolicyInput[] = [
  { source: { namespace: 'acme', name: 'watch', spec: termPolicy('保本') }, lexicons: new Map() },
];
const jobOf = (texts: readonly string[]): EvaluationJob => ({
  corpId,
  judgedAtMs: 1,
  ...packPayloads(texts.map((text, i) => makePayload({ corpId, msgid: `m${i}`, text }))),
  streamSequences: texts.map((_, i) => i + 1),
  bodies: new Map(),
});
const findings = (result: EvaluationResult | { kind: 'Died' }): number | string =>
  result.kind === 'Evaluated' ? result.packed.reduce((sum, packed) => sum + packed.findings, 0) : result.kind;

const started: { close(): Promise<void> }[] = [];
const keep = <T extends { close(): Promise<void> }>(one: T): T => {
  started.push(one);
  return one;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.close()));
});

describe.each([
  ['a worker thread', () => keep(startWorkerEvaluator(mortal))],
  ['a process', () => keep(startProcessEvaluator(mortal))],
])('an evaluator in %s', (_name, start) => {
  it('judges by the set compiled last, by none before', async () => {
    const evaluator = start();
    expect(findings(await evaluator.evaluate(jobOf(['保本'])))).toBe(0);
    expect(await evaluator.compile(policies)).toMatchObject({ rejected: [] });
    expect(findings(await evaluator.evaluate(jobOf(['保本', '你好', '保本'])))).toBe(2);
  });

  it('says which policy does not compile and why, and judges by the others', async () => {
    const evaluator = start();
    const bad = {
      source: {
        namespace: 'acme',
        name: 'bad',
        spec: { rules: [{ name: 'r', any: [{ pattern: { regex: '(' } }] }] },
      },
      lexicons: new Map(),
    };
    const set = await evaluator.compile([...policies, bad]);
    expect(set.rejected).toMatchObject([
      { policy: 'acme/bad', detail: expect.stringContaining('spec.rules[0].any[0].pattern.regex') },
    ]);
    expect(findings(await evaluator.evaluate(jobOf(['保本'])))).toBe(1);
  });

  it('that dies over a job says so, and that the next one was never in hand', async () => {
    const evaluator = start();
    const [dead, waiting] = await Promise.allSettled([
      evaluator.evaluate(jobOf(['KILL'])),
      evaluator.evaluate(jobOf(['ok'])),
    ]);
    expect(dead).toMatchObject({ status: 'rejected', reason: { inHand: true, message: 'exit code 3' } });
    expect(waiting).toMatchObject({ status: 'rejected', reason: { inHand: false } });
    expect(evaluator.alive).toBe(false);
  });

  it('that hangs is ended after its time', async () => {
    const evaluator = start();
    await expect(evaluator.evaluate(jobOf(['HANG']), 200)).rejects.toThrow('no answer within 200 ms');
    expect(evaluator.alive).toBe(false);
  });
});

describe('the evaluator in force', () => {
  const host = async (): Promise<{ host: EvaluatorHost; deaths: string[]; starts: () => number }> => {
    const deaths: string[] = [];
    let starts = 0;
    const start = (): Evaluator => {
      starts++;
      return startWorkerEvaluator(mortal);
    };
    const made = keep(new EvaluatorHost(start, (why) => deaths.push(why)));
    const standby = made.takeStandby();
    made.switchTo(standby, { policies, set: await standby.compile(policies) });
    return { host: made, deaths, starts: () => starts };
  };

  it('is replaced by one with the same set when it dies; batches that waited are judged', async () => {
    const { host: hosted, deaths } = await host();
    const results = await Promise.all([
      hosted.evaluate(jobOf(['保本'])),
      hosted.evaluate(jobOf(['KILL'])),
      hosted.evaluate(jobOf(['保本', '保本'])),
      hosted.evaluate(jobOf(['保本'])),
    ]);
    expect(results.map(findings)).toEqual([1, 'Died', 2, 1]);
    expect(deaths).toEqual(['exit code 3']);
  });

  it('switches between two batches: what was given to the old one is judged by it', async () => {
    const { host: hosted } = await host();
    const before = [1, 2, 3].map(() => hosted.evaluate(jobOf(['保本'])));
    const standby = hosted.takeStandby();
    hosted.switchTo(standby, { policies: [], set: await standby.compile([]) });
    const after = [1, 2, 3].map(() => hosted.evaluate(jobOf(['保本'])));
    expect((await Promise.all(before)).map(findings)).toEqual([1, 1, 1]);
    expect((await Promise.all(after)).map(findings)).toEqual([0, 0, 0]);
  });

  it('has its successor loaded before it is needed', async () => {
    const { host: hosted, starts } = await host();
    const atFirst = starts();
    const standby = hosted.takeStandby();
    expect(starts()).toBe(atFirst);
    hosted.switchTo(standby, { policies: [], set: await standby.compile([]) });
    expect(hosted.takeStandby().alive).toBe(true);
    expect(starts()).toBe(atFirst);
  });

  it('takes turns with the one before, which forgets its own set and keeps what it is given then', async () => {
    const { host: hosted, starts } = await host();
    const atFirst = starts();
    for (const set of [[], policies, [], policies]) {
      const standby = hosted.takeStandby();
      hosted.switchTo(standby, { policies: set, set: await standby.compile(set) });
      expect(findings(await hosted.evaluate(jobOf(['保本'])))).toBe(set.length);
    }
    expect(starts()).toBe(atFirst);
  });

  it('refuses to judge before there is a set', async () => {
    const empty = keep(
      new EvaluatorHost(
        () => startWorkerEvaluator(mortal),
        () => undefined,
      ),
    );
    await expect(empty.evaluate(jobOf(['ok']))).rejects.toThrow('no policy set is in force yet');
  });
});

describe('a message judged alone', () => {
  const isolation = (start = () => startProcessEvaluator(mortal)): Isolation =>
    keep(new Isolation({ start, corpId, clock: { nowMs: () => 1 } }));
  const message = (text: string): { payload: Uint8Array; streamSequence: number } => ({
    payload: makePayload({ corpId, msgid: 'm1', text }),
    streamSequence: 5,
  });

  it('is judged like any other when nothing is wrong with it', async () => {
    const outcome = await isolation().judge(message('保本'), policies);
    expect(outcome).toMatchObject({
      kind: 'Evaluated',
      result: { packed: [{ findings: 1, streamSequences: [5] }] },
    });
  });

  it.each([['KILL', 'the process that judged it alone ended: exit code 3']])(
    'is poison when it kills two processes (%s), and the next message is not',
    async (text, detail) => {
      const alone = isolation();
      expect(await alone.judge(message(text), policies)).toEqual({ kind: 'Poison', detail });
      expect(await alone.judge(message('保本'), policies)).toMatchObject({ kind: 'Evaluated' });
    },
  );

  it('is not to blame when no process can be made ready', async () => {
    let starts = 0;
    const start = (): Evaluator => {
      starts++;
      const evaluator = startProcessEvaluator(mortal);
      void evaluator.evaluate(jobOf(['KILL'])).catch(() => undefined);
      return evaluator;
    };
    await expect(isolation(start).judge(message('保本'), policies)).rejects.toThrow(
      'cannot make a process ready that judges one message alone',
    );
    expect(starts).toBe(1);
  });

  it('asks for the object of a large message', async () => {
    const payload = makePayload({
      corpId,
      msgid: 'm1',
      text: '',
      change: { body: { objectKey: 'there/1', sizeBytes: 1 } },
    });
    expect(await isolation().judge({ payload, streamSequence: 1 }, policies)).toEqual({
      kind: 'NeedsBody',
      objectKey: 'there/1',
    });
  });
});
