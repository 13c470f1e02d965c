// Why a call to the API server did not do what was asked, as one closed list, read from the Status object it answers with.

/** `Transport`: no answer, or one that is not the API server's. Everything else is the API server's own word. */
export type ApiErrorKind =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'TooManyRequests'
  | 'Timeout'
  | 'Unavailable'
  | 'Transport';

/** `Status` of meta/v1, as far as it is read. */
export interface Status {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
  readonly metadata?: { readonly continue?: string };
}

export interface StatusCause {
  /** Such as FieldValueInvalid, FieldManagerConflict, ResourceVersionTooLarge. */
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  readonly causes: readonly StatusCause[];
  /** How long the server asks to be left alone; absent when it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: ApiErrorKind,
    message: string,
    more: { causes?: readonly StatusCause[]; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ApiError';
    this.kind = kind;
    this.causes = more.causes ?? [];
    this.retryAfterMs = more.retryAfterMs;
  }
}

/** True when `error` is an ApiError of one of the kinds. */
export function isApiError(error: unknown, ...kinds: readonly ApiErrorKind[]): error is ApiError {
  return error instanceof ApiError && (kinds.length === 0 || kinds.includes(error.kind));
}

/** The API server answers 504 to a version from its future, as after a restore of etcd: only a list from scratch helps. */
export function isFromTheFuture(error: unknown): boolean {
  return (
    isApiError(error) &&
    (error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge') ||
      error.message.includes('Too large resource version'))
  );
}

/** The error that a Status stands for. `what` names the call, `httpStatus` and `retryAfter` come from the answer's head. */
export function errorFromStatus(
  status: Status,
  { what, httpStatus, retryAfter }: { what: string; httpStatus?: number; retryAfter?: string | undefined },
): ApiError {
  const code = status.code ?? httpStatus ?? 500;
  const seconds = status.details?.retryAfterSeconds ?? readSeconds(retryAfter);
  return new ApiError(kindOf(code, status.reason), `${what}: ${status.message ?? `HTTP ${code}`}`, {
    causes: status.details?.causes ?? [],
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
  });
}

const BY_CODE: Readonly<Record<number, ApiErrorKind>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  408: 'Timeout',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  504: 'Timeout',
};

/** The reason says more than the code where one code has two meanings (409), or where a body comes inside a 200 stream. */
function kindOf(code: number, reason: string | undefined): ApiErrorKind {
  if (reason === 'AlreadyExists') return 'AlreadyExists';
  if (reason === 'Expired' || reason === 'Gone') return 'Gone';
  const known = BY_CODE[code];
  if (known !== undefined) return known;
  return code >= 500 ? 'Unavailable' : 'BadRequest';
}

/** Kubernetes sends whole seconds; a date, which HTTP also allows, is not understood and counts as absent. */
function readSeconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
