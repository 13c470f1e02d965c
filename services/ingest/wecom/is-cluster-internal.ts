// The Simulator engine speaks plain HTTP to whatever stands at an address, with the corp's secret: so only loopback and the cluster itself are allowed.

/** True for localhost, 127/8, ::1, a name without dots (a Service of the same namespace) and names below `.svc` or `.cluster.local`. */
export function isClusterInternal(url: URL): boolean {
  const host = url.hostname.toLowerCase().replace(/\.$/, '');
  if (host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)) return true;
  // The URL parser writes every IPv4 spelling (also 0x7f.1 and 2130706433) with dots, so a name without dots is never an address.
  if (host.includes('[')) return false;
  return /^[a-z0-9-]+$/.test(host) || /\.(svc|cluster\.local)$/.test(host);
}
