import { createHash } from 'node:crypto';
import { saltedDigest } from '@menshen/contracts/digest';
import { decodeFrame } from '@menshen/contracts/frame';
import { captureStream } from '@menshen/contracts/subjects';
import { startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { Fault } from '@menshen/wecom-simulator/faults';
import { createCallbackSender } from '@menshen/wecom-simulator/send-callback';
import type { SimulatorOptions } from '@menshen/wecom-simulator/simulator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCaptured } from './capture.testkit.ts';
import {
  capturedAll,
  eventually,
  readEnriched,
  startIngest,
  startWeCom,
  type TestIngest,
  type TestIngestOptions,
  type TestWeCom,
} from './ingest.testkit.ts';

describe('ingest and WeCom', () => {
  let test: TestNats;
  let corps = 0;
  let corpId: string;
  let wecom: TestWeCom;
  const ingests: TestIngest[] = [];
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());
  beforeEach(() => {
    corpId = `wwi${++corps}`;
  });
  afterEach(async () => {
    for (const ingest of ingests.splice(0)) await ingest.stop();
    await wecom.close();
  });

  const setUp = async (options: Partial<SimulatorOptions> = {}): Promise<void> => {
    wecom = await startWeCom(corpId, options);
  };
  const start = async (options: Partial<TestIngestOptions> = {}): Promise<TestIngest> => {
    const ingest = await startIngest({ test, wecom, ...options });
    ingests.push(ingest);
    return ingest;
  };
  const noProtocolErrors = (): void => expect(wecom.simulator.protocolErrors()).toEqual([]);

  it('captures every message type byte by byte, and every file', async () => {
    await setUp();
    wecom.talk(1500);
    const ingest = await start();
    const { messages, dead } = await capturedAll(test, corpId, 1500);
    expect(dead).toEqual([]);
    const truth = wecom.simulator.truth();
    const rawBySeq = new Map(messages.map((message) => [message.stamp.seq, message]));
    for (const told of truth)
      expect(Buffer.from(rawBySeq.get(String(told.seq))?.raw ?? []).toString()).toBe(told.plaintext);
    expect(messages.length).toBe(truth.length);
    expect(new Set(messages.map(({ stamp }) => stamp.msgtype)).size).toBeGreaterThan(28);
    for (const { stamp, raw } of messages)
      expect(saltedDigest(Buffer.from(stamp.salt, 'base64'), raw)).toBe(stamp.digest);

    const withMedia = truth.filter(({ media }) => Object.keys(media).length > 0);
    const enriched = await eventually(async () => {
      const bySeq = await readEnriched(test, corpId);
      return bySeq.size >= withMedia.length ? bySeq : undefined;
    });
    for (const told of withMedia) {
      const events = enriched.get(String(told.seq)) ?? [];
      expect(events.length).toBe(1);
      const facts = events[0]?.stamp.facts;
      expect(facts).toMatchObject({ version: 1, pending: [] });
      expect(
        Object.fromEntries(facts?.media.map(({ path, sha256 }) => [path, sha256?.slice(7)]) ?? []),
      ).toEqual(told.media);
      for (const fact of facts?.media ?? []) {
        expect(fact).toMatchObject({ state: 'Stored', claim: expect.stringMatching(/^(Match|NotClaimed)$/) });
        const bytes = await ingest.objects.get(fact.objectKey ?? '');
        expect(
          createHash('sha256')
            .update(bytes ?? '')
            .digest('hex'),
        ).toBe(fact.sha256?.slice(7));
        expect(bytes?.length).toBe(fact.sizeBytes);
      }
    }
    noProtocolErrors();
  });

  it('stamps who is who from the directory', async () => {
    await setUp();
    wecom.talk(600);
    await start();
    const { messages } = await capturedAll(test, corpId, 600);
    const { acme } = wecom;
    const customers = new Set(acme.customers.map(({ externalUserid }) => externalUserid));
    for (const { stamp } of messages) {
      const member = acme.staff.find(({ userid }) => userid === stamp.sender.id);
      if (member !== undefined) {
        expect(stamp.sender).toMatchObject({ kind: 'Staff', name: member.name });
        expect(stamp.sender.departments[0]).toMatch(/^Acme\//);
      } else if (customers.has(stamp.sender.id))
        expect(stamp).toMatchObject({ direction: 'Inbound', sender: { kind: 'External' } });
      expect(stamp.recipients.unknown).toBe(0);
      expect(stamp.quarantined).toBe(false);
    }
    const named = messages.filter(
      ({ stamp }) => stamp.sender.kind === 'External' && stamp.sender.name !== '',
    );
    expect(named.length).toBeGreaterThan(0);
    expect(new Set(messages.map(({ stamp }) => stamp.direction))).toEqual(
      new Set(['Internal', 'Inbound', 'Outbound', 'Unknown']),
    );
    const unknown = messages.filter(({ stamp }) => stamp.direction === 'Unknown');
    expect(new Set(unknown.map(({ stamp }) => stamp.msgtype))).toEqual(new Set(['switch']));
    const { manifests } = await readCaptured(test, corpId);
    const kinds = new Set(manifests.flatMap(({ directory }) => directory.map(({ kind }) => kind)));
    expect(kinds).toEqual(
      new Set(['Department', 'User', 'ExternalContact', 'GroupMember', 'Group', 'Permit', 'Consent']),
    );
    noProtocolErrors();
  });

  it.each<[string, Fault]>([
    ['a 502 page', { kind: 'http-502', times: 2 }],
    ['a truncated body', { kind: 'truncated', times: 2 }],
    ['an empty body', { kind: 'empty', times: 2 }],
    ['a body that is not JSON', { kind: 'not-json', times: 2 }],
    ['a cut connection', { kind: 'cut', times: 2 }],
    ['a slow answer', { kind: 'slow', delayMs: 200 }],
    ['a repeated page', { kind: 'repeat-page', times: 2 }],
    ['errcode -1 more often than WeCom allows retries', { kind: 'errcode', errcode: -1, times: 5 }],
    ['a used-up quota', { kind: 'errcode', errcode: 45009 }],
    ['an untrusted address', { kind: 'errcode', errcode: 301042, times: 2 }],
    ['an expired licence', { kind: 'errcode', errcode: 301052, times: 2 }],
    ['a broken gettoken', { kind: 'http-502', api: 'gettoken', times: 2 }],
    ['a directory that is away', { kind: 'http-502', api: 'list_id', times: 1 }],
  ])('survives %s: everything once, in order', async (_what, fault) => {
    await setUp();
    wecom.talk(150);
    wecom.simulator.faults.inject(fault);
    await start();
    await capturedAll(test, corpId, 150);
    wecom.simulator.faults.inject(fault);
    wecom.talk(150);
    const { messages } = await capturedAll(test, corpId, 300);
    expect(messages.map(({ stamp }) => stamp.seq)).toEqual(
      wecom.simulator.truth().map(({ seq }) => String(seq)),
    );
    noProtocolErrors();
  });

  it('fetches a new token when WeCom kills the old one, and when it ends', async () => {
    await setUp({ tokenSeconds: 2 });
    wecom.talk(20);
    await start();
    await capturedAll(test, corpId, 20);
    wecom.simulator.tokens.invalidateAll();
    wecom.talk(20);
    await capturedAll(test, corpId, 40);
    const before = Date.now();
    await eventually(() => Date.now() > before + 2_100);
    wecom.talk(20);
    const { messages } = await capturedAll(test, corpId, 60);
    expect(messages.length).toBe(60);
    noProtocolErrors();
  });

  it.each([
    [
      'a wrong secret',
      'RejectedByWeCom',
      (ingest: TestIngest) => ingest.files.set('archive', 'wrong'),
      'archive-secret',
    ],
    [
      'a secret that is not mounted',
      'RejectedByWeCom',
      (ingest: TestIngest) => ingest.files.delete('archive'),
      'archive-secret',
    ],
    [
      'the secret of another app',
      'RejectedByWeCom',
      (ingest: TestIngest) => ingest.files.set('archive', 'directory-secret'),
      'archive-secret',
    ],
  ])('says %s where its user looks, and works once it is right', async (_what, reason, spoil, right) => {
    await setUp();
    const ingest = await start();
    await eventually(() => ingest.report()?.reason === 'CaughtUp');
    spoil(ingest);
    wecom.simulator.tokens.invalidateAll();
    wecom.talk(10);
    const report = await eventually(() => (ingest.report()?.reason === reason ? ingest.report() : undefined));
    expect(report.message).not.toContain('secret-');
    ingest.files.set('archive', right);
    const { messages } = await capturedAll(test, corpId, 10);
    expect(messages.length).toBe(10);
    await eventually(() => ingest.report()?.reason === 'CaughtUp');
  });

  it('says that our address is not trusted', async () => {
    await setUp({ allowedAddresses: ['10.1.2.3'] });
    const ingest = await start();
    await eventually(() => ingest.report()?.reason === 'IpNotAllowed');
    expect(ingest.report()?.message).toContain('trusted IPs');
  });

  it('goes on with the other keys when one cannot be read, and names file, version and remedy', async () => {
    await setUp();
    const ingest = await start();
    ingest.files.set('key-2', 'not a key');
    (ingest.config.privateKeys as { version: number; file: string }[]).push({ version: 2, file: 'key-2' });
    wecom.talk(10);
    await capturedAll(test, corpId, 10);
    const report = await eventually(() => {
      const said = ingest.report();
      return said?.facts['captureReason'] === 'CaughtUp' ? said : undefined;
    });
    expect(report.reason).toBe('KeyMalformed');
    expect(report.message).toMatch(/version 2.*key-2.*PEM/);
  });

  it('captures across a key rotation', async () => {
    await setUp();
    wecom.talk(30);
    const { privatePem } = wecom.simulator.rotateKey();
    wecom.talk(30);
    const ingest = await start({ keyVersions: [1, 2] });
    expect(ingest.files.get('key-2')).toBe(privatePem);
    const { messages } = await capturedAll(test, corpId, 60);
    expect(messages.map(({ stamp }) => stamp.publickeyVer)).toEqual([
      ...Array(30).fill(1),
      ...Array(30).fill(2),
    ]);
  });

  it('keeps damaged messages as dead letters, each with its reason, and everything else', async () => {
    await setUp();
    wecom.talk(5);
    const damages = [
      'unknown-key-version',
      'wrong-key',
      'short-message',
      'not-json',
      'flipped-bytes',
    ] as const;
    for (const damage of damages)
      wecom.say({ text: { content: `damaged: ${damage} ${'长'.repeat(60)}` } }, damage);
    wecom.talk(5);
    const ingest = await start();
    const { messages, dead } = await capturedAll(test, corpId, 15);
    expect(messages.length).toBe(10);
    await eventually(() => ingest.report()?.facts['deadLetters'] === dead.length);
    expect(ingest.report()?.facts).toMatchObject({
      wecomBlocks: '192.0.2.10/32,198.51.100.0/24,203.0.113.0/24',
    });
    expect(dead.map(({ head }) => head.reason)).toEqual([
      'unknown-key-version',
      'key-failed',
      'decrypt-failed',
      'not-json',
      'not-json',
    ]);
  });

  it('replays dead letters when their key comes, once, and keeps those it does not open', async () => {
    await setUp();
    wecom.talk(5);
    wecom.simulator.rotateKey();
    wecom.talk(20);
    wecom.say({ text: { content: 'damaged' } }, 'wrong-key');
    const ingest = await start({
      config: { privateKeys: [1, 2].map((version) => ({ version, file: `key-${version}` })) },
      keyVersions: [1],
    });
    const before = await capturedAll(test, corpId, 26);
    expect(before.dead.map(({ head }) => head.reason)).toEqual(Array(21).fill('unknown-key-version'));
    ingest.files.set('key-2', wecom.simulator.privateKeys().get(2) ?? '');
    const { messages, manifests } = await eventually(async () => {
      const captured = await readCaptured(test, corpId);
      return captured.messages.length >= 25 ? captured : undefined;
    });
    const truth = wecom.simulator.truth().slice(0, 25);
    expect(messages.map(({ stamp }) => stamp.seq)).toEqual(truth.map(({ seq }) => String(seq)));
    expect(messages.map(({ raw }) => Buffer.from(raw).toString())).toEqual(
      truth.map(({ plaintext }) => plaintext),
    );
    const replays = manifests.filter(({ kind }) => kind === 'Replay');
    expect(replays.map(({ messageSeqs, cursor }) => [messageSeqs.length, cursor])).toEqual([[20, '26']]);
    expect(messages[5]?.stamp.capturedAtMs).toBe(before.dead[0]?.head.capturedAtMs);

    await ingest.ingest.stop();
    await start({ keyVersions: [1, 2] });
    wecom.talk(1);
    const after = await capturedAll(test, corpId, 47);
    expect(after.manifests.filter(({ kind }) => kind === 'Replay').length).toBe(1);
    expect(after.messages.length).toBe(26);
    ingests.shift();
  });

  it('captures recalls before and after their original, msgtime 0, and the same msgid with other bytes', async () => {
    await setUp();
    const text = (content: string) => ({ text: { content } });
    wecom.say({ msgtype: 'revoke', action: 'recall', revoke: { pre_msgid: 'later_1764000000000' } });
    wecom.say({ msgid: 'later_1764000000000', msgtime: 0, ...text('原件') });
    wecom.say({ msgtype: 'revoke', action: 'recall', revoke: { pre_msgid: 'later_1764000000000' } });
    wecom.say({ msgid: 'later_1764000000000', msgtime: 0, ...text('同号不同文') });
    wecom.say({ msgid: 'nothing', msgtime: 0, ...text('没有时间') });
    await start();
    const { messages } = await capturedAll(test, corpId, 5);
    expect(messages.map(({ stamp }) => [stamp.msgtype, stamp.eventTimeMs === 0 ? 0 : 1])).toEqual([
      ['revoke', 1],
      ['text', 1],
      ['revoke', 1],
      ['text', 1],
      ['text', 0],
    ]);
    expect(messages[1]?.stamp).toMatchObject({ msgid: messages[3]?.stamp.msgid, eventTimeMs: 1764000000000 });
    expect(messages[1]?.stamp.digest).not.toBe(messages[3]?.stamp.digest);
  });

  it('quarantines what a contact writes after disagreeing, until they agree again', async () => {
    await setUp();
    const [customer] = wecom.acme.customers;
    const member = customer?.followedBy[0];
    const from = customer?.externalUserid;
    const talk = { from, tolist: [member] };
    const now = Date.now();
    const at = (ms: number) => ({ msgtime: now + ms, msgid: `${now + ms}_${now + ms}_external` });
    wecom.say({ ...talk, ...at(1), text: { content: '一' } });
    wecom.say({ ...talk, ...at(2), msgtype: 'disagree', disagree: { userid: from, disagree_time: now + 2 } });
    wecom.say({ ...talk, ...at(3), text: { content: '二' } });
    wecom.say({ from: member, tolist: [from], ...at(4), text: { content: '三' } });
    wecom.say({ ...talk, ...at(5), msgtype: 'agree', agree: { userid: from, agree_time: now + 5 } });
    wecom.say({ ...talk, ...at(6), text: { content: '四' } });
    await start();
    const { messages } = await capturedAll(test, corpId, 6);
    expect(messages.map(({ stamp }) => [stamp.consent, stamp.quarantined])).toEqual([
      ['Agreed', false],
      ['Disagreed', false],
      ['Disagreed', true],
      ['Disagreed', false],
      ['Agreed', false],
      ['Agreed', false],
    ]);
  });

  it('puts a message larger than the stream takes into the object store, before the page', async () => {
    await setUp();
    const content = '很长'.repeat(200_000);
    wecom.say({ text: { content } });
    wecom.talk(3);
    const ingest = await start();
    const { messages } = await capturedAll(test, corpId, 4);
    const [large] = messages;
    expect(large?.raw.length).toBe(0);
    const object = await ingest.objects.get(large?.stamp.body?.objectKey ?? '');
    const [raw] = decodeFrame(object ?? Buffer.alloc(0));
    expect(raw?.toString()).toBe(wecom.simulator.truth()[0]?.plaintext);
  });

  it('pulls at once when WeCom calls, however seldom it polls', async () => {
    await setUp();
    const ingest = await start({
      config: {
        pollIntervalMs: 600_000,
        callback: { port: 0, tokenFile: 'callback-token', aesKeyFile: 'callback-key' },
      },
    });
    const key = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
    ingest.files.set('callback-token', 'token').set('callback-key', key);
    await eventually(() => ingest.report()?.reason === 'CaughtUp');
    const idle = wecom.simulator.served().pulls;
    wecom.talk(10);
    const url = `http://127.0.0.1:${ingest.ingest.callbackPort}/`;
    const caller = createCallbackSender({
      url,
      token: 'token',
      key,
      corpId,
      clock: { nowMs: () => Date.now() },
    });
    expect(await caller.announce()).toBe('sent');
    await capturedAll(test, corpId, 10);
    expect(wecom.simulator.served().pulls).toBeGreaterThan(idle);
  });

  it('pulls on after a nats-server that was killed', async () => {
    await setUp();
    wecom.talk(200);
    await start({ config: { pageLimit: 20 } });
    await capturedAll(test, corpId, 40);
    await test.killAndRestart();
    wecom.talk(100);
    const { messages } = await capturedAll(test, corpId, 300);
    expect(messages.map(({ stamp }) => stamp.seq)).toEqual(
      wecom.simulator.truth().map(({ seq }) => String(seq)),
    );
  });

  it('finishes the page in hand when told to stop, and the next ingest goes on from there', async () => {
    await setUp();
    wecom.talk(500);
    const first = await start({ config: { pageLimit: 50 } });
    await capturedAll(test, corpId, 100);
    await first.ingest.stop();
    const { last_seq } = (await test.jsm.streams.info(captureStream(corpId))).state;
    await start();
    const { messages } = await capturedAll(test, corpId, 500);
    expect(messages.length).toBe(500);
    expect(new Set(messages.map(({ stamp }) => stamp.seq)).size).toBe(500);
    expect((await test.jsm.streams.info(captureStream(corpId))).state.last_seq).toBeGreaterThan(last_seq);
    ingests.shift();
  });
});
