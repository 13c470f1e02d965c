// The loopback relay: the only thing the Finance SDK can talk to. It speaks to the SDK as an HTTP proxy and as WeCom, and to WeCom as a client
// that verifies who answers, which the SDK does not. README.md beside this file says why, and what it refuses.
import { randomBytes } from 'node:crypto';
import type { Clock } from '@menshen/contracts/clock';
import { listenForConnects } from './accept-connect.ts';
import { answerCalls } from './answer-calls.ts';
import { endTls } from './end-tls.ts';
import { ForwardCalls } from './forward-call.ts';
import { makeCertificate, type OwnCertificate } from './make-certificate.ts';
import { passThrough } from './pass-through.ts';
import { planRoute } from './plan-route.ts';
import { DEFAULT_LIMITS, type RelayLimits } from './relay-limits.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { RelayReport } from './relayed-answer.ts';
import type { Address } from './route.ts';

/** The one host, as the SDK names it and as the certificate of whoever answers must name it. */
export const WECOM_HOST = 'qyapi.weixin.qq.com';
export const WECOM_PORT = 443;

/** `Verify` ends TLS here. `PassThrough` is for an SDK build that verifies by itself and refuses our certificate (10011). */
export type RelayMode = 'Verify' | 'PassThrough';

export interface RelayOptions {
  readonly mode: RelayMode;
  readonly clock: Clock;
  readonly metrics: RelayMetrics;
  /** Told of every call (`Verify`) or connection (`PassThrough`), before the SDK has its answer. Must not throw. */
  readonly onReport: (report: RelayReport) => void;
  /** Where WeCom is reached, for a simulator; still verified by WeCom's own name. Default qyapi.weixin.qq.com:443. */
  readonly upstream?: Address;
  /** `http://[user:password@]host:port` (CONNECT) or `socks5://…`; other schemes are refused with an error for people. */
  readonly proxyUrl?: string;
  /** PEM of further authorities to trust, such as a TLS-inspecting gateway's or the simulator's. */
  readonly extraCaPem?: string;
  /** SHA-256 of the public key (SPKI) of WeCom's certificate or of one above it, base64; any one of them must be in the chain. */
  readonly pins?: readonly string[];
  readonly limits?: Partial<RelayLimits>;
  /** Shown to the SDK. Made at start when absent; one process may share it among its relays. */
  readonly certificate?: OwnCertificate;
}

export interface Relay {
  /** `http://127.0.0.1:PORT`: the SDK's `proxy` argument. */
  readonly url: string;
  /**
   * `caller:password`, the SDK's `passwd` argument; reports carry `caller` (1..64 of `A-Za-z0-9._-`). The SDK takes it per call, so every call may
   * have a name of its own. The password is made at start and never leaves this process except to the SDK host.
   */
  credentialFor(caller: string): string;
  /** Ends connections; calls under way fail. */
  close(): Promise<void>;
}

/** Throws an `Error` for people when the proxy, the pins or the authorities cannot be used. */
export async function openRelay(options: RelayOptions): Promise<Relay> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const route = planRoute({
    upstream: options.upstream ?? { host: WECOM_HOST, port: WECOM_PORT },
    serverName: WECOM_HOST,
    connectMs: limits.connectMs,
    proxyUrl: options.proxyUrl,
    extraCaPem: options.extraCaPem,
    pins: options.pins,
  });
  const password = randomBytes(24).toString('base64url');
  const report = (told: RelayReport): void => {
    options.metrics.reported(told);
    const fault = told.fault;
    if (fault?.cause !== undefined) options.metrics.unverified(fault.cause);
    options.onReport(told);
  };
  const shared = { clock: options.clock, limits, metrics: options.metrics, report };
  const calls = new ForwardCalls(route, limits);
  const certificate = options.certificate ?? (await makeCertificate(WECOM_HOST, options.clock.nowMs()));
  const listener = await listenForConnects({
    ...shared,
    target: `${WECOM_HOST}:${WECOM_PORT}`,
    password,
    serve:
      options.mode === 'Verify'
        ? endTls({ ...shared, certificate, answerCall: answerCalls({ ...shared, calls }) })
        : passThrough({ ...shared, route }),
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    credentialFor(caller) {
      if (!/^[\w.-]{1,64}$/.test(caller))
        throw new Error('a caller of the relay is 1..64 of A-Z a-z 0-9 . _ -');
      return `${caller}:${password}`;
    },
    async close() {
      await listener.close();
      calls.close();
    },
  };
}
