// The Simulator engine trusts plain HTTP and whatever answers: so it talks to this machine or this cluster, and to nothing else.

/** `undefined` when the address is loopback or cluster-internal, else why it is refused. */
export function refuseFarAddress(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
    return `source.apiUrl ${url} is not an http(s) URL`;
  if (isNear(parsed.hostname)) return undefined;
  return `engine Simulator refuses ${parsed.hostname}: only loopback (127.0.0.0/8, ::1, localhost) and cluster-internal names (service, *.svc, *.cluster.local) are allowed. Use the FinanceSDK engine for the real WeCom`;
}

function isNear(host: string): boolean {
  if (host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)) return true;
  if (/^\d+(\.\d+){3}$/.test(host) || host.startsWith('[')) return false;
  return /^[a-z0-9-]+$/.test(host) || /(\.svc|\.svc\.cluster\.local)$/.test(host);
}
