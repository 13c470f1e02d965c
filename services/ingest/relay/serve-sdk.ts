// The SDK's side of the relay: TLS as qyapi.weixin.qq.com, HTTP/1.0 or 1.1, three calls. Whatever happens onward, the SDK gets a whole JSON answer:
// one of WeCom's, or a harmless one of ours, because it does not survive others.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '@menshen/contracts/clock';
import type { ServeConnection } from './accept-connect.ts';
import type { ForwardCalls, Forwarded } from './forward-call.ts';
import { judgeAnswer } from './judge-answer.ts';
import type { OwnCertificate } from './make-certificate.ts';
import type { RelayLimits } from './open-relay.ts';
import type { RelayMetrics } from './relay-metrics.ts';
import type { AnsweredRange, RelayedAnswer, SdkCall } from './relayed-answer.ts';

export interface SdkServerOptions {
  readonly clock: Clock;
  readonly limits: RelayLimits;
  readonly certificate: OwnCertificate;
  readonly calls: Pick<ForwardCalls, 'forward'>;
  readonly metrics: Pick<RelayMetrics, 'refused'>;
  readonly report: (answer: RelayedAnswer) => void;
}

const CALLS: Readonly<Record<string, readonly ['GET' | 'POST', SdkCall]>> = {
  '/cgi-bin/gettoken': ['GET', 'gettoken'],
  '/cgi-bin/message/getchatdata': ['POST', 'getchatdata'],
  '/cgi-bin/message/getchatmediadata': ['POST', 'getchatmediadata'],
};
/** The SDK's own bodies are some hundred bytes; an sdkfileid makes them a little longer. */
const REQUEST_BYTES = 65_536;

export function createSdkServer(options: SdkServerOptions): { readonly serve: ServeConnection } {
  const { certificatePem: cert, keyPem: key } = options.certificate;
  const secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  const callers = new WeakMap<object, string>();
  const server = createServer({ maxHeaderSize: 16_384, keepAlive: false }, (request, response) => {
    void serveCall(options, callers.get(request.socket) ?? '', { request, response });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  return {
    serve(socket, caller) {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      const secure = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
      secure.on('error', () => socket.destroy());
      callers.set(secure, caller);
      closeUnlessAsked(secure, socket, options);
      server.emit('connection', secure);
    },
  };
}

/** A connection that brings no whole request in time is closed. */
function closeUnlessAsked(secure: TLSSocket, socket: Socket, options: SdkServerOptions): void {
  const timer = setTimeout(() => {
    options.metrics.refused('slow');
    socket.destroy();
  }, options.limits.requestMs);
  const settle = (): void => clearTimeout(timer);
  secure.once(ASKED, settle);
  socket.once('close', settle);
}

/** Event on the connection: the whole request is here. */
const ASKED = 'menshenAsked';

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function serveCall(
  options: SdkServerOptions,
  caller: string,
  { request, response }: Exchange,
): Promise<void> {
  const path = request.url ?? '';
  const known = CALLS[path.split('?', 1)[0] ?? ''];
  const body = await readBody(request);
  if (body === 'gone') return;
  request.socket.emit(ASKED);
  // Anything outside visible ASCII would be refused by node:http on the way out.
  if (body === 'long' || known === undefined || known[0] !== request.method || !/^[\x21-\x7e]+$/.test(path)) {
    options.metrics.refused('request');
    return answer(response, 403, failure(-1, 'not a call of the Finance SDK'));
  }
  const [method, call] = known;
  const startedMs = options.clock.nowMs();
  const told = { kind: 'Answer' as const, caller, call, requestBytes: body.length };
  if (call !== 'gettoken' && lacksToken(path)) {
    options.report({ ...told, ...UNSENT, tookMs: 0 });
    return answer(response, 200, failure(41001, 'access_token missing'));
  }
  const forwarded = await forward(options, { method, path, body }, { request, response });
  const judged = judge(call, forwarded, request);
  options.report({ ...told, ...judged.told, tookMs: options.clock.nowMs() - startedMs });
  if (judged.told.fault !== undefined)
    return answer(response, 200, failure(-1, `relay: ${judged.told.fault.reason}`));
  answer(response, 200, judged.body, judged.told.range);
}

const UNSENT = {
  sent: false,
  status: undefined,
  errcode: undefined,
  range: undefined,
  answerBytes: 0,
  fault: { reason: 'NoToken', detail: 'gettoken had failed; see the answer before' },
} as const;

async function forward(
  { calls, limits }: SdkServerOptions,
  of: { readonly method: 'GET' | 'POST'; readonly path: string; readonly body: Buffer },
  { request, response }: Exchange,
): Promise<Forwarded> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  const { range, 'content-type': type } = request.headers;
  try {
    return await calls.forward({
      ...of,
      headers: {
        ...(type === undefined ? {} : { 'Content-Type': type }),
        ...(range === undefined ? {} : { Range: range }),
      },
      signal: AbortSignal.any([gone.signal, AbortSignal.timeout(limits.callMs)]),
    });
  } finally {
    response.off('close', leave);
  }
}

type Told = Pick<RelayedAnswer, 'sent' | 'status' | 'errcode' | 'range' | 'answerBytes' | 'fault'>;

function judge(
  call: SdkCall,
  forwarded: Forwarded,
  request: IncomingMessage,
): { readonly told: Told; readonly body: Buffer } {
  if (!forwarded.ok) {
    const { sent, answerBytes, fault } = forwarded;
    const told = { sent, answerBytes, fault, status: undefined, errcode: undefined, range: undefined };
    return { told, body: NO_BODY };
  }
  const { status, body } = forwarded.answer;
  const from = /^bytes=(\d{1,15})-/.exec(request.headers.range ?? '')?.[1];
  const verdict = judgeAnswer(call, forwarded.answer, from === undefined ? undefined : Number(from));
  return { told: { ...verdict, sent: true, status, answerBytes: body.length }, body };
}

const NO_BODY = Buffer.alloc(0);

function lacksToken(path: string): boolean {
  return (new URLSearchParams(path.split('?')[1] ?? '').get('access_token') ?? '') === '';
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'long' | 'gone'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > REQUEST_BYTES) return 'long';
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch {
    return 'gone';
  }
}

/** WeCom's form of a refusal, which the SDK survives for every call. */
const failure = (errcode: number, errmsg: string): Buffer => Buffer.from(JSON.stringify({ errcode, errmsg }));

/** The range header in the one spelling that the SDK recognises (measured): upper case, whatever a gateway made of it. */
function answer(response: ServerResponse, status: number, body: Buffer, range?: AnsweredRange): void {
  if (range !== undefined)
    response.setHeader('CONTENT-RANGE', `BYTES ${range.from}-${range.to}/${range.total}`);
  response.setHeader('Content-Type', 'application/json; charset=UTF-8');
  response.setHeader('Content-Length', body.length);
  response.setHeader('Connection', 'close');
  response.writeHead(status);
  response.end(body);
}
