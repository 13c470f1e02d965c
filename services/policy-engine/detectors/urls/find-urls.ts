// Addresses in running text, with a scheme or bare, beside Han without a blank.
import { matchesOf } from '../matches-of.ts';
import { endOfBareHost, endOfHost, HAN_UNITS, isBelieved, NAME_UNITS } from './read-host.ts';
import { endOfRest, readTail } from './read-tail.ts';
import { SHORT_LINK_HOSTS } from './short-links.ts';
import { HAN } from './top-level-domains.ts';

/** Places are offsets into the text that was searched, ends exclusive. */
export interface UrlPlace {
  readonly start: number;
  readonly end: number;
  /** As written, in lower case; empty for a bare host. */
  readonly scheme: string;
  /** Empty where the scheme has none. */
  readonly host: { readonly start: number; readonly end: number };
  readonly hasUserInfo: boolean;
  readonly port?: number;
}

/** In order, not overlapping. Linear: every step goes on from the end of the one before, or looks back a bounded way. */
export function findUrls(shown: string): UrlPlace[] {
  const schemed = findSchemed(shown);
  const bare = findBare(shown, schemed);
  let done = 0;
  // An address inside another (`a.com/go?to=https://b.com`) belongs to it.
  return [...schemed, ...bare]
    .sort((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < done) return false;
      done = end;
      return true;
    });
}

