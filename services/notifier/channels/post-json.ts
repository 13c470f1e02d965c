// One POST of JSON, and what its answer means for a notice. Bodies of answers are read only where a protocol needs them, and never logged.
import type { SendOutcome } from './channel.ts';

export interface JsonPost {
  readonly fetch: typeof fetch;
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

/** Longest wait for an answer, ms. */
export const ANSWER_TIMEOUT_MS = 10_000;

/** An answer of 2xx with its body, or what became of the notice instead. */
export type PostOutcome = { readonly kind: 'Answered'; readonly text: string } | SendOutcome;

/** Never throws for the receiver's failures: no answer is `Later`. Redirects are not followed: a signed notice goes where it was configured to go. */
export async function postJson(post: JsonPost): Promise<PostOutcome> {
  try {
    const response = await post.fetch(post.url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...post.headers },
      body: post.body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.ok) return { kind: 'Answered', text };
    return judgeStatus(response.status, response.headers.get('Retry-After'), post.nowMs);
  } catch (error) {
    return { kind: 'Later', detail: `no answer: ${nameOf(error)}` };
  }
}

/** Statuses that say "not now" (RFC 9110, RFC 6585); every other 4xx and any redirect needs a person. */
const LATER_STATUSES = new Set([408, 425, 429]);

/** What a status other than 2xx means. `retryAfter` is the header's value, seconds or an HTTP date. */
export function judgeStatus(status: number, retryAfter: string | null, nowMs: number): SendOutcome {
  const detail = `HTTP ${status}`;
  if (status < 500 && !LATER_STATUSES.has(status)) return { kind: 'Refused', detail };
  const retryAfterMs = readRetryAfter(retryAfter, nowMs);
  return retryAfterMs === undefined ? { kind: 'Later', detail } : { kind: 'Later', detail, retryAfterMs };
}

function readRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isFinite(waitMs) && waitMs > 0 ? waitMs : undefined;
}

/** Name or code of a network error; its message may name the URL. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const cause = error.cause;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error.name;
}
