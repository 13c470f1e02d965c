// The SDK's side of TLS: a connection that was let in is answered as qyapi.weixin.qq.com and its one request parsed by node:http (1.0 or 1.1).
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { ServeConnection } from './accept-connect.ts';
import type { OwnCertificate } from './make-certificate.ts';
import type { RelayLimits } from './relay-limits.ts';
import type { RelayMetrics } from './relay-metrics.ts';

/** One request, with its whole body, and where its answer goes. */
export interface SdkExchange {
  readonly caller: string;
  readonly request: IncomingMessage;
  readonly body: Buffer;
  readonly response: ServerResponse;
}

export interface EndTlsOptions {
  readonly certificate: OwnCertificate;
  readonly limits: Pick<RelayLimits, 'requestMs'>;
  readonly metrics: Pick<RelayMetrics, 'refused'>;
  readonly answerCall: (exchange: SdkExchange) => Promise<void>;
}

/** The SDK's own bodies are some hundred bytes; an sdkfileid makes them a little longer. */
const REQUEST_BYTES = 65_536;

export function endTls(options: EndTlsOptions): ServeConnection {
  const { certificatePem: cert, keyPem: key } = options.certificate;
  const secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' });
  const connections = new WeakMap<object, Connection>();
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) return;
    takeRequest(options, connection, { request, response }).catch(() => {
      options.metrics.refused('error');
      socket.destroy();
    });
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  return (socket, caller) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    // No ALPN: libcurl with HTTP/1.0 offers `http/1.0` there, and a server that knows only `http/1.1` must hang up (measured with curl 7.88).
    const secure = new TLSSocket(socket, { isServer: true, secureContext });
    const asked = limitWait(options, socket);
    secure.on('error', () => socket.destroy());
    connections.set(secure, { caller, asked });
    server.emit('connection', secure);
  };
}

interface Connection {
  readonly caller: string;
  /** The whole request is here. */
  readonly asked: () => void;
}

/**
 * A connection that brings no whole request in time is closed. One that closes by itself before it has asked is an SDK that does not take our
 * certificate (its function returns 10011), or one that was killed.
 */
function limitWait({ limits, metrics }: EndTlsOptions, socket: Socket): () => void {
  let isSettled = false;
  const settle = (why?: 'slow' | 'handshake'): void => {
    if (isSettled) return;
    isSettled = true;
    clearTimeout(timer);
    if (why !== undefined) metrics.refused(why);
  };
  const timer = setTimeout(() => {
    settle('slow');
    socket.destroy();
  }, limits.requestMs);
  socket.once('close', () => settle('handshake'));
  return () => settle();
}

async function takeRequest(
  { metrics, answerCall }: EndTlsOptions,
  { caller, asked }: Connection,
  { request, response }: Pick<SdkExchange, 'request' | 'response'>,
): Promise<void> {
  const { socket } = request;
  const body = await readBody(request);
  if (body === 'gone') return;
  asked();
  if (body === 'long') {
    metrics.refused('request');
    socket.destroy();
    return;
  }
  await answerCall({ caller, request, body, response });
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
