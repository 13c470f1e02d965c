// Domains that pass themselves off as a brand's.
import { lettersOf, skeletonOf } from './confusables.ts';
import { registrableDomain } from './registrable-domain.ts';

/**
 * SameLook: letters that look alike (`1cbc`, `раураl`). OtherSuffix: the name under another suffix. OneEdit: one letter more, less,
 * other, or two swapped. Embedded: the name with other words (`icbc-login`). Subdomain: the name before somebody else's domain.
 */
export type LookAlike = 'SameLook' | 'OtherSuffix' | 'OneEdit' | 'Embedded' | 'Subdomain';

/** A host taken apart once, to be held against many brands. */
export interface HostName {
  /** Registrable domain: `icbc.com.cn`. */
  readonly domain: string;
  /** Its first label, what that looks like as a whole, without hyphens, letter by letter, and in its parts between hyphens. */
  readonly name: string;
  readonly skeleton: string;
  readonly withoutHyphens: string;
  readonly letters: string;
  readonly parts: readonly { readonly skeleton: string; readonly letters: string }[];
  /** What stands before the domain, with what its labels and their parts look like, and the name with it when the dots are taken away. */
  readonly before: string;
  readonly labels: readonly string[];
  readonly joined: string;
}

/** `host` in lower case, decoded. */
export function readHostName(host: string): HostName {
  const domain = registrableDomain(host);
  const name = domain.split('.')[0] as string;
  const before = host.slice(0, -domain.length);
  const skeleton = skeletonOf(name);
  return {
    domain,
    name,
    skeleton,
    withoutHyphens: name.includes('-') ? skeletonOf(name.replaceAll('-', '')) : skeleton,
    letters: lettersOf(name),
    parts: name.split('-').map((part) => ({ skeleton: skeletonOf(part), letters: lettersOf(part) })),
    before,
    labels: before
      .split(/[.-]/)
      .filter((label) => label !== '')
      .map(skeletonOf),
    joined: skeletonOf((before + name).replaceAll('.', '')),
  };
}

export const readBrand = (domain: string): HostName => readHostName(registrableDomain(domain.toLowerCase()));

/** A shorter name is a word or an abbreviation of something else as often, and only counts by itself. */
const SHORTEST_PART = 4;
const SHORTEST_EDIT = 5;
const SHORTEST_EMBEDDED = 6;

/** How a host passes itself off as the brand; undefined when it does not. The brand's own hosts do not. */
export function lookAlike(host: HostName, brand: HostName): LookAlike | undefined {
  if (host.domain === brand.domain) return undefined;
  if (host.name === brand.name) return 'OtherSuffix';
  if (host.skeleton === brand.skeleton || host.withoutHyphens === brand.skeleton) return 'SameLook';
  if (mayBeEdited(host, brand) && isOneEdit(host.skeleton, brand.skeleton)) return 'OneEdit';
  if (isEmbedded(host, brand)) return 'Embedded';
  return isInSubdomain(host, brand) ? 'Subdomain' : undefined;
}

/** Under another suffix four letters with one changed are somebody else's. */
const mayBeEdited = (host: HostName, { name, domain }: HostName): boolean =>
  name.length >= SHORTEST_EDIT ||
  (name.length === SHORTEST_EDIT - 1 && host.domain.endsWith(domain.slice(name.length)));

/** As one of the parts between hyphens, or at either end of the name with a word that such domains carry, or a number. */
function isEmbedded(host: HostName, brand: HostName): boolean {
  const { length } = brand.name;
  const isPart = host.parts.length > 1 && host.parts.some(({ skeleton }) => skeleton === brand.skeleton);
  if (isPart && (length >= SHORTEST_PART - 1 || isAllBait(host, brand))) return true;
  if (length < SHORTEST_PART) return false;
  const rest = restOf(host.letters, brand.letters);
  if (rest === undefined) return false;
  return length >= SHORTEST_EMBEDDED || BAIT.has(rest) || /^\d+$/.test(restOf(host.name, brand.name) ?? '');
}

const isAllBait = ({ parts }: HostName, brand: HostName): boolean =>
  parts.every(({ skeleton, letters }) => skeleton === brand.skeleton || BAIT.has(letters));

function restOf(name: string, brand: string): string | undefined {
  if (name.startsWith(brand)) return name.slice(brand.length);
  return name.endsWith(brand) ? name.slice(0, -brand.length) : undefined;
}

/** Skeletons of the words that stand beside a brand in such names. */
const BAIT: ReadonlySet<string> = new Set(
  (
    'login signin sign account accounts verify verification secure security safe update support service services help center online ' +
    'bank banking card cards credit pay payment wallet cash loan loans wealth fund invest mobile app apps web site wap www m my cn ' +
    'china hk tw vip club official user member id info net shop store mall gift bonus prize promo kefu anquan zhifu wangyin ebank ' +
    'e i 95588 95599 95533 95566 95555'
  )
    .split(' ')
    .map(lettersOf),
);

/** As a label, or a part of one, before the domain (`www.icbc.com.cn.evil.top`), or with the dots elsewhere (`ali.pay.com`). */
function isInSubdomain(host: HostName, brand: HostName): boolean {
  if (host.before === '') return false;
  if (host.before.includes(`${brand.domain}.`) || host.joined === brand.skeleton) return true;
  return brand.name.length >= SHORTEST_PART - 1 && host.labels.includes(brand.skeleton);
}

/** Whether one insertion, deletion, replacement or swap of neighbours turns one into the other. */
function isOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  if (a.length !== b.length) {
    const [long, short] = a.length > b.length ? [a, b] : [b, a];
    return long.slice(start + 1) === short.slice(start);
  }
  const isSwap =
    a[start] === b[start + 1] && a[start + 1] === b[start] && a.slice(start + 2) === b.slice(start + 2);
  return isSwap || a.slice(start + 1) === b.slice(start + 1);
}
