// Both engines behave the same towards capture, whatever WeCom does. The Finance SDK runs as it does in production: confined host, relay, TLS.
import type { IngestConfig } from '@menshen/contracts/role-config';
import { buildStub } from '@menshen/sdk-stub/build-stub';
import { silentLogger } from '@menshen/telemetry/logger';
import type { Fault } from '@menshen/wecom-simulator/faults';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authority, startTlsSimulator, type TlsSimulator } from '../relay/relay.testkit.ts';
import { buildSdkHost } from '../sdk-host/build-host.mjs';
import { type OpenedSource, openSource } from './open-source.ts';
import { CHUNK_BYTES } from './simulator-source.ts';
import type { ChunkOutcome, PullOutcome } from './source.ts';

type Engine = IngestConfig['engine'];
const ENGINES: readonly Engine[] = ['Simulator', 'FinanceSDK'];

const bytesOf = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7) % 251));

describe.each(ENGINES)('engine %s', (engine) => {
  let wecom: TlsSimulator;
  let opened: OpenedSource;
  let files = 0;
  const secrets = new Map<string, string>();

  beforeEach(async () => {
    wecom = await startTlsSimulator();
    secrets.clear();
    for (const [file, text] of [
      ['archive', 'archive-secret'],
      ['directory', 'directory-secret'],
      ['ca', authority.certificatePem],
    ] as const)
      secrets.set(file, text);
    opened = await open();
  });
  afterEach(async () => {
    await opened.close();
    await wecom.simulator.close();
  });

  const open = async (): Promise<OpenedSource> => {
    const config: IngestConfig = {
      engine,
      apiUrl: wecom.simulator.url,
      archiveSecretFile: 'archive',
      directorySecretFile: 'directory',
      privateKeys: [{ version: 1, file: 'key' }],
      decryptWorkers: 1,
      pageLimit: 990,
      pullsPerMinute: 600,
      // A refusal is remembered no longer than this.
      pollIntervalMs: 1,
      directoryRefreshMs: 3_600_000,
      media: { enabled: true, concurrency: 2, maxBytes: 2 ** 30 },
      ...(engine === 'Simulator'
        ? {}
        : {
            apiUrl: wecom.simulator.tlsUrl ?? '',
            trust: { caFile: 'ca', pins: [] },
            sdk: {
              libraryPath: await buildStub(),
              callTimeoutSeconds: 2,
              memoryLimitBytes: 2 ** 29,
              mediaProcesses: 1,
            },
          }),
    };
    return openSource({
      corpId: wecom.simulator.corpId,
      config,
      clock: { nowMs: () => Date.now() },
      readSecret: (file) => {
        const text = secrets.get(file);
        return text === undefined
          ? Promise.reject(Object.assign(new Error('no file'), { code: 'ENOENT' }))
          : Promise.resolve(text);
      },
      sleep: () => Promise.resolve(),
      registry: new Registry(),
      logger: silentLogger,
      sdkHostPath: await buildSdkHost(),
    });
  };
  const pull = async (fromSeq = '0', limit = 100): Promise<PullOutcome> =>
    await opened.messages.pull(fromSeq, limit);
  const seqs = (outcome: PullOutcome): readonly string[] =>
    outcome.ok ? outcome.page.entries.map(({ seq }) => seq) : [];

  describe('a pull', () => {
    it('gives what comes after the cursor, in order, and no more than asked for', async () => {
      wecom.say(7);
      expect(seqs(await pull('2', 3))).toEqual(['3', '4', '5']);
      expect(seqs(await pull('5', 990))).toEqual(['6', '7']);
      expect(wecom.simulator.protocolErrors()).toEqual([]);
    });

    it('gives envelopes byte for byte as WeCom wrote them', async () => {
      wecom.say(2);
      const [first] = await wecom.pull(0);
      const outcome = await pull();
      if (!outcome.ok) throw new Error(outcome.fault.detail);
      expect(JSON.parse(outcome.page.entries[0]?.envelope.toString('utf8') ?? '')).toEqual(first);
    });

    it('gives an empty page when nothing is new', async () => {
      expect(await pull()).toMatchObject({ ok: true, page: { entries: [] } });
    });

    it('keeps a seq beyond 2^53 exact, there and back', async () => {
      wecom.say(1, { skipSeqs: Number.MAX_SAFE_INTEGER - 1 });
      expect(seqs(await pull(String(Number.MAX_SAFE_INTEGER - 1)))).toEqual([
        String(Number.MAX_SAFE_INTEGER),
      ]);
      expect(seqs(await pull('18446744073709551615'))).toEqual([]);
      expect(wecom.simulator.protocolErrors()).toEqual([]);
    });

    it.each<[string, Fault]>([
      ['the token has died early (40014)', { kind: 'errcode', errcode: 40014 }],
      ['the token has expired (42001)', { kind: 'errcode', errcode: 42001 }],
      ['WeCom is busy for two calls (-1)', { kind: 'errcode', errcode: -1, times: 2 }],
    ])('succeeds within the call when %s', async (_what, fault) => {
      wecom.say(1);
      await pull();
      wecom.simulator.faults.inject(fault);
      expect(seqs(await pull())).toEqual(['1']);
    });

    it('takes a token that WeCom no longer knows for a reason to fetch another', async () => {
      wecom.say(1);
      await pull();
      wecom.simulator.tokens.invalidateAll();
      expect(seqs(await pull())).toEqual(['1']);
    });

    it.each<[errcode: number, action: string, reason: string]>([
      [45009, 'Wait', 'QuotaExhausted'],
      [45033, 'Wait', 'QuotaExhausted'],
      [48002, 'FixConfig', 'RejectedByWeCom'],
      [60020, 'FixConfig', 'IpNotAllowed'],
      [301042, 'CallOperator', 'IpNotAllowed'],
      [301052, 'CallOperator', 'PermitMissing'],
      [301053, 'CallOperator', 'PermitMissing'],
      [999999, 'Retry', 'UnknownErrcode'],
    ])('tells errcode %i from success, and loses nothing by it', async (errcode, action, reason) => {
      wecom.say(1);
      wecom.simulator.faults.inject({ kind: 'errcode', errcode });
      expect(await pull()).toMatchObject({ ok: false, fault: { action, reason, errcode } });
      expect(seqs(await pull())).toEqual(['1']);
    });

    it.each<[string, Fault]>([
      ['WeCom stays busy', { kind: 'errcode', errcode: -1, times: 3 }],
      ['a gateway answers with its own page', { kind: 'http-502' }],
      ['the answer is not JSON', { kind: 'not-json' }],
      ['the answer is empty', { kind: 'empty' }],
      ['the answer ends early', { kind: 'truncated' }],
      ['gettoken is answered by a gateway', { kind: 'http-502', api: 'gettoken' }],
      ['gettoken is answered with no JSON', { kind: 'not-json', api: 'gettoken' }],
      ['gettoken is answered with nothing', { kind: 'empty', api: 'gettoken' }],
    ])('fails for now when %s, and succeeds afterwards', async (_what, fault) => {
      wecom.say(1);
      wecom.simulator.faults.inject(fault);
      expect(await pull()).toMatchObject({ ok: false, fault: { action: 'Retry' } });
      expect(seqs(await pull())).toEqual(['1']);
    });

    it.each<[string, Fault]>([
      ['the connection is cut', { kind: 'cut' }],
      ['gettoken is cut', { kind: 'cut', api: 'gettoken' }],
      ['gettoken says busy', { kind: 'errcode', errcode: -1, api: 'gettoken' }],
    ])('loses nothing when %s, whether that call or a later one succeeds', async (_what, fault) => {
      wecom.say(1);
      wecom.simulator.faults.inject(fault);
      let outcome = await pull();
      for (let tries = 1; tries < 3 && !outcome.ok; tries++) {
        expect(outcome.fault.action).toBe('Retry');
        outcome = await pull();
      }
      expect(seqs(outcome)).toEqual(['1']);
    });

    it('says that the secret is wrong, and goes on once it has been put right', async () => {
      wecom.say(1);
      secrets.set('archive', 'wrong');
      expect(await pull()).toMatchObject({
        ok: false,
        fault: { action: 'FixConfig', reason: 'RejectedByWeCom' },
      });
      secrets.set('archive', 'archive-secret');
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(seqs(await pull())).toEqual(['1']);
    });

    it('says that the secret is not mounted, and goes on once it is', async () => {
      wecom.say(1);
      secrets.delete('archive');
      expect(await pull()).toMatchObject({ ok: false, fault: { action: 'FixConfig', detail: /mount/ } });
      secrets.set('archive', 'archive-secret');
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(seqs(await pull())).toEqual(['1']);
    });

    it('ends with a fault when the source is closed meanwhile', async () => {
      await pull();
      wecom.simulator.faults.inject({ kind: 'slow', delayMs: 1_500 });
      const pulling = pull();
      await opened.close();
      expect(await pulling).toMatchObject({ ok: false, fault: { action: 'Retry' } });
      expect(await pull()).toMatchObject({ ok: false });
    });
  });

  describe('a file', () => {
    const shelve = (bytes: Buffer): string => wecom.simulator.shelf.put(++files, bytes).sdkfileid;
    const chunk = async (sdkfileid: string, index = ''): Promise<ChunkOutcome> =>
      await opened.messages.mediaChunk({ sdkfileid, index });
    const fetchAll = async (sdkfileid: string, index = ''): Promise<Buffer[]> => {
      const pieces: Buffer[] = [];
      for (let at = index; ; ) {
        const piece = await chunk(sdkfileid, at);
        if (!piece.ok) throw new Error(piece.fault.detail);
        pieces.push(Buffer.from(piece.data));
        if (piece.isLast) return pieces;
        at = piece.nextIndex;
      }
    };

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
    ])('of %i bytes comes whole', async (length) => {
      const bytes = bytesOf(length);
      const pieces = await fetchAll(shelve(bytes));
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      expect(pieces).toHaveLength(Math.floor(length / CHUNK_BYTES) + 1);
      expect(wecom.simulator.protocolErrors()).toEqual([]);
    });

    it('goes on where the other engine stopped: an index is a byte offset', async () => {
      const bytes = bytesOf(2 * CHUNK_BYTES + 5);
      const id = shelve(bytes);
      expect(await chunk(id)).toMatchObject({ ok: true, isLast: false, nextIndex: String(CHUNK_BYTES) });
      const rest = Buffer.concat(await fetchAll(id, String(CHUNK_BYTES)));
      expect(rest.equals(bytes.subarray(CHUNK_BYTES))).toBe(true);
    });

    it.each<[errcode: number, action: string, reason: string]>([
      [301042, 'CallOperator', 'IpNotAllowed'],
      [301048, 'GiveUpItem', 'Expired'],
      [301052, 'CallOperator', 'PermitMissing'],
      [45009, 'Wait', 'QuotaExhausted'],
    ])('tells errcode %i, which the SDK hides, from others', async (errcode, action, reason) => {
      const id = shelve(bytesOf(100));
      wecom.simulator.faults.inject({ kind: 'errcode', errcode, api: 'getchatmediadata' });
      expect(await chunk(id)).toMatchObject({ ok: false, fault: { action, reason, errcode } });
      expect(Buffer.concat(await fetchAll(id))).toHaveLength(100);
    });

    it('succeeds within the call when the token has died', async () => {
      const id = shelve(bytesOf(100));
      await chunk(id);
      wecom.simulator.faults.inject({ kind: 'errcode', errcode: 40014, api: 'getchatmediadata' });
      expect(await chunk(id)).toMatchObject({ ok: true, isLast: true });
    });

    it.each<[string, Fault]>([
      ['a gateway answers', { kind: 'http-502' }],
      ['the answer is not JSON', { kind: 'not-json' }],
      ['the answer ends early', { kind: 'truncated' }],
      ['there is no content', { kind: 'empty-content' }],
      ['the range header is missing', { kind: 'no-range-header' }],
    ])('fails for now when %s, and comes whole afterwards', async (_what, fault) => {
      const bytes = bytesOf(CHUNK_BYTES + 100);
      const id = shelve(bytes);
      wecom.simulator.faults.inject({ ...fault, api: 'getchatmediadata' });
      expect(await chunk(id)).toMatchObject({ ok: false, fault: { action: 'Retry' } });
      expect(Buffer.concat(await fetchAll(id)).equals(bytes)).toBe(true);
    });

    it.each([
      ['nothing', ''],
      ['no base64', '!!!'],
      ['something else', Buffer.from('no protobuf').toString('base64')],
    ])('is given up when its id is %s', async (_what, id) => {
      expect(await chunk(id)).toMatchObject({
        ok: false,
        fault: { action: 'GiveUpItem', reason: 'BadFileId' },
      });
    });
  });

  it('asks the server interfaces by the same way', async () => {
    const call = { method: 'GET', path: '/cgi-bin/department/list' } as const;
    expect(await opened.directoryApi?.call(call)).toMatchObject({ ok: true, fields: { errcode: 0 } });
  });
});
