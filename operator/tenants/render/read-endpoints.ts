// Where the addresses in a tenant's spec lead, as far as a NetworkPolicy can say it: a namespace of this cluster, an address, or some host
// outside, whose addresses nobody knows in advance.
import { isIP } from 'node:net';

export type Endpoint =
  /** A Service: a policy sees the pods behind it, whose port may be another than the Service's. */
  | { readonly kind: 'Namespace'; readonly namespace: string }
  | { readonly kind: 'Address'; readonly cidr: string; readonly port: number }
  | { readonly kind: 'Outside'; readonly port: number };

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'nats:': 4222,
  'tls:': 4222,
  'socks5:': 1080,
};

/** Reads a URL, or several that are separated by commas, as the CRD accepts them. `namespace`: the tenant's, for names without one. */
export function readEndpoints(urls: string, namespace: string): Endpoint[] {
  return urls.split(',').map((url) => readEndpoint(new URL(url), namespace));
}

function readEndpoint({ protocol, hostname, port }: URL, namespace: string): Endpoint {
  const host = hostname.replace(/^\[|\]$/g, '');
  const number = port === '' ? (DEFAULT_PORTS[protocol] ?? 443) : Number(port);
  const version = isIP(host);
  if (version !== 0) return { kind: 'Address', cidr: `${host}/${version === 4 ? 32 : 128}`, port: number };
  if (!host.includes('.')) return { kind: 'Namespace', namespace };
  const [, of] = /(?:^|\.)([^.]+)\.svc(?:\.cluster\.local)?\.?$/.exec(host) ?? [];
  return of === undefined ? { kind: 'Outside', port: number } : { kind: 'Namespace', namespace: of };
}
