// What the relay tells about each call that the Finance SDK made through it: never content, never a token, a secret or an sdkfileid.
// The SDK itself hides most of this: it turns nearly every errcode of a media call into 10002 (wire facts: README.md beside this file).

/** The three calls the Finance SDK makes, by the last word of their path (measured on builds of 2020, 2024-06 and v3.0). */
export type SdkCall = 'gettoken' | 'getchatdata' | 'getchatmediadata';

/** Why no usable answer of WeCom came. Fixed words: they are metric labels too. */
export type RelayFaultReason =
  | 'Unreachable' // name lookup, connect, reset, or the proxy did not answer
  | 'ProxyRefused' // the outgoing proxy said no: its own credentials, or its rules
  | 'NotVerified' // somebody answered who is not WeCom: nothing was sent to them
  | 'Timeout'
  | 'Cut' // the answer ended before its declared end
  | 'TooLong'
  | 'BadStatus' // an HTTP status other than 200
  | 'NotJson' // a captive portal, a gateway's page, an empty body, JSON of another shape
  | 'BadRange' // a piece of a file whose Content-Range does not fit what was asked and what came
  | 'NoToken'; // the SDK called without a token because its gettoken failed: answered here with 41001, never sent on

/** Why a peer is not WeCom. */
export type UnverifiedCause =
  | 'Issuer' // self-signed, or by nobody we trust
  | 'Name'
  | 'Expired'
  | 'Pin'
  | 'Protocol'; // not TLS at all, or an old version of it

export interface RelayFault {
  readonly reason: RelayFaultReason;
  /** Only with `NotVerified`. */
  readonly cause?: UnverifiedCause;
  /** For people: an error code or an HTTP status, never an address with a query and never a body. */
  readonly detail: string;
}

/** One call that was passed on or refused. Told before its answer goes to the SDK, so it is known when the SDK's function returns. */
export interface RelayedAnswer {
  readonly kind: 'Answer';
  /** Who called: the user part of the proxy credential (`Relay.credentialFor`). */
  readonly caller: string;
  readonly call: SdkCall;
  /** True when the request left for WeCom, which counts it against the quota whatever came back. */
  readonly sent: boolean;
  /** HTTP status; `undefined` when no answer came. */
  readonly status: number | undefined;
  /** WeCom's errcode; `undefined` when no answer of WeCom's came. 0 also when the answer leaves it out. */
  readonly errcode: number | undefined;
  /** Of a piece of a file: first and last byte of its ciphertext, and bytes of the whole. */
  readonly range: AnsweredRange | undefined;
  readonly requestBytes: number;
  /** Bytes of WeCom's body. */
  readonly answerBytes: number;
  /** Of what the SDK was given and must give back, hex: the body of getchatdata, the ciphertext in a body of getchatmediadata. */
  readonly givenSha256: string | undefined;
  readonly tookMs: number;
  /** Set when the SDK was given a harmless answer of ours (errcode -1, or 41001) in place of what came, or of nothing. */
  readonly fault: RelayFault | undefined;
}

export interface AnsweredRange {
  readonly from: number;
  readonly to: number;
  readonly total: number;
}

/** One connection in pass-through mode: the relay sees bytes go by and nothing else. Told when it has ended. */
export interface RelayedTunnel {
  readonly kind: 'Tunnel';
  readonly caller: string;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly tookMs: number;
  /** Set when no connection came about. */
  readonly fault: RelayFault | undefined;
}

export type RelayReport = RelayedAnswer | RelayedTunnel;
