// WeCom's server interfaces for one app secret: token, errcode, one more try with a fresh token, three tries when WeCom is busy.
import type { Clock } from '@menshen/contracts/clock';
import { parseJsonKeepingIntegers } from '@menshen/contracts/decimal';
import { badAnswer, type SourceFault } from './classify-errcode.ts';
import type { HttpAnswer, HttpCall, HttpExchange } from './http-exchange.ts';
import { checkErrcode } from './read-page.ts';
import { type FetchedToken, TokenCache } from './token-cache.ts';

export interface ServerApiOptions {
  readonly http: HttpExchange;
  readonly corpId: string;
  /** Asked at every gettoken, so that a changed secret file takes effect without a restart. */
  readonly readSecret: () => Promise<string>;
  readonly clock: Clock;
  readonly holdRefusalMs: number;
  readonly pause: (ms: number) => Promise<void>;
}

export interface ApiCall {
  readonly method: 'GET' | 'POST';
  /** `/cgi-bin/user/get` */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export type ApiOutcome =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly fault: SourceFault };

/** `-1` may be tried three times (WeCom developer page p/90455). */
const BUSY_TRIES = 3;
const BUSY_PAUSE_MS = 200;
const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export class ServerApi {
  readonly #options: ServerApiOptions;
  readonly #tokens: TokenCache;

  constructor(options: ServerApiOptions) {
    this.#options = options;
    this.#tokens = new TokenCache({
      fetchToken: () => this.#fetchToken(),
      clock: options.clock,
      holdRefusalMs: options.holdRefusalMs,
    });
  }

  /** One call of a server interface. Never rejects for what WeCom or the network does. */
  async call(call: ApiCall): Promise<ApiOutcome> {
    return await this.withToken((token) => this.#once(call, token));
  }

  /**
   * Runs `send` with the current token, once more with a fresh one when WeCom says that it is dead, and up to three times when it is busy.
   * For interfaces whose answers are not read as JSON objects here (chat data, media).
   */
  async withToken<T extends { readonly ok: true }>(
    send: (token: string) => Promise<T | { readonly ok: false; readonly fault: SourceFault }>,
  ): Promise<T | { readonly ok: false; readonly fault: SourceFault }> {
    let refreshed = false;
    for (let tries = 1; ; tries++) {
      const token = await this.#tokens.get();
      if (!token.ok) return token;
      const outcome = await send(token.token);
      if (outcome.ok) return outcome;
      const { action, reason } = outcome.fault;
      // After FixConfig too: the token may be of the wrong secret (48002), and once that is put right nothing may remember the old one.
      if (action === 'RefreshToken' || action === 'FixConfig') this.#tokens.invalidate(token.token);
      const isStale: boolean = action === 'RefreshToken' && !refreshed;
      const isBusy = reason === 'WeComBusy' && tries < BUSY_TRIES;
      if (!isStale && !isBusy) return outcome;
      if (isBusy) await this.#options.pause(BUSY_PAUSE_MS * tries);
      refreshed ||= isStale;
    }
  }

  async #once(call: ApiCall, token: string): Promise<ApiOutcome> {
    const query = new URLSearchParams({ access_token: token, ...call.query });
    const answer = await this.#send({
      method: call.method,
      path: `${call.path}?${query}`,
      ...(call.body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(call.body) }),
    });
    return answer.ok ? readJson(answer.body) : answer;
  }

  async #fetchToken(): Promise<FetchedToken> {
    const secret = await this.#options.readSecret().catch((error: NodeJS.ErrnoException) => error);
    if (secret instanceof Error) return { ok: false, fault: secretFault(secret) };
    const query = new URLSearchParams({ corpid: this.#options.corpId, corpsecret: secret });
    const answer = await this.#send({ method: 'GET', path: `/cgi-bin/gettoken?${query}` });
    if (!answer.ok) return answer;
    const json = readJson(answer.body);
    if (!json.ok) return json;
    const { access_token, expires_in } = json.fields;
    if (typeof access_token !== 'string' || access_token === '' || typeof expires_in !== 'number')
      return { ok: false, fault: badAnswer('gettoken gave no token') };
    return { ok: true, token: access_token, expiresInSeconds: expires_in };
  }

  #send(call: Pick<HttpCall, 'method' | 'path' | 'headers' | 'body'>): Promise<HttpAnswer> {
    return this.#options.http.exchange({ ...call, timeoutMs: TIMEOUT_MS, maxBodyBytes: MAX_BODY_BYTES });
  }
}

/** The file with the secret cannot be read. */
export function secretFault(error: NodeJS.ErrnoException): SourceFault {
  const detail = `the file with the secret cannot be read (${error.code ?? error.name}): mount the Secret that the tenant names`;
  return { action: 'FixConfig', reason: 'RejectedByWeCom', errcode: undefined, detail };
}

/** WeCom's JSON answer, checked for its errcode; 64-bit ids stay exact. */
export function readJson(body: Buffer): ApiOutcome {
  try {
    return checkErrcode(parseJsonKeepingIntegers(body.toString('utf8')));
  } catch {
    return { ok: false, fault: badAnswer(`the answer (${body.length} bytes) is not JSON`) };
  }
}
