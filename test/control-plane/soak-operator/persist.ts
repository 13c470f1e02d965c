// A client who does not give up: what fails because the API server is away, or just back and not quite there, is tried again.
import { ApiError, isApiError } from '@menshen/operator/kube/api-error';

const AGAIN_MS = 100;

/** Refusals (Invalid, NotFound, Forbidden …) are the caller's. A call that came through and whose answer got lost is made twice. */
export async function persist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

const FINAL = ['Invalid', 'BadRequest', 'NotFound', 'AlreadyExists', 'Forbidden'] as const;

function isPassing(error: unknown): boolean {
  return error instanceof ApiError && !isApiError(error, ...FINAL);
}
