import { createHash } from 'node:crypto';
import { captureStream } from '@menshen/contracts/subjects';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { Fault } from '@menshen/wecom-simulator/faults';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  capturedAll,
  eventually,
  readEnriched,
  startIngest,
  startWeCom,
  type TestIngest,
  type TestIngestOptions,
  type TestWeCom,
} from '../ingest.testkit.ts';
import { CHUNK_BYTES } from '../wecom/simulator-source.ts';

const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7) % 251));
const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex');
const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

describe('media', () => {
  let test: TestNats;
  let corps = 0;
  let corpId: string;
  let wecom: TestWeCom;
  let files = 0;
  const ingests: TestIngest[] = [];
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    corpId = `wwm${++corps}`;
    wecom = await startWeCom(corpId);
  });
  afterEach(async () => {
    for (const ingest of ingests.splice(0)) await ingest.stop();
    await wecom.close();
  });

  const start = async (options: Partial<TestIngestOptions> = {}): Promise<TestIngest> => {
    const ingest = await startIngest({ test, wecom, ...options });
    ingests.push(ingest);
    return ingest;
  };
  /** Sends a file; gives its seq. */
  const send = (bytes: Buffer, claim: { md5sum?: string; filesize?: number } = {}): string => {
    const { sdkfileid } = wecom.simulator.shelf.put(++files, bytes);
    const file = { sdkfileid, md5sum: md5(bytes), filesize: bytes.length, filename: 'a.bin', ...claim };
    return String(wecom.say({ msgtype: 'file', file }).seq);
  };
  const factsOf = async (seq: string, version: number) =>
    await eventually(async () => {
      const events = (await readEnriched(test, corpId).catch(() => undefined))?.get(seq) ?? [];
      const last = events.at(-1)?.stamp.facts;
      return last?.version === version ? { ...last, events: events.length } : undefined;
    });
  const settled = () =>
    eventually(async () => {
      const info = await test.jsm.consumers.info(captureStream(corpId), 'media');
      return info.num_pending + info.num_ack_pending === 0;
    });

  it.each([
    0,
    1,
    15,
    16,
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    2 * CHUNK_BYTES,
    3 * CHUNK_BYTES + 17,
  ])('stores a file of %i bytes under the hash of its plaintext', async (length) => {
    const bytes = bytesOf(length);
    const seq = send(bytes);
    const ingest = await start();
    const facts = await factsOf(seq, 1);
    const objectKey = `${corpId}/media/${sha256(bytes).slice(7)}`;
    expect(facts.media).toEqual([
      { path: 'file', state: 'Stored', sha256: sha256(bytes), sizeBytes: length, objectKey, claim: 'Match' },
    ]);
    expect((await ingest.objects.get(objectKey))?.equals(bytes)).toBe(true);
    expect(wecom.simulator.protocolErrors()).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['a cut connection', { kind: 'cut' }],
    ['a truncated body', { kind: 'truncated' }],
    ['an empty body', { kind: 'empty' }],
    ['a 502 page', { kind: 'http-502' }],
    ['a busy WeCom', { kind: 'errcode', errcode: -1, times: 2 }],
    ['no range header', { kind: 'no-range-header' }],
    ['a range header in lower case', { kind: 'wrong-range-header' }],
    ['a dead token', { kind: 'errcode', errcode: 40014 }],
  ])('goes on from the last whole piece after %s', async (_what, fault) => {
    const bytes = bytesOf(2 * CHUNK_BYTES + 100);
    const ingest = await start();
    await eventually(() => ingest.report()?.reason === 'CaughtUp');
    // The first piece passes, the second meets the fault.
    wecom.simulator.faults.inject({ kind: 'slow', api: 'getchatmediadata', delayMs: 1 });
    wecom.simulator.faults.inject({ ...fault, api: 'getchatmediadata' });
    const seq = send(bytes);
    const facts = await factsOf(seq, 1);
    expect(facts.media).toMatchObject([{ state: 'Stored', sha256: sha256(bytes), claim: 'Match' }]);
    const ciphertext = bytes.length + (16 - (bytes.length % 16));
    // What came before the fault was not asked for again: at most the failed piece was served twice.
    expect(wecom.simulator.served().mediaBytes).toBeLessThanOrEqual(ciphertext + CHUNK_BYTES);
  });

  it.each([
    ['a wrong md5', { md5sum: 'f'.repeat(32) }, 'Mismatch'],
    ['a wrong size', { filesize: 5 }, 'Mismatch'],
    ['no md5', { md5sum: '' }, 'Match'],
    ['an md5 in upper case', { md5sum: md5(bytesOf(1000)).toUpperCase() }, 'Match'],
  ])('keeps a file with %s, and says so', async (_what, claim, expected) => {
    const seq = send(bytesOf(1000), claim);
    await start();
    expect((await factsOf(seq, 1)).media).toMatchObject([
      { state: 'Stored', sha256: sha256(bytesOf(1000)), claim: expected },
    ]);
  });

  it('keeps a file for which nothing is claimed', async () => {
    const { sdkfileid } = wecom.simulator.shelf.put(++files, bytesOf(10));
    const { seq } = wecom.say({
      msgtype: 'meeting_voice_call',
      voiceid: 'v',
      meeting_voice_call: { endtime: 1, sdkfileid },
    });
    await start();
    expect((await factsOf(String(seq), 1)).media).toMatchObject([{ claim: 'NotClaimed', sizeBytes: 10 }]);
  });

  it('tells a gap once, tries again, and tells the file when it comes', async () => {
    await start();
    wecom.simulator.faults.inject({ kind: 'http-502', api: 'getchatmediadata', times: 9 });
    const bytes = bytesOf(100);
    const seq = send(bytes);
    const gap = await factsOf(seq, 1);
    expect(gap).toMatchObject({
      pending: ['media'],
      media: [{ path: 'file', state: 'Gap', cause: 'BadAnswer', final: false }],
    });
    const stored = await factsOf(seq, 2);
    expect(stored).toMatchObject({
      pending: [],
      events: 2,
      media: [{ state: 'Stored', sha256: sha256(bytes) }],
    });
    await settled();
  });

  it.each([['a file that WeCom no longer has', { errcode: 301048 }, 'Expired']])(
    'gives up %s for good',
    async (_what, fault, cause) => {
      await start();
      wecom.simulator.faults.inject({ kind: 'errcode', api: 'getchatmediadata', ...fault });
      const seq = send(bytesOf(10));
      const facts = await factsOf(seq, 1);
      expect(facts).toMatchObject({ pending: [], media: [{ state: 'Gap', cause, final: true }] });
      await settled();
    },
  );

  it('gives up a sdkfileid that is none, and a file above the limit', async () => {
    const large = send(bytesOf(10), { filesize: 2_000_000 });
    const unclaimed = send(bytesOf(CHUNK_BYTES + 1), { filesize: undefined as never });
    const { seq } = wecom.say({
      msgtype: 'file',
      file: { sdkfileid: 'bm90IG9uZQ==', md5sum: '', filename: 'x' },
    });
    await start({ config: { media: { enabled: true, concurrency: 2, maxBytes: 100_000 } } });
    expect((await factsOf(large, 1)).media).toMatchObject([{ cause: 'TooLarge', final: true }]);
    expect((await factsOf(unclaimed, 1)).media).toMatchObject([{ cause: 'TooLarge', final: true }]);
    expect((await factsOf(String(seq), 1)).media).toMatchObject([{ cause: 'BadFileId', final: true }]);
    await settled();
  });

  it('tells the operator when our address is not trusted for media, and goes on when it is', async () => {
    const ingest = await start();
    wecom.simulator.faults.inject({ kind: 'errcode', errcode: 301042, api: 'getchatmediadata', times: 3 });
    const seq = send(bytesOf(10));
    await eventually(() => ingest.report()?.facts.mediaReason === 'IpNotAllowed');
    expect((await factsOf(seq, 2)).media).toMatchObject([{ state: 'Stored' }]);
    await eventually(() => ingest.report()?.facts.mediaReason === undefined);
  });

  it('waits while WeCom blocks media, says so, tells no gap, and captures messages meanwhile', async () => {
    const ingest = await start({ dependencies: { timing: { quotaPauseMs: 1_500 } } });
    await eventually(() => ingest.report()?.reason === 'CaughtUp');
    wecom.simulator.faults.inject({ kind: 'errcode', errcode: 45009, api: 'getchatmediadata' });
    const seq = send(bytesOf(10));
    await eventually(() => ingest.report()?.facts.mediaReason === 'QuotaExhausted');
    const said = String(wecom.say({ text: { content: '还在说话' } }).seq);
    await eventually(async () =>
      (await capturedAll(test, corpId, 2)).messages.some(({ stamp }) => stamp.seq === said),
    );
    expect(ingest.report()?.facts.mediaReason).toBe('QuotaExhausted');
    expect(await factsOf(seq, 1)).toMatchObject({ events: 1, media: [{ state: 'Stored' }] });
    await eventually(() => ingest.report()?.facts.mediaReason === undefined);
  });

  it('tells a final gap when the window has passed', async () => {
    let now = Date.now();
    await start({ dependencies: { clock: { nowMs: () => now } } });
    wecom.simulator.faults.inject({ kind: 'http-502', api: 'getchatmediadata', times: 1_000 });
    const seq = send(bytesOf(10));
    await factsOf(seq, 1);
    now += 5 * 24 * 3_600_000 + 1;
    expect(await factsOf(seq, 2)).toMatchObject({
      pending: [],
      media: [{ state: 'Gap', cause: 'Expired', final: true }],
    });
    await settled();
  });

  it('stores each file of a message, and tells them together', async () => {
    const [one, two] = [bytesOf(100), bytesOf(200)];
    const item = (bytes: Buffer) => {
      const { sdkfileid } = wecom.simulator.shelf.put(++files, bytes);
      return {
        type: 'image',
        content: JSON.stringify({ sdkfileid, md5sum: md5(bytes), filesize: bytes.length }),
      };
    };
    const mixed = { item: [{ type: 'text', content: '{"content":"看图"}' }, item(one), item(two)] };
    const { seq } = wecom.say({ msgtype: 'mixed', mixed });
    await start();
    wecom.simulator.faults.inject({ kind: 'errcode', errcode: 301048, api: 'getchatmediadata' });
    const facts = await factsOf(String(seq), 1);
    expect(facts.events).toBe(1);
    expect(facts.media.map(({ path }) => path)).toEqual(['mixed.item[1]', 'mixed.item[2]']);
  });

  it('publishes nothing for a message whose type may have files but that has none', async () => {
    wecom.say({ msgtype: 'mixed', mixed: { item: [{ type: 'text', content: '{"content":"只有字"}' }] } });
    const seq = send(bytesOf(5));
    await start();
    await factsOf(seq, 1);
    await settled();
    expect((await readEnriched(test, corpId)).size).toBe(1);
  });

  it('does not tell again what an earlier process told before it could acknowledge', async () => {
    await start({ dependencies: { timing: { mediaRetryMs: 500 } } });
    wecom.simulator.faults.inject({ kind: 'http-502', api: 'getchatmediadata', times: 3 });
    const seq = send(bytesOf(10));
    await factsOf(seq, 1);
    await ingests.splice(0)[0]?.stop();
    await start();
    const facts = await factsOf(seq, 2);
    expect(facts).toMatchObject({ events: 2, media: [{ state: 'Stored' }] });
  });

  it('lets one slow file hold up neither the others nor the end of the process', async () => {
    const ingest = await start();
    await eventually(() => ingest.report()?.reason === 'CaughtUp');
    wecom.simulator.faults.inject({ kind: 'slow', api: 'getchatmediadata', delayMs: 50_000 });
    const slow = send(bytesOf(11));
    await eventually(() => wecom.simulator.served().mediaBytes > 0);
    const quick = Array.from({ length: 10 }, (_, i) => send(bytesOf(20 + i)));
    for (const seq of quick) await factsOf(seq, 1);
    expect((await readEnriched(test, corpId)).has(slow)).toBe(false);
  });

  it('captures files in a message too large for the stream', async () => {
    const bytes = bytesOf(30);
    const { sdkfileid } = wecom.simulator.shelf.put(++files, bytes);
    const item = [
      { type: 'ChatRecordText', content: JSON.stringify({ content: '长'.repeat(400_000) }) },
      { type: 'ChatRecordImage', content: JSON.stringify({ sdkfileid, md5sum: '', filesize: 30 }) },
    ];
    const { seq } = wecom.say({ msgtype: 'chatrecord', chatrecord: { title: 't', item } });
    await start();
    await capturedAll(test, corpId, 1);
    expect((await factsOf(String(seq), 1)).media).toMatchObject([
      { path: 'chatrecord.item[1]', state: 'Stored', sha256: sha256(bytes) },
    ]);
  });
});
