// Where WeCom's server interfaces are, for a network that lets nothing else through: the addresses that WeCom itself names, or those of the
// proxy on the way to it.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { ServerApi } from './server-api.ts';

/** All addresses of a host name. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

export const resolveHost: ResolveHost = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Address blocks such as `101.91.40.0/24`, sorted; `undefined` when WeCom does not say. Interface get_api_domain_ip (developer page
 * 获取企业微信接口IP段), to be asked once a day, since they change.
 */
export async function askAddressBlocks(api: Pick<ServerApi, 'call'>): Promise<readonly string[] | undefined> {
  const outcome = await api.call({ method: 'GET', path: '/cgi-bin/get_api_domain_ip' });
  if (!outcome.ok) return undefined;
  const list = outcome.fields['ip_list'];
  if (!Array.isArray(list)) return undefined;
  const blocks = [...new Set(list.flatMap((entry) => (typeof entry === 'string' ? readBlock(entry) : [])))];
  return blocks.length === 0 ? undefined : blocks.sort();
}

/** Address blocks of the proxy, or `namespace:<name>` where it is a Service: a network sees its pods. Rejects when its name leads nowhere. */
export async function findProxyBlocks(
  proxyUrl: string,
  resolve: ResolveHost = resolveHost,
): Promise<readonly string[]> {
  const host = new URL(proxyUrl).hostname.replace(/^\[|\]$/g, '');
  const [, namespace] = /\.([^.]+)\.svc(?:\.cluster\.local)?$/.exec(host) ?? [];
  if (namespace !== undefined) return [`namespace:${namespace}`];
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  return [...new Set(addresses.flatMap(readBlock))].sort();
}

/** An address, a block, or an address whose end is left open (`101.91.40.*`). Anything else is no address, and is left out. */
function readBlock(text: string): string[] {
  const [address = '', bits, ...more] = text.trim().split('/');
  const open = /^(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.\*)+)$/.exec(address);
  if (open !== null && bits === undefined) return readOpen(open[1] ?? '');
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const length = Number(bits ?? longest);
  const isBlock =
    version !== 0 && more.length === 0 && Number.isInteger(length) && length > 0 && length <= longest;
  return isBlock ? [`${address}/${length}`] : [];
}

function readOpen(beginning: string): string[] {
  const parts = beginning.split('.');
  const address = [...parts, '0', '0', '0'].slice(0, 4).join('.');
  return isIP(address) === 4 ? [`${address}/${parts.length * 8}`] : [];
}
