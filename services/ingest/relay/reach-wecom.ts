// One connection to WeCom, handed out only after whoever answered has proved to be WeCom. This is what the Finance SDK leaves out (it sets
// "do not verify"), and the reason for the relay: nothing is written before the proof.
import { createHash, type X509Certificate } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import type { RelayFault, UnverifiedCause } from './relayed-answer.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Route {
  readonly upstream: Address;
  /** The name that the certificate must carry, whatever address was dialled. */
  readonly serverName: string;
  readonly proxy: { readonly address: Address; readonly authorization: string | undefined } | undefined;
  readonly trust: SecureContext;
  /** Base64 SHA-256 of public keys; empty = no pin. */
  readonly pins: ReadonlySet<string>;
  /** For each of: TCP, the proxy's answer, TLS. */
  readonly connectMs: number;
}

/** A fault on the way out; it travels through node:http as the error of a connection. */
export class RouteError extends Error {
  readonly fault: RelayFault;

  constructor(fault: RelayFault) {
    super(fault.detail);
    this.fault = fault;
  }
}

/** A verified TLS connection. Rejects with `RouteError`. */
export async function reachWeCom(route: Route): Promise<TLSSocket> {
  const socket = await reachTcp(route);
  const secure = connectTls({
    socket,
    servername: route.serverName,
    secureContext: route.trust,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  });
  try {
    await happens(secure, 'secureConnect', route.connectMs);
  } catch (error) {
    secure.destroy();
    throw new RouteError(tlsFault(error));
  }
  if (route.pins.size > 0 && !isPinned(secure.getPeerX509Certificate(), route.pins)) {
    secure.destroy();
    throw new RouteError({ reason: 'NotVerified', cause: 'Pin', detail: 'no pinned key in its chain' });
  }
  return secure;
}

/** A bare connection to WeCom's address, by the proxy when there is one. Rejects with `RouteError`. */
export async function reachTcp(route: Route): Promise<Socket> {
  const { host, port } = route.proxy?.address ?? route.upstream;
  const socket = connectTcp({ host, port, noDelay: true });
  try {
    await happens(socket, 'connect', route.connectMs);
    if (route.proxy !== undefined) await askProxy(socket, route);
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof RouteError) throw error;
    throw new RouteError({ reason: 'Unreachable', detail: codeOf(error) });
  }
}

/** Longest head of a proxy's answer that is read. */
const PROXY_HEAD_BYTES = 16_384;

async function askProxy(socket: Socket, route: Route): Promise<void> {
  const { upstream, proxy } = route;
  const target = `${upstream.host}:${upstream.port}`;
  const authorization =
    proxy?.authorization === undefined ? '' : `Proxy-Authorization: ${proxy.authorization}\r\n`;
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${authorization}\r\n`);
  const head = await readHead(socket, route.connectMs);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status?.startsWith('2') !== true)
    throw new RouteError({
      reason: 'ProxyRefused',
      detail: status === undefined ? 'the proxy does not answer in HTTP' : `the proxy answers ${status}`,
    });
}

/** Everything up to the empty line; what comes after it is put back. */
async function readHead(socket: Socket, timeoutMs: number): Promise<string> {
  let seen = Buffer.alloc(0);
  for (;;) {
    const chunk: unknown = socket.read();
    if (!(chunk instanceof Buffer)) {
      await happens(socket, 'readable', timeoutMs);
      if (socket.readableEnded || socket.readableLength === 0) throw new Error('EOF');
      continue;
    }
    seen = Buffer.concat([seen, chunk]);
    const end = seen.indexOf('\r\n\r\n');
    if (end >= 0) {
      if (seen.length > end + 4) socket.unshift(seen.subarray(end + 4));
      return seen.toString('latin1', 0, end);
    }
    if (seen.length > PROXY_HEAD_BYTES) throw new Error('the head of its answer does not end');
  }
}

/** True when a pinned key is the certificate's own or one that, signature by signature, vouches for it. Certificates merely sent along do not count. */
function isPinned(leaf: X509Certificate | undefined, pins: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  for (let certificate = leaf; certificate !== undefined && !seen.has(certificate.fingerprint256); ) {
    if (pins.has(pinOf(certificate))) return true;
    seen.add(certificate.fingerprint256);
    const issuer: X509Certificate | undefined = certificate.issuerCertificate;
    certificate = issuer !== undefined && certificate.verify(issuer.publicKey) ? issuer : undefined;
  }
  return false;
}

/** Base64 SHA-256 of the public key: what `pins` lists. */
export function pinOf(certificate: X509Certificate): string {
  return createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

function tlsFault(error: unknown): RelayFault {
  const detail = codeOf(error);
  const cause = unverifiedCause(error, detail);
  return cause === undefined ? { reason: 'Unreachable', detail } : { reason: 'NotVerified', cause, detail };
}

/** Codes as OpenSSL's verification and Node name them. */
function unverifiedCause(error: unknown, code: string): UnverifiedCause | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'Expired';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'Protocol';
  const isNetwork =
    /^E[A-Z]+$/.test(code) || code === OUT_OF_TIME || !(error instanceof Error && 'code' in error);
  return isNetwork ? undefined : 'Issuer';
}

const OUT_OF_TIME = 'no answer in time';

/** The code alone: messages of network errors repeat addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'AbortError') return OUT_OF_TIME;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

async function happens(emitter: EventEmitter, event: string, timeoutMs: number): Promise<void> {
  await once(emitter, event, { signal: AbortSignal.timeout(timeoutMs) });
}
