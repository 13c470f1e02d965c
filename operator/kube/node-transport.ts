// Requests over node's own HTTPS, with connections kept open. HTTP/1.1: a watch has a connection of its own, so that a dead one
// takes nothing else with it.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { ClusterConfig } from './cluster-config.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

export interface NodeTransport {
  readonly transport: Transport;
  /** Closes all connections, also those in use. */
  close(): void;
}

/** TCP asks after a quiet peer this often: the second net under the reflector's own. */
const KEEP_ALIVE_MS = 30_000;

export function nodeTransport(config: ClusterConfig): NodeTransport {
  const url = new URL(config.server);
  const isPlain = url.protocol === 'http:';
  const agent = isPlain ? new HttpAgent(CONNECTIONS) : new Agent({ ...CONNECTIONS, ...tlsOf(config) });
  const open = isPlain ? httpRequest : httpsRequest;
  const base = url.pathname.replace(/\/$/, '');

  const transport: Transport = async (request) => {
    request.signal.throwIfAborted();
    const headers = await headersOf(request, config);
    return await new Promise<HttpResponse>((resolve, reject) => {
      const outgoing = open(
        {
          agent,
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port === '' ? (isPlain ? 80 : 443) : url.port,
          path: base + request.path,
          method: request.method,
          headers,
          signal: request.signal,
        },
        (incoming) => resolve(toResponse(incoming)),
      );
      outgoing.on('error', reject);
      outgoing.end(request.body);
    });
  };
  return { transport, close: () => agent.destroy() };
}

const CONNECTIONS = {
  keepAlive: true,
  keepAliveMsecs: KEEP_ALIVE_MS,
  timeout: 0,
  maxFreeSockets: 8,
} as const;

function tlsOf(config: ClusterConfig): Record<string, unknown> {
  const { ca, clientCertificate, clientKey, tlsServerName, isVerified } = config;
  const given = { ca, cert: clientCertificate, key: clientKey, servername: tlsServerName };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    rejectUnauthorized: isVerified,
  };
}

async function headersOf(request: HttpRequest, config: ClusterConfig): Promise<Record<string, string>> {
  const token = await config.token?.();
  return {
    ...request.headers,
    ...(request.body === undefined ? {} : { 'content-length': String(Buffer.byteLength(request.body)) }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

function toResponse(incoming: IncomingMessage): HttpResponse {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
  // Leaving the loop early destroys the message and with it the connection: a half-read one cannot be used again.
  return { status: incoming.statusCode ?? 0, headers, body: incoming };
}
