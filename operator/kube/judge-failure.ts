// What a failed pass means for its key: try again soon and quietly, try again with growing delays, or leave it until something changes.
import { isApiError } from './api-error.ts';

/** Thrown by a reconcile that knows that trying again is of no use until somebody changes something. */
export class TerminalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerminalError';
  }
}

export type Verdict =
  /** Somebody else wrote meanwhile: no failure, the next pass reads again. */
  | { readonly retry: 'Quietly' }
  /** `atLeastMs`: what the server asked for. */
  | { readonly retry: 'WithBackoff'; readonly atLeastMs: number }
  | { readonly retry: 'Never' };

/**
 * Forbidden is tried again: a role that is missing today is usually on its way. Invalid and BadRequest are not: the same words get the
 * same answer, and a hot loop helps nobody. Everything unknown is tried again.
 */
export function judgeFailure(error: unknown): Verdict {
  if (error instanceof TerminalError || isApiError(error, 'Invalid', 'BadRequest')) return { retry: 'Never' };
  if (isApiError(error, 'Conflict', 'AlreadyExists')) return { retry: 'Quietly' };
  return { retry: 'WithBackoff', atLeastMs: isApiError(error) ? (error.retryAfterMs ?? 0) : 0 };
}
