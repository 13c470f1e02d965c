import { generateKeyPairSync } from 'node:crypto';
import { captureStream, deadSubject, pageSubject } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  faultOf,
  MemorySource,
  pageOf,
  readCaptured,
  startCapture,
  type TestCapture,
  type TestCaptureOptions,
  textEntries,
} from './capture.testkit.ts';
import { badAnswer, classifyErrcode, unreachable } from './wecom/classify-errcode.ts';

const DAY_MS = 24 * 3_600_000;

describe('capture', () => {
  let test: TestNats;
  let corps = 0;
  let corpId: string;
  let source: MemorySource;
  const captures: TestCapture[] = [];
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());
  beforeEach(() => {
    corpId = `ww${++corps}`;
    source = new MemorySource();
  });
  afterEach(async () => {
    for (const capture of captures.splice(0)) await capture.close();
  });

  const start = (options: Partial<TestCaptureOptions> = {}): TestCapture => {
    const capture = startCapture({ test, corpId, source, ...options });
    captures.push(capture);
    return capture;
  };
  const steps = async (capture: TestCapture, count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await capture.loop.step();
  };
  const seqs = async (): Promise<string[]> =>
    (await readCaptured(test, corpId)).messages.map(({ stamp }) => stamp.seq);
  const upTo = (last: number, first = 1): string[] =>
    Array.from({ length: last - first + 1 }, (_, i) => String(first + i));

  it('captures page after page, each once, in order of seq', async () => {
    source.entries.push(...textEntries(1, 25));
    const capture = start({ limit: 10 });
    await steps(capture, 4);
    expect(await seqs()).toEqual(upTo(25));
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.map(({ kind, page, fromSeq, cursor }) => [kind, page, fromSeq, cursor])).toEqual(
      [
        ['Pull', '1', '0', '10'],
        ['Pull', '2', '10', '20'],
        ['Pull', '3', '20', '25'],
        ['Idle', '4', '25', '25'],
      ].slice(0, manifests.length),
    );
    expect(manifests.length).toBe(3);
    expect(capture.status.reasonOf('capture')).toBe('CaughtUp');
  });

  it('chains manifests by stream sequence', async () => {
    source.entries.push(...textEntries(1, 15));
    await steps(start({ limit: 10 }), 2);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.map(({ previousSequence }) => previousSequence)).toEqual([0, 1]);
  });

  it('keeps the exact decrypted bytes and the envelope as pulled', async () => {
    source.entries.push(...textEntries(1, 1));
    await steps(start(), 1);
    const [message] = (await readCaptured(test, corpId)).messages;
    expect(JSON.parse(Buffer.from(message?.raw ?? []).toString())).toMatchObject({
      text: { content: '第 1 条' },
    });
    expect(Buffer.from(message?.envelope ?? [])).toEqual(source.entries[0]?.envelope);
  });

  it('goes on after a restart where the last manifest says', async () => {
    source.entries.push(...textEntries(1, 10));
    await steps(start(), 1);
    source.entries.push(...textEntries(11, 15));
    await steps(start(), 1);
    expect(await seqs()).toEqual(upTo(15));
    expect(source.asked.at(-1)).toBe('10');
  });

  it('goes on after a stream that was lost and made anew where the archive says', async () => {
    source.entries.push(...textEntries(1, 20));
    await makeStreams(test.jsm, corpId, { firstSequence: { capture: 501, outcome: 1 } });
    const archivedPosition = () => Promise.resolve({ cursor: '12', page: '7' });
    await steps(start({ committer: { archivedPosition } }), 1);
    expect(await seqs()).toEqual(upTo(20, 13));
    expect((await readCaptured(test, corpId)).manifests[0]).toMatchObject({ page: '8', previousSequence: 0 });
    expect((await test.jsm.streams.info(captureStream(corpId))).state.first_seq).toBe(501);
  });

  it('knows from the archive, after a stream that was lost, what passed out of the window', async () => {
    const now = Date.now();
    source.entries.push(...textEntries(20, 21));
    const lastManifestAtMs = now - 6 * DAY_MS;
    const archivedPosition = () =>
      Promise.resolve({ cursor: '12', page: '7', coveredUntilMs: lastManifestAtMs, lastManifestAtMs });
    await steps(start({ nowMs: () => now, committer: { archivedPosition } }), 1);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests[0]?.gaps.map(({ cause, fromMs }) => [cause, fromMs])).toEqual([
      ['WindowPassed', lastManifestAtMs],
      ['NotRunning', lastManifestAtMs],
    ]);
  });

  it('waits for the archive instead of guessing where to begin', async () => {
    source.entries.push(...textEntries(1, 3));
    let answers = 0;
    const archivedPosition = () =>
      ++answers < 3
        ? Promise.reject(new Error('ClickHouse is away'))
        : Promise.resolve({ cursor: '1', page: '1' });
    const capture = start({ committer: { archivedPosition } });
    await steps(capture, 1);
    expect(answers).toBe(3);
    expect(await seqs()).toEqual(['2', '3']);
  });

  it('pulls again from the archive’s cursor when the stream disappears under it', async () => {
    source.entries.push(...textEntries(1, 10));
    const archivedPosition = () => Promise.resolve({ cursor: '4', page: '1' });
    const capture = start({ committer: { archivedPosition } });
    await steps(capture, 1);
    await test.jsm.streams.delete(captureStream(corpId));
    source.entries.push(...textEntries(11, 12));
    await steps(capture, 2);
    expect(await seqs()).toEqual(upTo(12, 5));
  });

  it('captures a repeated page once and says so', async () => {
    source.entries.push(...textEntries(1, 10));
    const capture = start();
    await steps(capture, 1);
    source.next.push(pageOf(source.entries));
    await steps(capture, 2);
    expect(await seqs()).toEqual(upTo(10));
    expect(await capture.registry.getSingleMetricAsString('menshen_ingest_ignored_entries_total')).toContain(
      '} 10',
    );
  });

  it.each([
    ['no network', unreachable('the connection failed'), 'WeComUnreachable', 100],
    ['a gateway’s error page', badAnswer('HTTP status 502'), 'WeComUnreachable', 100],
    ['a busy WeCom', classifyErrcode(-1), 'WeComUnreachable', 100],
    ['a dead token', classifyErrcode(42001), 'WeComUnreachable', 100],
    ['a wrong secret', classifyErrcode(40001), 'RejectedByWeCom', 1_000],
    ['an address that is not trusted', classifyErrcode(60020), 'IpNotAllowed', 1_000],
    ['an expired licence', classifyErrcode(301052), 'PermitMissing', 1_000],
    ['a used-up quota', classifyErrcode(45009), 'QuotaExhausted', 60_000],
  ])('moves no cursor on %s, says so and waits', async (_what, fault, reason, pauseMs) => {
    source.entries.push(...textEntries(1, 5));
    source.next.push(faultOf(fault));
    const capture = start();
    await steps(capture, 1);
    expect(capture.status.reasonOf('source')).toBe(reason);
    expect(capture.pauses).toEqual([pauseMs]);
    expect(await seqs()).toEqual([]);
    await steps(capture, 1);
    expect(await seqs()).toEqual(upTo(5));
    expect(capture.status.reasonOf('source')).toBeUndefined();
  });

  it('waits longer after each fault, never longer than half a minute', async () => {
    const capture = start();
    source.next.push(...Array.from({ length: 12 }, () => faultOf(unreachable('down'))));
    await steps(capture, 12);
    expect(capture.pauses.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(capture.pauses.at(-1)).toBe(30_000);
  });

  it('an empty answer moves nothing; a manifest comes when the last is old enough', async () => {
    let now = Date.now();
    const capture = start({ nowMs: () => now });
    source.entries.push(...textEntries(1, 3));
    await steps(capture, 3);
    expect((await readCaptured(test, corpId)).manifests.map(({ kind }) => kind)).toEqual(['Pull']);
    now += 1_800_000;
    await steps(capture, 1);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.at(-1)).toMatchObject({ kind: 'Idle', cursor: '3', coveredUntilMs: now });
  });

  it('asks less and less often while nothing comes, and at once again after a message', async () => {
    const capture = start();
    await steps(capture, 6);
    expect(capture.pauses).toEqual([200, 400, 800, 1000, 1000, 1000]);
  });

  it('lets two ingests of one corp capture everything once, and one of them stands by', async () => {
    source.entries.push(...textEntries(1, 60));
    const first = start({ limit: 10 });
    const second = start({ limit: 10 });
    await Promise.all([first.loop.step(), second.loop.step()]);
    await Promise.all([steps(first, 6), steps(second, 6)]);
    expect(await seqs()).toEqual(upTo(60));
    const stoodBy = [first, second].filter((capture) => capture.pauses.includes(5_000));
    expect(stoodBy.length).toBeGreaterThan(0);
  });

  it('reports Fenced while another ingest is ahead', async () => {
    source.entries.push(...textEntries(1, 10));
    const slow = start({ limit: 5 });
    await slow.loop.step();
    await start({ limit: 10 }).loop.step();
    const reasons: (string | undefined)[] = [];
    source.entries.push(...textEntries(11, 12));
    const watched = slow.status.say.bind(slow.status);
    slow.status.say = (part, problem) => {
      reasons.push(problem.reason);
      watched(part, problem);
    };
    await steps(slow, 2);
    expect(reasons).toContain('Fenced');
    expect(await seqs()).toEqual(upTo(12));
  });

  it('stops pulling when the stream is full, loses nothing, and goes on when there is room', async () => {
    await makeStreams(test.jsm, corpId, { maxStreamBytes: 20_000 });
    source.entries.push(...textEntries(1, 40));
    const capture = start({ limit: 10 });
    let refused = 0;
    const watched = capture.status.say.bind(capture.status);
    capture.status.say = (part, problem) => {
      watched(part, problem);
      if (problem.reason === 'BackPressure' && ++refused === 3)
        void test.jsm.streams.update(captureStream(corpId), { max_bytes: 10_000_000 });
    };
    await steps(capture, 4);
    expect(refused).toBeGreaterThanOrEqual(3);
    expect(await seqs()).toEqual(upTo(40));
  });

  it('keeps what cannot be opened as dead letters and goes on with the rest', async () => {
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [one, two, three, four, five, six] = textEntries(1, 6);
    if (!one || !two || !three || !four || !five || !six) throw new Error('six entries');
    source.entries.push(
      one,
      { ...two, publickeyVer: 9 },
      ...textEntries(3, 3, { publicKey: stranger.publicKey }),
      { ...four, encryptChatMsg: four.encryptChatMsg.subarray(0, -9) },
      {
        ...five,
        encryptRandomKey: Buffer.alloc(0),
        malformed: 'the entry lacks a usable encrypt_random_key',
      },
      six,
    );
    await steps(start(), 1);
    const { messages, dead, manifests } = await readCaptured(test, corpId);
    expect(messages.map(({ stamp }) => stamp.seq)).toEqual(['1', '6']);
    expect(dead.map(({ head }) => [head.seq, head.reason])).toEqual([
      ['2', 'unknown-key-version'],
      ['3', 'key-failed'],
      ['4', 'decrypt-failed'],
      ['5', 'malformed-envelope'],
    ]);
    expect(Buffer.from(dead[0]?.envelope ?? [])).toEqual(two.envelope);
    expect(manifests[0]).toMatchObject({ cursor: '6', deadSeqs: ['2', '3', '4', '5'] });
    const last = await test.jsm.streams.getMessage(captureStream(corpId), {
      last_by_subj: deadSubject(corpId, 'key-failed'),
    });
    expect(last?.subject).toBe(deadSubject(corpId, 'key-failed'));
  });

  it('records what passed out of the window unseen', async () => {
    let now = Date.now();
    const capture = start({ nowMs: () => now });
    source.entries.push(...textEntries(1, 3));
    await steps(capture, 1);
    now += 6 * DAY_MS;
    source.entries.push(...textEntries(50, 51));
    source.next.push(pageOf(source.entries.slice(3)));
    await steps(capture, 1);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.at(-1)?.gaps).toMatchObject([
      { cause: 'WindowPassed', state: 'Lost', fromSeq: '4', toSeq: '49', fromMs: now - 6 * DAY_MS },
      { cause: 'NotRunning', state: 'Lost', fromMs: now - 6 * DAY_MS, toMs: now },
    ]);
  });

  it('tells a hole in the numbering apart from a passed window', async () => {
    const capture = start();
    source.entries.push(...textEntries(5, 6), ...textEntries(9, 9));
    await steps(capture, 1);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests[0]?.gaps).toMatchObject([{ cause: 'SequenceSkipped', fromSeq: '7', toSeq: '8' }]);
  });

  it('writes changes of the directory with the next manifest, and alone when nothing else comes', async () => {
    const capture = start();
    const user = (name: string) => ({
      kind: 'User' as const,
      id: 'lihua',
      deleted: false,
      name,
      departmentIds: [],
    });
    capture.directory.update([user('李华')]);
    source.entries.push(...textEntries(1, 1));
    await steps(capture, 1);
    capture.directory.update([user('李花')]);
    await steps(capture, 2);
    const { manifests, messages } = await readCaptured(test, corpId);
    expect(manifests.map(({ kind, directory }) => [kind, directory.map((fact) => fact.version)])).toEqual([
      ['Pull', [1]],
      ['Directory', [2]],
    ]);
    expect(messages[0]?.stamp).toMatchObject({
      directoryVersion: 1,
      sender: { name: '李华', kind: 'Staff' },
    });
  });

  it('cuts a large directory into pages of facts before the messages that rest on it', async () => {
    const capture = start();
    capture.directory.update(
      Array.from({ length: 30 }, (_, i) => ({
        kind: 'User' as const,
        id: `u${i}`,
        deleted: false,
        name: 'x'.repeat(50_000),
        departmentIds: [],
      })),
    );
    source.entries.push(...textEntries(1, 1));
    await steps(capture, 4);
    const { manifests } = await readCaptured(test, corpId);
    expect(manifests.map(({ kind }) => kind)).toEqual(['Directory', 'Directory', 'Pull']);
    expect(manifests.flatMap(({ directory }) => directory).length).toBe(30);
  });

  it('recognises its own page when the answer to the commit was lost', async () => {
    source.entries.push(...textEntries(1, 5));
    const nats = new Proxy(test.nats, {
      get(target, name) {
        if (name !== 'request') return Reflect.get(target, name, target);
        return async (...args: Parameters<typeof target.request>) => {
          const answer = await target.request(...args);
          if (args[0] !== pageSubject(corpId)) throw new Error('the connection broke');
          return answer;
        };
      },
    });
    await steps(start({ committer: { nats } }), 1);
    expect(await seqs()).toEqual(upTo(5));
    expect((await readCaptured(test, corpId)).manifests.length).toBe(1);
  });

  it('survives a decrypt worker that dies', async () => {
    source.entries.push(...textEntries(1, 5));
    const capture = start();
    const decrypt = capture.pool.decrypt.bind(capture.pool);
    let calls = 0;
    (capture.pool as { decrypt: typeof decrypt }).decrypt = (entries) =>
      ++calls === 1 ? Promise.reject(new Error('a decrypt worker died')) : decrypt(entries);
    const running = capture.loop.run();
    while ((await readCaptured(test, corpId).catch(() => undefined))?.messages.length !== 5)
      await new Promise((resolve) => setTimeout(resolve, 20));
    capture.stop();
    await running;
    expect(await seqs()).toEqual(upTo(5));
  });
});
