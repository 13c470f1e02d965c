// One HTTP exchange over kept-alive connections. node:http and not fetch: fetch costs several times as much CPU, and ingest's CPU belongs to RSA.
// No redirect is followed: the address carries a secret.
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { RouteError } from '../relay/route.ts';
import { badAnswer, type SourceFault, unreachable } from './classify-errcode.ts';
import { faultOfRelay } from './classify-sdk-code.ts';

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** Path and query. It may carry a secret: never log it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whole exchange, ms. */
  readonly timeoutMs: number;
  /** A longer answer is refused. */
  readonly maxBodyBytes: number;
}

export type HttpAnswer =
  | { readonly ok: true; readonly headers: IncomingHttpHeaders; readonly body: Buffer }
  | { readonly ok: false; readonly fault: SourceFault };

export class HttpExchange {
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #request: typeof httpRequest;
  readonly #closing = new AbortController();

  /** `agent`: one that connects in its own way; then `base` is http, whatever is spoken. */
  constructor(base: URL, agent?: HttpAgent) {
    const secure = base.protocol === 'https:';
    this.#base = base;
    this.#agent = agent ?? new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 32 });
    this.#request = secure ? httpsRequest : httpRequest;
  }

  /** Status 200 with a whole body, or a fault. Never rejects. */
  async exchange(call: HttpCall): Promise<HttpAnswer> {
    const signal = AbortSignal.any([AbortSignal.timeout(call.timeoutMs), this.#closing.signal]);
    return await new Promise((resolve) => {
      const fail = (fault: SourceFault): void => resolve({ ok: false, fault });
      const lost = (error: NodeJS.ErrnoException): void =>
        fail(error instanceof RouteError ? faultOfRelay(error.fault) : unreachable(describe(error, signal)));
      const outgoing = this.#request(this.#base, {
        agent: this.#agent,
        method: call.method,
        path: call.path,
        signal,
        headers: {
          ...call.headers,
          ...(call.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(call.body) }),
        },
      });
      outgoing.on('error', lost);
      outgoing.on('response', (incoming) => {
        if (incoming.statusCode !== 200) {
          incoming.resume();
          return fail(badAnswer(`HTTP status ${incoming.statusCode}`));
        }
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on('error', lost);
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes <= call.maxBodyBytes) return;
          fail(badAnswer(`the answer is longer than ${call.maxBodyBytes} bytes`));
          incoming.destroy();
        });
        incoming.on('end', () => {
          if (incoming.complete)
            resolve({ ok: true, headers: incoming.headers, body: Buffer.concat(chunks, bytes) });
          else fail(unreachable('the answer was cut'));
        });
      });
      outgoing.end(call.body);
    });
  }

  close(): void {
    this.#closing.abort();
    this.#agent.destroy();
  }
}

/** Error codes only: messages of network errors may repeat the address. */
function describe(error: NodeJS.ErrnoException, signal: AbortSignal): string {
  if (signal.aborted)
    return signal.reason?.name === 'TimeoutError' ? 'no answer in time' : 'the connection was closed by us';
  return `the connection failed (${error.code ?? error.name})`;
}
