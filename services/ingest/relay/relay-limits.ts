// How long and how much: what keeps a slow or hostile peer, on either side, from holding the relay.
export interface RelayLimits {
  /** For CONNECT, TLS and the request, from the SDK's side, ms. */
  readonly requestMs: number;
  /** For reaching WeCom: proxy, TCP and TLS, ms. */
  readonly connectMs: number;
  /** For one call, from its request to the last byte of its answer, ms. */
  readonly callMs: number;
  /** A longer answer is not read to its end. A page of 1000 big messages is several MB. */
  readonly answerBytes: number;
  /** Connections that have not shown a credential; the oldest makes room for the next. */
  readonly waitingConnections: number;
  /** Connections served at once. */
  readonly connections: number;
}

export const DEFAULT_LIMITS: RelayLimits = {
  requestMs: 10_000,
  connectMs: 10_000,
  callMs: 60_000,
  answerBytes: 64 * 1024 * 1024,
  waitingConnections: 64,
  connections: 128,
};
