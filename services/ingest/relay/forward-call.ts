// One call onward to WeCom, over connections that were verified and are kept for the next call (the SDK opens one for each). Only what WeCom needs
// is passed on: path with query, body, Content-Type and Range.
import { Agent, type ClientRequest, type ClientRequestArgs, type IncomingMessage, request } from 'node:http';
import { Duplex } from 'node:stream';
import type { WeComAnswer } from './judge-answer.ts';
import { reachWeCom } from './reach-wecom.ts';
import type { RelayLimits } from './relay-limits.ts';
import type { RelayFault } from './relayed-answer.ts';
import { type Route, RouteError } from './route.ts';

export interface ForwardedCall {
  readonly method: 'GET' | 'POST';
  /** Carries the secret or the token. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Gives up: out of time, or the SDK has gone. */
  readonly signal: AbortSignal;
}

export type Forwarded =
  | { readonly ok: true; readonly answer: WeComAnswer }
  | { readonly ok: false; readonly fault: RelayFault; readonly sent: boolean; readonly answerBytes: number };

export class ForwardCalls {
  readonly #agent: WeComAgent;
  readonly #limits: RelayLimits;
  readonly #host: string;

  constructor(route: Route, limits: RelayLimits) {
    this.#agent = new WeComAgent(route, limits.connections);
    this.#limits = limits;
    this.#host = route.serverName;
  }

  /** Never rejects. A kept connection that WeCom had closed meanwhile is replaced by another: all three calls only read. */
  async forward(call: ForwardedCall): Promise<Forwarded> {
    for (;;) {
      const outcome = await this.#try(call);
      if (outcome !== 'StaleConnection') return outcome;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #try(call: ForwardedCall): Promise<Forwarded | 'StaleConnection'> {
    return new Promise((resolve) => {
      let sent = false;
      let answerBytes = 0;
      const fail = (fault: RelayFault): void => resolve({ ok: false, fault, sent, answerBytes });
      const { method, path, body, signal } = call;
      const headers = {
        ...call.headers,
        Host: this.#host,
        ...(method === 'GET' ? {} : { 'Content-Length': body.length }),
      };
      const outgoing = request({ agent: this.#agent, method, path, headers, signal });
      outgoing.once('socket', () => {
        sent = true;
      });
      outgoing.on('error', (error) =>
        isStale(outgoing, error) ? resolve('StaleConnection') : fail(faultOf(error, signal)),
      );
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          answerBytes += chunk.length;
          if (answerBytes <= this.#limits.answerBytes) return;
          fail({ reason: 'TooLong', detail: `longer than ${this.#limits.answerBytes} bytes` });
          incoming.destroy();
        });
        incoming.on('error', (error) => fail(cutOr(error, signal)));
        incoming.on('end', () => resolve({ ok: true, answer: answerOf(incoming, Buffer.concat(chunks)) }));
      });
      outgoing.end(body);
    });
  }
}

/** node:http on top of connections that are already TLS and already verified. */
class WeComAgent extends Agent {
  readonly #route: Route;
  #isClosed = false;

  constructor(route: Route, maxSockets: number) {
    super({ keepAlive: true, maxSockets, maxFreeSockets: 8, timeout: IDLE_MS });
    this.#route = route;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    reachWeCom(this.#route).then(
      (socket) => {
        if (this.#isClosed) socket.destroy();
        callback?.(null, socket);
      },
      (error: unknown) => callback?.(error as Error, NOTHING),
    );
  }

  override destroy(): void {
    this.#isClosed = true;
    super.destroy();
  }
}

/** A connection kept longer than this without use is closed. */
const IDLE_MS = 30_000;
/** The type wants a stream beside the error; nobody reads it. */
const NOTHING = new Duplex();

/** The peer closed a kept connection before any answer to this request. */
function isStale(outgoing: ClientRequest, error: NodeJS.ErrnoException): boolean {
  return outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function faultOf(error: NodeJS.ErrnoException, signal: AbortSignal): RelayFault {
  if (signal.aborted) return { reason: 'Timeout', detail: 'no answer in time, or the SDK went away' };
  if (error instanceof RouteError) return error.fault;
  // The parser's codes: the peer is WeCom, verified, but does not speak HTTP.
  if (error.code?.startsWith('HPE_') === true) return { reason: 'NotJson', detail: error.code };
  return { reason: 'Unreachable', detail: error.code ?? error.name };
}

function cutOr(error: NodeJS.ErrnoException, signal: AbortSignal): RelayFault {
  return signal.aborted ? faultOf(error, signal) : { reason: 'Cut', detail: error.code ?? error.name };
}

function answerOf(incoming: IncomingMessage, body: Buffer): WeComAnswer {
  const { headers } = incoming;
  return {
    status: incoming.statusCode ?? 0,
    contentRange: headers['content-range'],
    contentEncoding: headers['content-encoding'],
    body,
  };
}
