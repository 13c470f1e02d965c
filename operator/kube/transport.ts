// How a request reaches the API server. The runtime knows only this; real HTTPS is in node-transport.ts, tests bring their own server.

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request, or the reading of its answer, with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Must be read to its end or left early by `return`, which closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Resolves with the head of any answer; rejects when there is none. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;