const SLASHES = /:[/\\]{1,3}/g;
const LONGEST_SCHEME = 32;
const WEB = /(?:https?|h[xt*_]{2}ps?|ftps?|wss?)$/;
const OPAQUE =
  /(?<![A-Za-z0-9+.-])(?:javascript:(?=[A-Za-z(])|data:(?=[a-z]+\/[a-z])|magnet:(?=\?)|#小程序:\/\/[^\s/#]{1,30}(?=\/[A-Za-z0-9_-]))/gi;

function findSchemed(shown: string): UrlPlace[] {
  const places: UrlPlace[] = [];
  const starts = [...matchesOf(SLASHES, shown), ...matchesOf(OPAQUE, shown)].sort(
    (a, b) => a.index - b.index,
  );
  let done = 0;
  for (const { 0: mark, index } of starts) {
    if (index < done) continue;
    const place =
      mark[0] === ':' ? readSchemed(shown, { mark, index, done }) : readOpaque(shown, mark, index);
    if (place === undefined) continue;
    places.push(place);
    done = place.end;
  }
  return places;
}

function readSchemed(
  shown: string,
  at: { readonly mark: string; readonly index: number; readonly done: number },
): UrlPlace | undefined {
  const written =
    /[a-z][a-z0-9+.*_-]*$/i
      .exec(shown.slice(Math.max(at.done, at.index - LONGEST_SCHEME), at.index))?.[0]
      .toLowerCase() ?? '';
  const web = WEB.exec(written)?.[0];
  const scheme = web ?? written;
  const start = at.index - scheme.length;
  const after = at.index + at.mark.length;
  if (web === undefined) {
    if (scheme.length < 2 || at.mark !== '://' || /[*_]/.test(scheme)) return undefined;
    const end = endOfRest(shown, after);
    return end > after ? { start, end, scheme, ...readAuthority(shown, after, end) } : undefined;
  }
  const hostStart = startOfHost(shown, after, endOfAuthority(shown, after));
  const hostEnd = endOfHost(shown, hostStart);
  if (hostEnd === undefined || hostEnd === hostStart) return undefined;
  return {
    start,
    scheme,
    host: { start: hostStart, end: hostEnd },
    hasUserInfo: hostStart > after,
    ...readTail(shown, hostEnd),
  };
}

/** Where the part before the path ends, as far as it is ASCII. */
function endOfAuthority(shown: string, start: number): number {
  AUTHORITY.lastIndex = start;
  return AUTHORITY.test(shown) ? AUTHORITY.lastIndex : start;
}

const AUTHORITY = /[A-Za-z0-9._~%!$&'()*+,;=:@-]*/y;

/** Behind the last at sign: whatever stands before it is no host (`https://icbc.com.cn@evil.com`). */
function startOfHost(shown: string, start: number, end: number): number {
  return start + shown.slice(start, end).lastIndexOf('@') + 1;
}

/** `mysql://user:password@host/db`, `weixin://dl/business`. */
function readAuthority(shown: string, start: number, end: number): Pick<UrlPlace, 'host' | 'hasUserInfo'> {
  const authority = Math.min(end, endOfAuthority(shown, start));
  const hostStart = startOfHost(shown, start, authority);
  const host = /^[A-Za-z0-9.-]*/.exec(shown.slice(hostStart, authority))?.[0] ?? '';
  // `dl` in `weixin://dl/business` is no host.
  const length = host.includes('.') || /^localhost$/i.test(host) ? host.length : 0;
  return { host: { start: hostStart, end: hostStart + length }, hasUserInfo: hostStart > start };
}

function readOpaque(shown: string, mark: string, start: number): UrlPlace {
  const none = { start: start + mark.length, end: start + mark.length };
  return {
    start,
    end: endOfRest(shown, none.end),
    scheme: mark.slice(0, mark.indexOf(':')).toLowerCase(),
    host: none,
    hasUserInfo: false,
  };
}

const BARE = new RegExp(`[${NAME_UNITS}]{1,63}(?:\\.[${NAME_UNITS}]{1,63})+`, 'g');
const HAN_BARE = new RegExp(
  `[${NAME_UNITS}${HAN_UNITS}]{0,20}[${HAN_UNITS}]\\.(?:com|cn|net|org|top|xyz|vip|cc)(?![${NAME_UNITS}.])|[${NAME_UNITS}${HAN_UNITS}]{1,20}(?:\\.[${NAME_UNITS}${HAN_UNITS}]{1,20}){0,4}\\.(?:${HAN.join('|')})`,
  'gi',
);
/** What stands before a Chinese name in a sentence. */
const LEAD = /^.*(?:访问|打开|点击|登录|登陆|进入|网址|网站|官网|地址|域名|链接|去|上|看|是|到|在)(?=.)/;
const VERSION = /(?:v|ver|version|版本|build)\s?$/i;

function findBare(shown: string, schemed: readonly UrlPlace[]): UrlPlace[] {
  const places: UrlPlace[] = [];
  let [next, done] = [0, 0];
  const add = (start: number, written: string, hostEnd: number | undefined): void => {
    while ((schemed[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    const isTaken =
      start < done || (schemed[next]?.start ?? Number.POSITIVE_INFINITY) < start + written.length;
    if (hostEnd === undefined || isTaken) return;
    const place = readBare(shown, start, start + hostEnd);
    if (place === undefined) return;
    places.push(place);
    done = place.end;
  };
  const matches = [
    ...matchesOf(BARE, shown).map(({ 0: names, index }) => ({ names, index, end: endOfNames(names) })),
    ...(new RegExp(`[${HAN_UNITS}]\\.|\\.[${HAN_UNITS}]`).test(shown)
      ? matchesOf(HAN_BARE, shown).map(({ 0: names, index }) => withoutLead(names, index))
      : []),
  ].sort((a, b) => a.index - b.index);
  for (const { names, index, end } of matches) add(index, names, end);
  return places;
}

const endOfNames = (names: string): number | undefined =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(names) ? names.length : endOfBareHost(names);

function withoutLead(names: string, index: number): { names: string; index: number; end: number } {
  const lead = LEAD.exec(names.slice(0, names.indexOf('.')))?.[0].length ?? 0;
  return { names: names.slice(lead), index: index + lead, end: names.length - lead };
}

function readBare(shown: string, start: number, hostEnd: number): UrlPlace | undefined {
  // What stands before or behind an at sign is an e-mail address.
  if (shown[start - 1] === '@' || shown[hostEnd] === '@' || shown[start - 1] === '.') return undefined;
  const host = shown.slice(start, hostEnd);
  if (/^[-_]/.test(host)) return undefined;
  const tail = readTail(shown, hostEnd);
  const hasMore = tail.end > hostEnd;
  if (/^[\d.]+$/.test(host)) {
    const isAddress =
      isLikelyAddress(host.split('.').map(Number), hasMore) &&
      !VERSION.test(shown.slice(Math.max(0, start - 8), start));
    if (!isAddress) return undefined;
  } else if (!isBelieved(host, hasMore) && !SHORT_LINK_HOSTS.has(host.toLowerCase())) return undefined;
  return { start, scheme: '', host: { start, end: hostEnd }, hasUserInfo: false, ...tail };
}

/** `3.2.1.1` is a chapter as often. */
const isLikelyAddress = (parts: readonly number[], hasMore: boolean): boolean =>
  parts.every((part) => part < 256) && (hasMore || parts.some((part) => part > 9));
