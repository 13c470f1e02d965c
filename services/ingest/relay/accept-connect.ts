// The loopback door: an HTTP proxy on 127.0.0.1 that knows one method, one host and one password. Whoever has not shown the password soon makes
// room for others, so that no process of this machine can keep the SDK out by holding connections.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RelayLimits } from './relay-limits.ts';
import type { RefusedWhy, RelayMetrics } from './relay-metrics.ts';

/** Takes over a connection that was let in; the CONNECT is still to be answered. */
export type ServeConnection = (socket: Socket, caller: string) => void;

export interface DoorOptions {
  /** `host:port`, the only one that may be asked for. */
  readonly target: string;
  readonly password: string;
  readonly limits: RelayLimits;
  readonly metrics: Pick<RelayMetrics, 'refused'>;
  readonly serve: ServeConnection;
}

export interface Door {
  readonly port: number;
  close(): Promise<void>;
}

export async function listenForConnects(options: DoorOptions): Promise<Door> {
  const { limits, metrics } = options;
  const open = new Set<Socket>();
  /** Those that have not shown a credential, oldest first. */
  const waiting = new Set<Socket>();
  const server = createServer((_request, response) => {
    metrics.refused('request');
    response.writeHead(403, { Connection: 'close', 'Content-Length': 0 }).end();
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    waiting.add(socket);
    socket.on('error', () => socket.destroy());
    const untilCredential = setTimeout(() => {
      if (!waiting.has(socket)) return;
      metrics.refused('slow');
      socket.destroy();
    }, limits.requestMs);
    const untilEnd = setTimeout(() => socket.destroy(), limits.requestMs + limits.callMs);
    socket.once('close', () => {
      clearTimeout(untilCredential);
      clearTimeout(untilEnd);
      open.delete(socket);
      waiting.delete(socket);
    });
    if (waiting.size > limits.waitingConnections) dropOldest(waiting, metrics);
  });
  server.on('connect', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    if (!(duplex instanceof Socket)) return void duplex.destroy();
    const judged = judgeConnect(options, request);
    if (!judged.ok) return refuse(duplex, judged, metrics);
    waiting.delete(duplex);
    if (open.size - waiting.size > limits.connections)
      return refuse(duplex, { status: '503 Service Unavailable', why: 'crowded' }, metrics);
    if (head.length > 0) duplex.unshift(head);
    options.serve(duplex, judged.caller);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** The oldest connection without a credential goes. */
function dropOldest(waiting: Set<Socket>, metrics: Pick<RelayMetrics, 'refused'>): void {
  const [oldest] = waiting;
  if (oldest === undefined) return;
  metrics.refused('crowded');
  waiting.delete(oldest);
  oldest.destroy();
}

type Judged =
  | { readonly ok: true; readonly caller: string }
  | { readonly ok: false; readonly status: string; readonly why: RefusedWhy };

/** The credential first: who has none learns nothing about which hosts are allowed. */
export function judgeConnect(
  door: Pick<DoorOptions, 'target' | 'password'>,
  request: Pick<IncomingMessage, 'url' | 'headers'>,
): Judged {
  const [scheme, encoded = ''] = (request.headers['proxy-authorization'] ?? '').split(' ');
  const [caller = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  if (
    scheme?.toLowerCase() !== 'basic' ||
    !isSame(rest.join(':'), door.password) ||
    !/^[\w.-]{1,64}$/.test(caller)
  )
    return { ok: false, status: '407 Proxy Authentication Required', why: 'credential' };
  if (request.url?.toLowerCase() !== door.target) return { ok: false, status: '403 Forbidden', why: 'host' };
  return { ok: true, caller };
}

/** Takes the same time wherever they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function refuse(
  socket: Socket,
  refusal: { readonly status: string; readonly why: RefusedWhy },
  metrics: Pick<RelayMetrics, 'refused'>,
): void {
  metrics.refused(refusal.why);
  const challenge = refusal.status.startsWith('407') ? 'Proxy-Authenticate: Basic realm="relay"\r\n' : '';
  socket.end(`HTTP/1.1 ${refusal.status}\r\n${challenge}Connection: close\r\nContent-Length: 0\r\n\r\n`);
}
