// One connection to WeCom, handed out only after whoever answered has proved to be WeCom. This is what the Finance SDK leaves out (it sets
// "do not verify"), and the reason for the relay: nothing is written before the proof.
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { passProxy } from './pass-proxy.ts';
import type { RelayFault, UnverifiedCause } from './relayed-answer.ts';
import { type Route, RouteError } from './route.ts';

/** A verified TLS connection. Rejects with `RouteError`. */
export async function reachWeCom(route: Route): Promise<TLSSocket> {
  const signal = AbortSignal.timeout(route.connectMs);
  const socket = await reachTcp(route, signal);
  const secure = connectTls({
    socket,
    servername: route.serverName,
    secureContext: route.trust,
    rejectUnauthorized: true,
    ALPNProtocols: ['http/1.1'],
  });
  secure.on('error', HEARD);
  try {
    await once(secure, 'secureConnect', { signal });
  } catch (error) {
    secure.destroy();
    throw new RouteError(tlsFault(error));
  }
  if (route.pins.size > 0 && !isPinned(secure.getPeerCertificate(true), route.pins)) {
    secure.destroy();
    throw new RouteError({ reason: 'NotVerified', cause: 'Pin', detail: 'no pinned key in its chain' });
  }
  return secure;
}

/** A bare connection to WeCom's address, by the proxy when there is one. Rejects with `RouteError`. */
export async function reachTcp(route: Route, signal = AbortSignal.timeout(route.connectMs)): Promise<Socket> {
  const { proxy, upstream: target } = route;
  const socket = connectTcp({ ...(proxy?.address ?? target), noDelay: true });
  socket.on('error', HEARD);
  try {
    await once(socket, 'connect', { signal });
    if (proxy !== undefined) await passProxy(socket, { proxy, target, signal });
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof RouteError) throw error;
    throw new RouteError({ reason: 'Unreachable', detail: codeOf(error) });
  }
}

/** Whoever waits hears of an error by `once`; this keeps one that comes while nobody waits from ending the process. */
const HEARD = (): void => undefined;

/**
 * True when a pinned key is the certificate's own or one that, signature by signature, vouches for it, up to the authority in our store.
 * Certificates merely sent along do not count.
 */
function isPinned(leaf: DetailedPeerCertificate, pins: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  for (let peer = leaf; ; ) {
    const certificate = new X509Certificate(peer.raw);
    if (pins.has(pinOf(certificate))) return true;
    seen.add(peer.fingerprint256);
    const above: DetailedPeerCertificate | undefined = peer.issuerCertificate;
    if (above === undefined || seen.has(above.fingerprint256)) return false;
    if (!certificate.verify(new X509Certificate(above.raw).publicKey)) return false;
    peer = above;
  }
}

/** Base64 SHA-256 of the public key: what `pins` lists. */
export function pinOf(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64');
}

function tlsFault(error: unknown): RelayFault {
  const detail = codeOf(error);
  const cause = unverifiedCause(detail);
  return cause === undefined ? { reason: 'Unreachable', detail } : { reason: 'NotVerified', cause, detail };
}

/** Codes as Node and OpenSSL's verification name them: those of the system are one word that begins with E. */
function unverifiedCause(code: string): UnverifiedCause | undefined {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'Name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'Expired';
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') return 'Protocol';
  return code === OUT_OF_TIME || /^E[A-Z]+$/.test(code) ? undefined : 'Issuer';
}

const OUT_OF_TIME = 'no connection in time';

/** The code alone: messages of network errors repeat addresses. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'EUNKNOWN';
  if (error.name === 'AbortError') return OUT_OF_TIME;
  return 'code' in error && typeof error.code === 'string' ? error.code : 'EUNKNOWN';
}
