// One access token per application secret, fetched by one caller at a time, renewed early and after a refusal (WeCom developer page p/91039).
import type { Clock } from '@menshen/contracts/clock';
import type { HttpClient } from './http-json.ts';
import { readReply } from './read-reply.ts';
import type { SourceFailure } from './source.ts';

export type TokenOutcome =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly failure: SourceFailure };

export interface AccessTokens {
  /** A token believed to be valid. */
  get(): Promise<TokenOutcome>;
  /** Says that WeCom refused this token; the next `get` fetches another. */
  refused(token: string): void;
}

export interface AccessTokenOptions {
  readonly apiUrl: string;
  readonly corpId: string;
  /** Read at every fetch, so that a rotated Secret counts at once. */
  readonly readSecret: () => Promise<string>;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** A token is renewed this long before WeCom lets it expire. */
const EARLY_MS = 60_000;

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  let current: { token: string; untilMs: number } | undefined;
  let fetching: Promise<TokenOutcome> | undefined;

  const fetchToken = async (): Promise<TokenOutcome> => {
    const secret = (await options.readSecret()).trim();
    const url = `${options.apiUrl}/cgi-bin/gettoken?corpid=${encodeURIComponent(options.corpId)}&corpsecret=${encodeURIComponent(secret)}`;
    const reply = readReply(await options.http.ask({ method: 'GET', url }), 'gettoken');
    if (!reply.ok) return reply;
    const { access_token: token, expires_in: seconds } = reply.json;
    if (typeof token !== 'string' || token === '') {
      return {
        ok: false,
        failure: { kind: 'Retry', reason: 'WeComBusy', message: 'gettoken answered without an access_token' },
      };
    }
    const lifeMs = typeof seconds === 'number' ? seconds * 1000 : 0;
    current = {
      token,
      untilMs: options.clock.nowMs() + Math.max(1000, lifeMs - Math.min(EARLY_MS, lifeMs / 2)),
    };
    return { ok: true, token };
  };

  return {
    async get() {
      if (current !== undefined && options.clock.nowMs() < current.untilMs)
        return { ok: true, token: current.token };
      fetching ??= fetchToken().finally(() => {
        fetching = undefined;
      });
      return await fetching;
    },
    refused(token) {
      if (current?.token === token) current = undefined;
    },
  };
}
