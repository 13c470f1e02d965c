// Source engine `FinanceSDK`: Tencent's own library in a confined process, behind the relay. What it answers is judged by return code and by the
// JSON inside, and explained by what the relay saw, because the SDK hides most of what WeCom says.
import { hash } from 'node:crypto';
import type { Decimal } from '@menshen/contracts/decimal';
import type { RelayMode } from '../relay/open-relay.ts';
import type { RelayReport } from '../relay/relayed-answer.ts';
import type { HostAnswer, HostEnd } from '../sdk-host/host-process.ts';
import type { SdkCall, SdkHost, SdkOutcome } from '../sdk-host/sdk-host.ts';
import { badAnswer, type SourceFault, unreachable } from './classify-errcode.ts';
import {
  classifySdkCode,
  explainByRelay,
  SDK_PARSE_FAILURE,
  SDK_VERIFIES,
  type SdkFunction,
} from './classify-sdk-code.ts';
import { findDisagreement, type SdkReturned } from './compare-with-relay.ts';
import { readPage } from './read-page.ts';
import { readSdkFileId } from './read-sdkfileid.ts';
import { RelayedCalls } from './relayed-calls.ts';
import {
  type OpenedLanes,
  openSdkLanes,
  type SdkLanes,
  type SdkLanesOptions,
  unusable,
} from './sdk-lanes.ts';
import { readIndex, writeIndex } from './sdk-media-index.ts';
import { sealPiece } from './seal-piece.ts';
import { secretFault } from './server-api.ts';
import type { ChunkOutcome, ChunkRequest, MessageSource, PullOutcome } from './source.ts';

export interface FinanceSdkSourceOptions extends Omit<SdkLanesOptions, 'onReport'> {
  readonly sleep: (ms: number) => Promise<void>;
}

interface Failure {
  readonly ok: false;
  readonly fault: SourceFault;
  /** The SDK's return code, when it answered. */
  readonly code?: number;
}

interface Ask<T> {
  readonly of: SdkFunction;
  readonly lane: (lanes: SdkLanes) => SdkHost;
  readonly call: (credential: string) => SdkCall;
  /** Reads an answer whose code is 0. */
  readonly read: (answer: HostAnswer) => T | Failure;
  /** Another reading of a code than {@link classifySdkCode} has. */
  readonly readCode?: (code: number) => SourceFault | undefined;
}

/** `-1` may be tried three times (WeCom developer page p/90455). */
const BUSY_TRIES = 3;
const BUSY_PAUSE_MS = 200;

export class FinanceSdkSource implements MessageSource {
  readonly engine = 'FinanceSDK';
  readonly #options: FinanceSdkSourceOptions;
  readonly #relayed = new RelayedCalls();
  #lanes: Promise<OpenedLanes> | undefined;
  #mode: RelayMode = 'Verify';
  #closed = false;

  constructor(options: FinanceSdkSourceOptions) {
    this.#options = options;
  }

