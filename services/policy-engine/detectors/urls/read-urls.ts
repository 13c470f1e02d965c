// Text in, addresses out, with what is known of each host.
import { mixesScripts } from './confusables.ts';
import { findUrls, type UrlPlace } from './find-urls.ts';
import { readInternetAddress } from './internet-addresses.ts';
import { toUnicodeHost } from './punycode.ts';
import { registrableDomain } from './registrable-domain.ts';
import { SHORT_LINK_HOSTS } from './short-links.ts';
import { undoDisguise } from './undo-disguise.ts';

/**
 * Ip: the host is a machine's address, in any notation. ShortLink: a service that hides where the link leads. Punycode: letters beyond
 * ASCII in the host. MixedScripts: of several alphabets in one label. UserInfo: something before an @, often a trusted name. Port:
 * another than the scheme's. Scheme: neither web nor bare (weixin://, javascript:). Disguised: written so that programs do not see it.
 */
export const URL_KINDS = [
  'Ip',
  'ShortLink',
  'Punycode',
  'MixedScripts',
  'UserInfo',
  'Port',
  'Scheme',
  'Disguised',
] as const;
export type UrlKind = (typeof URL_KINDS)[number];

export interface FoundUrl {
  /** UTF-16 in the original text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Without disguise, with the scheme it would be opened with. */
  readonly url: string;
  readonly scheme: string;
  /** Lower case, Punycode decoded, addresses in dotted notation; empty where the scheme has no host. */
  readonly host: string;
  /** What somebody has registered; the host itself for an address. */
  readonly domain: string;
  readonly kinds: readonly UrlKind[];
}

/** In order of appearance, not overlapping. Linear in the length of the text. */
export function readUrls(text: string): readonly FoundUrl[] {
  const { shown, locate, isDisguised } = undoDisguise(text);
  return findUrls(shown).map((place) => {
    const written = shown.slice(place.host.start, place.host.end);
    const host = readHost(written);
    const scheme = place.scheme === '' ? 'http' : place.scheme.replace(/^h[x*_t]{2}p/, 'http');
    const hidden = isDisguised(place.start, place.end) || (place.scheme !== '' && scheme !== place.scheme);
    return {
      ...locate(place.start, place.end),
      url:
        place.scheme === ''
          ? `http://${shown.slice(place.start, place.end)}`
          : scheme + shown.slice(place.start + place.scheme.length, place.end),
      scheme,
      host: host.name,
      domain: host.isAddress ? host.name : registrableDomain(host.name),
      kinds: kindsOf(place, { scheme, written, hidden, ...host }),
    };
  });
}

function readHost(written: string): { name: string; isAddress: boolean } {
  const decoded = decodePercent(written).toLowerCase();
  // An at sign that was encoded hides the host like one that was not.
  const lower = decoded.slice(decoded.lastIndexOf('@') + 1);
  const address = readInternetAddress(lower);
  return { name: address ?? toUnicodeHost(lower), isAddress: address !== undefined };
}

function decodePercent(host: string): string {
  return host.replace(/%([2-7][0-9a-f])/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

const WEB = /^(?:https?|wss?|ftps?)$/;
const USUAL_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, ws: 80, wss: 443, ftp: 21 };

function kindsOf(
  place: UrlPlace,
  of: { scheme: string; written: string; hidden: boolean; name: string; isAddress: boolean },
): UrlKind[] {
  const isShort = SHORT_LINK_HOSTS.has(of.name) || SHORT_LINK_HOSTS.has(of.name.replace(/^www\./, ''));
  const holds: Record<UrlKind, boolean> = {
    Ip: of.isAddress,
    ShortLink: isShort,
    Punycode: /xn--/i.test(of.written) || /[^\0-\x7f]/.test(of.name),
    MixedScripts: mixesScripts(of.name),
    UserInfo: place.hasUserInfo || /%40/.test(of.written),
    Port:
      place.port !== undefined &&
      place.port !== (USUAL_PORTS[of.scheme] ?? 0) &&
      !(place.scheme === '' && place.port === 443),
    Scheme: !WEB.test(of.scheme),
    Disguised: of.hidden,
  };
  return URL_KINDS.filter((kind) => holds[kind]);
}
