// Access tokens of the simulated WeCom: the same token within its validity, another secret another token, early invalidation on demand.
import { randomBytes } from 'node:crypto';

export type Application = 'archive' | 'directory';

export interface AccessTokens {
  /** Answer of gettoken. */
  issue(
    corpid: string,
    secret: string,
    nowMs: number,
  ): { token: string; expiresIn: number } | { errcode: number; errmsg: string };
  /** The application of a valid token, or the errcode of a bad one. */
  check(token: string | null, nowMs: number): { application: Application } | TokenRefusal;
  /** Every token is dead from now on, without having told its owner. */
  invalidateAll(): void;
}

export interface TokenRefusal {
  readonly errcode: number;
  readonly errmsg: string;
  /** Its owner was told before, and had time to fetch another. */
  readonly isRepeated: boolean;
}

/** Calls under way when a token dies are refused as well; after this time, or so many of them, it is carelessness. */
const UNDER_WAY_MS = 5000;
const UNDER_WAY_CALLS = 20;

interface Life {
  readonly application: Application;
  readonly untilMs: number;
  dead: boolean;
  refusedFirstAtMs?: number;
  refusals: number;
}

export interface TokenOptions {
  readonly corpId: string;
  readonly secrets: Readonly<Record<Application, string>>;
  readonly lifeSeconds: number;
}

export function createAccessTokens(options: TokenOptions): AccessTokens {
  const issued = new Map<string, Life>();
  const current = new Map<Application, string>();
  return {
    issue(corpid, secret, nowMs) {
      if (corpid !== options.corpId) return { errcode: 40013, errmsg: 'invalid corpid' };
      const application = (['archive', 'directory'] as const).find((one) => options.secrets[one] === secret);
      if (application === undefined) return { errcode: 40001, errmsg: 'invalid credential' };
      const known = current.get(application);
      const life = known === undefined ? undefined : issued.get(known);
      if (known !== undefined && life !== undefined && !life.dead && life.untilMs > nowMs) {
        return { token: known, expiresIn: Math.ceil((life.untilMs - nowMs) / 1000) };
      }
      const token = randomBytes(48).toString('base64url');
      issued.set(token, {
        application,
        untilMs: nowMs + options.lifeSeconds * 1000,
        dead: false,
        refusals: 0,
      });
      current.set(application, token);
      return { token, expiresIn: options.lifeSeconds };
    },
    check(token, nowMs) {
      if (token === null || token === '')
        return { errcode: 41001, errmsg: 'access_token missing', isRepeated: false };
      const life = issued.get(token);
      if (life === undefined) return { errcode: 40014, errmsg: 'invalid access_token', isRepeated: false };
      if (life.dead)
        return { errcode: 40014, errmsg: 'invalid access_token', isRepeated: isRepeated(life, nowMs) };
      if (life.untilMs <= nowMs)
        return { errcode: 42001, errmsg: 'access_token expired', isRepeated: isRepeated(life, nowMs) };
      return { application: life.application };
    },
    invalidateAll() {
      for (const life of issued.values()) life.dead = true;
    },
  };
}

/** Counts one more refusal of a token that was valid once. */
function isRepeated(life: Life, nowMs: number): boolean {
  life.refusals++;
  life.refusedFirstAtMs ??= nowMs;
  return nowMs - life.refusedFirstAtMs > UNDER_WAY_MS || life.refusals > UNDER_WAY_CALLS;
}
