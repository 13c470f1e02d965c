// Lists of bad addresses as feeds publish them: hosts, which count with everything below them, and whole addresses, of which only the host
// would accuse everybody else who has pages there (docs.google.com/forms/…).
import { type DomainList, isListed, toDomainList } from './domain-lists.ts';
import { toUnicodeHost } from './punycode.ts';

export interface ThreatList {
  readonly hosts: DomainList;
  /** Host, path and query, without scheme, port and fragment: `evil.com/login?a=1`. */
  readonly pages: ReadonlySet<string>;
}

const lists = new WeakMap<readonly string[], ThreatList>();

/** Made once for each list. A line is a host (`evil.com`, `*.evil.com`) or an address with or without a path. */
export function toThreatList(lines: readonly string[]): ThreatList {
  const known = lists.get(lines);
  if (known !== undefined) return known;
  const hosts: string[] = [];
  const pages = new Set<string>();
  for (const line of lines) {
    const page = readPage(line);
    if (page.path === '') hosts.push(line);
    else pages.add(page.host + page.path);
  }
  const list = { hosts: toDomainList(hosts), pages };
  lists.set(lines, list);
  return list;
}

/** `url` as it would be opened, `host` as it was read from it. A page is listed whatever query follows it, unless the list names the query. */
export function isThreat(
  list: ThreatList,
  { url, host }: { readonly url: string; readonly host: string },
): boolean {
  if (host === '') return false;
  if (isListed(list.hosts, host)) return true;
  if (list.pages.size === 0) return false;
  const page = host + readPage(url).path;
  const query = page.indexOf('?');
  return list.pages.has(page) || (query >= 0 && list.pages.has(trimSlash(page.slice(0, query))));
}

function readPage(address: string): { readonly host: string; readonly path: string } {
  const bare = address
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/#.*$/s, '');
  const from = bare.search(/[/?]/);
  if (from < 0) return { host: '', path: '' };
  const host = bare.slice(0, from).replace(/^.*@/s, '').replace(/:\d*$/, '').toLowerCase();
  return { host: toUnicodeHost(host), path: trimSlash(bare.slice(from)) };
}

const trimSlash = (path: string): string => path.replace(/\/+$/, '');
