// From configuration to the one way out: read once at start, so that a mistake stops the start with a remedy and not the thousandth call.
import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls';
import type { OutgoingProxy } from './pass-proxy.ts';
import type { Address, Route } from './route.ts';

export interface RouteOptions {
  readonly upstream: Address;
  readonly serverName: string;
  readonly connectMs: number;
  readonly proxyUrl: string | undefined;
  readonly extraCaPem: string | undefined;
  readonly pins: readonly string[] | undefined;
}

/** Throws an `Error` for people. */
export function planRoute(options: RouteOptions): Route {
  const { upstream, serverName, connectMs, proxyUrl, extraCaPem, pins = [] } = options;
  const wrong = pins.find((pin) => !/^[A-Za-z0-9+/]{43}=$/.test(pin));
  if (wrong !== undefined)
    throw new Error(`the pin ${wrong} is not the base64 of a SHA-256 (44 characters that end with =)`);
  return {
    upstream,
    serverName,
    connectMs,
    proxy: proxyUrl === undefined ? undefined : readProxy(proxyUrl),
    pins: new Set(pins),
    // Made once: it may hold every authority. Nothing below TLS 1.2 is spoken.
    trust: createSecureContext({ ...authorities(extraCaPem), minVersion: 'TLSv1.2' }),
  };
}

/**
 * Ours beside Node's: Mozilla's, and the system's or NODE_EXTRA_CA_CERTS when Node was told to use them. Without ours nothing is named, because then
 * Node shares one store of them among all contexts.
 */
function authorities(extraPem: string | undefined): SecureContextOptions {
  if (extraPem === undefined) return {};
  const extra = extraPem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (extra.length === 0)
    throw new Error('the file of extra authorities holds no PEM certificate (BEGIN CERTIFICATE)');
  for (const pem of extra) checkReadable(pem);
  return { ca: [...getCACertificates('default'), ...extra] };
}

function checkReadable(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error('a certificate in the file of extra authorities cannot be read', { cause });
  }
}

const PROXIES: Readonly<Record<string, readonly [OutgoingProxy['kind'], defaultPort: number]>> = {
  'http:': ['Http', 80],
  'socks5:': ['Socks5', 1080],
  'socks5h:': ['Socks5', 1080],
};

/** No error repeats the address: it may hold a password. */
function readProxy(text: string): OutgoingProxy {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '')
    throw new Error('the proxy is not an address such as http://proxy.internal:3128');
  const [kind, defaultPort] = PROXIES[url.protocol] ?? [];
  if (kind === undefined || defaultPort === undefined)
    throw new Error(
      `a proxy of scheme ${url.protocol}// is not supported: use http:// (with CONNECT) or socks5://`,
    );
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  return {
    kind,
    address: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? defaultPort : Number(url.port),
    },
    credential: user === '' && password === '' ? undefined : { user, password },
  };
}
