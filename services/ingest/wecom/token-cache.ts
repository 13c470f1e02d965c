// One access token per app secret, fetched once however many ask (WeCom developer page p/91039: at most 512 bytes, normally 7200 s,
// may die early, gettoken is not to be called often).
import type { Clock } from '@menshen/contracts/clock';
import type { SourceFault } from './classify-errcode.ts';

export type TokenOutcome =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly fault: SourceFault };

export type FetchedToken =
  | { readonly ok: true; readonly token: string; readonly expiresInSeconds: number }
  | { readonly ok: false; readonly fault: SourceFault };

export interface TokenCacheOptions {
  readonly fetchToken: () => Promise<FetchedToken>;
  readonly clock: Clock;
  /** A refusal is repeated from memory for this long, ms: a wrong secret must not be tried in a tight loop. */
  readonly holdRefusalMs: number;
}

/** Fetched again this long before it ends, s. */
const MARGIN_SECONDS = 60;

export class TokenCache {
  readonly #options: TokenCacheOptions;
  #token: { readonly value: string; readonly untilMs: number } | undefined;
  #refusal: { readonly fault: SourceFault; readonly untilMs: number } | undefined;
  #fetching: Promise<TokenOutcome> | undefined;

  constructor(options: TokenCacheOptions) {
    this.#options = options;
  }

  async get(): Promise<TokenOutcome> {
    const now = this.#options.clock.nowMs();
    if (this.#token !== undefined && now < this.#token.untilMs) return { ok: true, token: this.#token.value };
    if (this.#refusal !== undefined && now < this.#refusal.untilMs)
      return { ok: false, fault: this.#refusal.fault };
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return await this.#fetching;
  }

  /** WeCom said that this token is dead. Naming it keeps a late complaint from killing its successor. */
  invalidate(token: string): void {
    if (this.#token?.value === token) this.#token = undefined;
  }

  async #fetch(): Promise<TokenOutcome> {
    const fetched = await this.#options.fetchToken();
    const now = this.#options.clock.nowMs();
    if (!fetched.ok) {
      if (fetched.fault.action !== 'Retry')
        this.#refusal = { fault: fetched.fault, untilMs: now + this.#options.holdRefusalMs };
      return fetched;
    }
    const seconds = Math.max(
      1,
      fetched.expiresInSeconds - Math.min(MARGIN_SECONDS, fetched.expiresInSeconds / 2),
    );
    this.#token = { value: fetched.token, untilMs: now + seconds * 1000 };
    this.#refusal = undefined;
    return { ok: true, token: fetched.token };
  }
}