  async pull(fromSeq: Decimal, limit: number): Promise<PullOutcome> {
    const timeoutSeconds = this.#options.sdk.callTimeoutSeconds;
    return await this.#ask<Extract<PullOutcome, { ok: true }>>({
      of: 'GetChatData',
      lane: (lanes) => lanes.pull,
      call: (credential) => ({ kind: 'ChatData', fromSeq, limit, timeoutSeconds, credential }),
      // A connection that was closed without a reply comes as 0 with nothing (measured).
      read: ({ data }) =>
        data.length === 0
          ? { ok: false, fault: unreachable('the SDK gave an empty answer: the connection was closed') }
          : readPage(data),
    });
  }

  async mediaChunk({ sdkfileid, index }: ChunkRequest): Promise<ChunkOutcome> {
    const timeoutSeconds = this.#options.sdk.callTimeoutSeconds;
    return await this.#ask<Extract<ChunkOutcome, { ok: true }>>({
      of: 'GetMediaData',
      lane: (lanes) => lanes.media,
      call: (credential) => ({
        kind: 'MediaData',
        index: writeIndex(index),
        sdkfileid,
        timeoutSeconds,
        credential,
      }),
      read({ isFinish, data, index: sdkIndex }) {
        const nextIndex = isFinish ? '' : readIndex(sdkIndex);
        // A piece that leads nowhere, or back to itself, would be fetched for ever.
        if (!isFinish && (nextIndex === '' || nextIndex === index))
          return { ok: false, fault: badAnswer('the SDK does not say where the file goes on') };
        return { ok: true, data, isLast: isFinish, nextIndex };
      },
      // Only what is no sdkfileid is given up for being none: anything else may be the library's mistake.
      readCode: (code) =>
        classifySdkCode(code, 'GetMediaData').reason === 'BadFileId' && readSdkFileId(sdkfileid) !== undefined
          ? badAnswer(`the SDK does not take a sdkfileid that is one (${code})`)
          : undefined,
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end(this.#lanes);
  }

  async #ask<T extends { readonly ok: true }>(ask: Ask<T>): Promise<T | Failure> {
    let renewed = false;
    for (let tries = 1; ; tries++) {
      const opened = await this.#open();
      if ('fault' in opened) return { ok: false, fault: opened.fault };
      const { lanes } = opened;
      const host = ask.lane(lanes);
      const outcome = await this.#once(lanes, host, ask);
      if (outcome.ok) return outcome;
      if (needsNewHandle(outcome)) host.renew();
      const next = planRetry(outcome, { mode: lanes.mode, renewed, tries });
      if (next === 'GiveUp') return outcome;
      if (next === 'PassThrough') await this.#passThrough(lanes);
      if (next === 'Pause') await this.#options.sleep(BUSY_PAUSE_MS * tries);
      renewed ||= next === 'Renewed';
    }
  }

  async #once<T extends { readonly ok: true }>(
    lanes: SdkLanes,
    host: SdkHost,
    ask: Ask<T>,
  ): Promise<T | Failure> {
    const caller = this.#relayed.begin();
    const request = ask.call(lanes.relay.credentialFor(caller));
    const findLie = (answer: HostAnswer): string | undefined =>
      findDisagreement(ask.of, returnedBy(request, answer), this.#relayed.told(caller), lanes.mode);
    const outcome = await host.call(request, findLie);
    const told = this.#relayed.take(caller);
    const read = readOutcome(outcome, ask);
    return read.ok || !('answer' in outcome) ? read : { ...read, fault: explainByRelay(read.fault, told) };
  }

  /** Opened once; what could not be opened is tried again by the next call. */
  async #open(): Promise<OpenedLanes> {
    if (this.#closed) return { fault: unreachable('ingest is stopping') };
    const onReport = (report: RelayReport): void => this.#relayed.note(report);
    this.#lanes ??= openSdkLanes({ ...this.#options, onReport }, this.#mode);
    const opening = this.#lanes;
    const opened = await opening.catch((error: unknown) => ({
      fault: unusable(`cannot open the SDK: ${String(error)}`),
    }));
    if ('fault' in opened && this.#lanes === opening) this.#lanes = undefined;
    return opened;
  }

  /** This build verifies by itself and refuses our certificate: let it speak to WeCom, byte by byte through the relay. */
  async #passThrough(from: SdkLanes): Promise<void> {
    const opened = await this.#lanes;
    if (opened === undefined || !('lanes' in opened) || opened.lanes !== from) return;
    this.#mode = 'PassThrough';
    this.#lanes = undefined;
    await from.close();
  }

  async #end(opening: Promise<OpenedLanes> | undefined): Promise<void> {
    const opened = await opening?.catch(() => undefined);
    if (opened !== undefined && 'lanes' in opened) await opened.lanes.close();
  }
}

function planRetry(
  { fault, code }: Failure,
  so: { readonly mode: RelayMode; readonly renewed: boolean; readonly tries: number },
): 'PassThrough' | 'Renewed' | 'Pause' | 'GiveUp' {
  if (code === SDK_VERIFIES && so.mode === 'Verify') return 'PassThrough';
  if (fault.action === 'RefreshToken' && !so.renewed) return 'Renewed';
  return fault.reason === 'WeComBusy' && so.tries < BUSY_TRIES ? 'Pause' : 'GiveUp';
}

function returnedBy(request: SdkCall, answer: HostAnswer): SdkReturned {
  const key = request.kind === 'MediaData' ? readSdkFileId(request.sdkfileid)?.aesKey : undefined;
  return {
    ...answer,
    sha256: () => hash('sha256', answer.data, 'hex'),
    sealedSha256: (isLast) =>
      key === undefined ? undefined : hash('sha256', sealPiece(answer.data, key, isLast), 'hex'),
  };
}

/** After FixConfig too: once the secret is put right, nothing may remember the old one. */
function needsNewHandle({ fault, code }: Failure): boolean {
  return fault.action === 'RefreshToken' || fault.action === 'FixConfig' || code === SDK_PARSE_FAILURE;
}

function readOutcome<T extends { readonly ok: true }>(outcome: SdkOutcome, ask: Ask<T>): T | Failure {
  if ('noSecret' in outcome)
    return { ok: false, fault: secretFault(outcome.noSecret as NodeJS.ErrnoException) };
  if ('initCode' in outcome) return { ok: false, fault: classifySdkCode(outcome.initCode, 'Init') };
  if (!outcome.ok) return { ok: false, fault: faultOfEnd(outcome.end) };
  const { code } = outcome.answer;
  if (code === 0) return ask.read(outcome.answer);
  return { ok: false, fault: ask.readCode?.(code) ?? classifySdkCode(code, ask.of), code };
}

function faultOfEnd(end: HostEnd): SourceFault {
  switch (end.reason) {
    case 'Unusable':
      return unusable(`the Finance SDK cannot be run: ${end.detail}`);
    case 'Closed':
      return unreachable('ingest is stopping');
    case 'Died':
    case 'TimedOut':
    case 'Garbage':
      return {
        action: 'Retry',
        reason: 'SdkFailed',
        errcode: undefined,
        detail: `the process of the Finance SDK failed and is replaced: ${end.detail}`,
      };
  }
}
