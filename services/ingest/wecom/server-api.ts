// The server APIs around the archive: who is who, who has a permit, who agreed (WeCom developer pages p/91614, p/91782, p/92951 and the
// contact APIs). Answers are outside data: every field is checked where it is read.
import type { Clock } from '@menshen/contracts/clock';
import { type AccessTokens, createAccessTokens } from './access-token.ts';
import type { HttpClient } from './http-json.ts';
import { readReply } from './read-reply.ts';
import type { SourceFailure } from './source.ts';

export type Json = Readonly<Record<string, unknown>>;
export type ApiOutcome =
  | { readonly ok: true; readonly json: Json }
  | { readonly ok: false; readonly errcode: number | undefined; readonly failure: SourceFailure };

/** Which application's secret an API wants. */
export type Application = 'archive' | 'directory';

export interface ServerApi {
  get(application: Application, path: string, query: Readonly<Record<string, string>>): Promise<ApiOutcome>;
  post(application: Application, path: string, body: unknown): Promise<ApiOutcome>;
}

export interface ServerApiOptions {
  readonly apiUrl: string;
  readonly corpId: string;
  readonly readSecret: Readonly<Record<Application, (() => Promise<string>) | undefined>>;
  readonly http: HttpClient;
  readonly clock: Clock;
}

/** A dead token is renewed once within a call; every other failure is the caller's to judge. */
export function createServerApi(options: ServerApiOptions): ServerApi {
  const tokens = new Map<Application, AccessTokens>();
  for (const application of ['archive', 'directory'] as const) {
    const readSecret = options.readSecret[application];
    if (readSecret !== undefined) tokens.set(application, createAccessTokens({ ...options, readSecret }));
  }

  const call = async (
    application: Application,
    path: string,
    ask: (token: string) => { url: string; body?: string },
    again = true,
  ): Promise<ApiOutcome> => {
    const source = tokens.get(application);
    if (source === undefined)
      return {
        ok: false,
        errcode: undefined,
        failure: {
          kind: 'Stop',
          reason: 'SecretMissing',
          message: `${path} needs the secret of the ${application} application, which is not configured`,
        },
      };
    const token = await source.get();
    if (!token.ok) return { ok: false, errcode: undefined, failure: token.failure };
    const { url, body } = ask(token.token);
    const reply = readReply(
      await options.http.ask({
        method: body === undefined ? 'GET' : 'POST',
        url,
        ...(body === undefined ? {} : { body }),
      }),
      path,
    );
    if (reply.ok) return { ok: true, json: reply.json };
    if (reply.failure.kind !== 'Renew') return reply;
    source.refused(token.token);
    return again ? await call(application, path, ask, false) : reply;
  };

  const urlOf = (path: string, token: string): string =>
    `${options.apiUrl}/cgi-bin/${path}?access_token=${encodeURIComponent(token)}`;
  return {
    get: (application, path, query) =>
      call(application, path, (token) => ({
        url: `${urlOf(path, token)}${Object.entries(query)
          .map(([key, value]) => `&${key}=${encodeURIComponent(value)}`)
          .join('')}`,
      })),
    post: (application, path, body) =>
      call(application, path, (token) => ({ url: urlOf(path, token), body: JSON.stringify(body) })),
  };
}
