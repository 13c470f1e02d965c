// Lists of domains: a host is in a list when the list names it or a domain above it.
import { toUnicodeHost } from './punycode.ts';

export type DomainList = ReadonlySet<string>;

const lists = new WeakMap<readonly string[], DomainList>();

/** Made once for each list, since a lexicon of 500,000 may serve many conditions. Takes `*.example.com` and `https://example.com/` too. */
export function toDomainList(lines: readonly string[]): DomainList {
  const known = lists.get(lines);
  if (known !== undefined) return known;
  const list = new Set(lines.map(toDomain).filter((domain) => domain !== ''));
  lists.set(lines, list);
  return list;
}

/** Nearly every line of such lists. */
const PLAIN = /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/;

function toDomain(line: string): string {
  if (PLAIN.test(line)) return toUnicodeHost(line);
  const host = line
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/^(?:\*?\.)/, '')
    .replace(/[/?#:\s].*$/, '')
    .replace(/\.$/, '');
  return toUnicodeHost(host);
}

export function isListed(list: DomainList, host: string): boolean {
  for (let from = 0; ; ) {
    if (list.has(host.slice(from))) return true;
    const dot = host.indexOf('.', from);
    if (dot < 0) return false;
    from = dot + 1;
  }
}
