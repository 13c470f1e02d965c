import { captureStream, messageSubject } from '@menshen/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commitPage, type OutgoingPage, readLastManifest } from './commit-page.ts';
import { makeStreams, startTestNats, type TestNats } from './jetstream.testkit.ts';

describe('a page in the capture stream', () => {
  let test: TestNats;
  let corp = 0;
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());

  const newCorp = async (maxStreamBytes = 64 * 1024 * 1024): Promise<string> => {
    const corpId = `ww${++corp}`;
    await makeStreams(test.jsm, corpId, { maxStreamBytes });
    return corpId;
  };
  const page = (corpId: string, previousSequence: number, messages: number): OutgoingPage => ({
    corpId,
    manifest: Buffer.from(JSON.stringify({ previousSequence, messages })),
    previousSequence,
    messages: Array.from({ length: messages }, (_, i) => ({
      subject: messageSubject(corpId, i % 16, 'text'),
      payload: Buffer.from(`m${i}`),
    })),
  });
  const stored = async (corpId: string): Promise<number> =>
    (await test.jsm.streams.info(captureStream(corpId))).state.messages;

  it.each([0, 1, 2, 990])('commits a manifest with %i messages together', async (messages) => {
    const corpId = await newCorp();
    const outcome = await commitPage(test.nats, page(corpId, 0, messages));
    expect(outcome).toEqual({ ok: true, manifestSequence: 1, lastSequence: messages + 1 });
    expect(await stored(corpId)).toBe(messages + 1);
    expect((await readLastManifest(test.jsm, corpId))?.sequence).toBe(1);
  });

  it('chains: the second page names the first manifest and becomes the last', async () => {
    const corpId = await newCorp();
    await commitPage(test.nats, page(corpId, 0, 10));
    const second = await commitPage(test.nats, page(corpId, 1, 5));
    expect(second).toEqual({ ok: true, manifestSequence: 12, lastSequence: 17 });
    expect((await readLastManifest(test.jsm, corpId))?.sequence).toBe(12);
  });

  it.each([0, 7])(
    'refuses a repeated page of %i messages whole: nothing of it is stored',
    async (messages) => {
      const corpId = await newCorp();
      await commitPage(test.nats, page(corpId, 0, 3));
      const again = await commitPage(test.nats, page(corpId, 0, messages));
      expect(again).toMatchObject({ ok: false, reason: 'Refused' });
      expect(await stored(corpId)).toBe(4);
    },
  );

  it('lets exactly one of two ingests win the same place', async () => {
    const corpId = await newCorp();
    const outcomes = await Promise.all([
      commitPage(test.nats, page(corpId, 0, 20)),
      commitPage(test.nats, page(corpId, 0, 30)),
    ]);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect([21, 31]).toContain(await stored(corpId));
  });

  it('says StreamFull when the byte limit is reached, and stores nothing of the page', async () => {
    const corpId = await newCorp(64 * 1024);
    const big = {
      ...page(corpId, 0, 0),
      messages: Array.from({ length: 40 }, () => ({
        subject: messageSubject(corpId, 0, 'text'),
        payload: Buffer.alloc(4096),
      })),
    };
    expect(await commitPage(test.nats, big)).toMatchObject({ ok: false, reason: 'StreamFull' });
    expect(await stored(corpId)).toBe(0);
  });

  it('keeps the page when the server is killed right after the acknowledgement', async () => {
    const corpId = await newCorp();
    const outcome = await commitPage(test.nats, page(corpId, 0, 100));
    expect(outcome.ok).toBe(true);
    await test.killAndRestart();
    expect(await stored(corpId)).toBe(101);
  });

  it('has no last manifest in an empty stream', async () => {
    expect(await readLastManifest(test.jsm, await newCorp())).toBeUndefined();
  });
});
