// One SDK handle, kept alive: a host process that is started when it is needed, begun again when its handle has gone stale, and replaced after a
// pause when it crashed, hung or lied. Calls wait for each other: two threads on one handle corrupt its heap (measured).
import type { Clock } from '@menshen/contracts/clock';
import { Sleeper } from '../sleeper.ts';
import type { SdkRequest } from './frames.ts';
import { type HostAnswer, type HostEnd, HostProcess, type HostProgram } from './host-process.ts';
import type { Lane, SdkHostMetrics } from './sdk-host-metrics.ts';

export interface SdkHostTiming {
  /** To be confined and to have loaded the library, ms. */
  readonly startMs: number;
  /** What a call may take beyond the limit that the SDK itself was given, ms. */
  readonly graceMs: number;
  /** First pause before a host is replaced, ms; it doubles with every failure in a row. */
  readonly restartMs: number;
  readonly longestRestartMs: number;
  /** A host that was not asked for so long is ended, ms. */
  readonly idleMs: number;
}

export const SDK_HOST_TIMING: SdkHostTiming = {
  startMs: 10_000,
  graceMs: 5_000,
  restartMs: 200,
  longestRestartMs: 30_000,
  idleMs: 120_000,
};

export interface SdkHostOptions {
  readonly lane: Lane;
  readonly program: HostProgram;
  readonly corpId: string;
  /** Asked at every beginning, so that a changed secret takes effect without a restart. */
  readonly readSecret: () => Promise<string>;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly timing: SdkHostTiming;
  readonly metrics: SdkHostMetrics;
}

/** What is not true of an answer, for people. */
export type FindLie = (answer: HostAnswer) => string | undefined;
const believe: FindLie = () => undefined;

export type SdkCall = Exclude<SdkRequest, { kind: 'Begin' }>;

export type SdkOutcome =
  | { readonly ok: true; readonly answer: HostAnswer }
  | { readonly ok: false; readonly end: HostEnd }
  /** The secret cannot be read. */
  | { readonly ok: false; readonly noSecret: unknown }
  /** `Init` returned a code: nothing was asked. */
  | { readonly ok: false; readonly initCode: number };

export class SdkHost {
  readonly #options: SdkHostOptions;
  readonly #sleeper = new Sleeper();
  #process: HostProcess | undefined;
  #isBegun = false;
  #closed = false;
  #failures = 0;
  #notBeforeMs = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: SdkHostOptions) {
    this.#options = options;
  }

  /** Calls that are under way or wait. */
  get load(): number {
    return this.#waiting;
  }

  /** Process id of the host, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * One call of the SDK, after those before it. Never rejects for what the SDK does. `findLie` says what is not true of an answer, for people: a
   * host that lied is replaced as if it had crashed, before anybody else asks it.
   */
  async call(request: SdkCall, findLie: FindLie = believe): Promise<SdkOutcome> {
    this.#waiting++;
    clearTimeout(this.#idleTimer);
    const mine = this.#tail.then(() => this.#call(request, findLie));
    this.#tail = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      if (--this.#waiting === 0 && !this.#closed) this.#waitIdle();
    }
  }

  /** The handle holds a token that WeCom no longer takes, or a secret that has changed: the next call gets a new one. */
  renew(): void {
    this.#isBegun = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#sleeper.end();
    await this.#process?.end(CLOSED);
    await this.#tail;
  }

  async #call(request: SdkCall, findLie: FindLie): Promise<SdkOutcome> {
    await this.#pause();
    const started = await this.#begin();
    if (!('host' in started)) return started;
    const exchange = await started.host.exchange(request, this.#limitMs(request));
    if (!exchange.ok) return this.#failed(exchange.end);
    const lie = findLie(exchange.answer);
    if (lie !== undefined) return await this.#replace(started.host, { reason: 'Garbage', detail: lie });
    this.#failures = 0;
    this.#options.metrics.called(request.kind, exchange.answer.code);
    return exchange;
  }

  /** A host that failed is not replaced at once: a library that crashes at load would otherwise keep a core busy. */
  async #pause(): Promise<void> {
    const { clock } = this.#options;
    for (let left = this.#notBeforeMs - clock.nowMs(); left > 0; left = this.#notBeforeMs - clock.nowMs()) {
      if (this.#closed) return;
      await this.#sleeper.sleep(left);
    }
  }

  async #begin(): Promise<{ readonly host: HostProcess } | SdkOutcome> {
    const { timing, corpId, readSecret } = this.#options;
    const living = await this.#living();
    if (!('host' in living) || this.#isBegun) return living;
    let secret: string;
    try {
      secret = await readSecret();
    } catch (error) {
      return { ok: false, noSecret: error };
    }
    const begun = await living.host.exchange({ kind: 'Begin', corpId, secret }, timing.graceMs);
    if (!begun.ok) return this.#failed(begun.end);
    if (begun.answer.code !== 0) return { ok: false, initCode: begun.answer.code };
    this.#isBegun = true;
    return living;
  }

  async #living(): Promise<{ readonly host: HostProcess } | SdkOutcome> {
    const { program, timing, metrics, lane } = this.#options;
    const before = this.#process;
    if (this.#closed) return { ok: false, end: CLOSED };
    if (before?.ended === undefined && before !== undefined) return { host: before };
    // It died while nobody asked it anything.
    if (before?.ended !== undefined) metrics.ended(lane, before.ended.reason);
    const host = new HostProcess(program);
    this.#process = host;
    this.#isBegun = false;
    const ready = await host.ready(timing.startMs);
    if (!ready.ok) return this.#failed(ready.end);
    metrics.started(lane, ready.layers);
    return { host };
  }

  async #replace(host: HostProcess, end: HostEnd): Promise<SdkOutcome> {
    await host.end(end);
    return this.#failed(end);
  }

  #limitMs(request: SdkCall): number {
    const { graceMs } = this.#options.timing;
    return 'timeoutSeconds' in request ? request.timeoutSeconds * 1000 + graceMs : graceMs;
  }

  #failed(end: HostEnd): SdkOutcome {
    const { timing, clock, random, metrics, lane } = this.#options;
    this.#process = undefined;
    metrics.ended(lane, end.reason);
    this.#notBeforeMs = clock.nowMs() + restartPauseMs(this.#failures++, random(), timing);
    return { ok: false, end };
  }

  #waitIdle(): void {
    const { timing, metrics, lane } = this.#options;
    this.#idleTimer = setTimeout(() => {
      const idle = this.#process;
      if (idle === undefined || this.#waiting > 0) return;
      this.#process = undefined;
      metrics.ended(lane, 'Idle');
      void idle.end(CLOSED);
    }, timing.idleMs);
    this.#idleTimer.unref();
  }
}

/**
 * Pause before a host is replaced, ms, after so many failures in a row before this one. Half of it by chance (0 ≤ `random` < 1): many tenants
 * that lost their hosts together must not start them together.
 */
export function restartPauseMs(
  failuresBefore: number,
  random: number,
  timing: Pick<SdkHostTiming, 'restartMs' | 'longestRestartMs'>,
): number {
  const whole = Math.min(timing.longestRestartMs, timing.restartMs * 2 ** Math.min(20, failuresBefore));
  return whole * (0.5 + random / 2);
}

const CLOSED: HostEnd = { reason: 'Closed', detail: 'ingest ends it' };
