// Domains that pass themselves off as a brand's.
import { lettersOf, skeletonOf } from './confusables.ts';
import { registrableDomain } from './registrable-domain.ts';

/**
 * SameLook: letters that look alike (`1cbc`, `раураl`). OtherSuffix: the name under another suffix. OneEdit: one letter more, less,
 * other, or two swapped. Embedded: the name with other words (`icbc-login`). Subdomain: the name before somebody else's domain.
 */
export type LookAlike = 'SameLook' | 'OtherSuffix' | 'OneEdit' | 'Embedded' | 'Subdomain';

export interface Brand {
  /** Registrable domain: `icbc.com.cn`. */
  readonly domain: string;
  /** Its first label and the skeleton of that. */
  readonly name: string;
  readonly skeleton: string;
}

export function toBrand(domain: string): Brand {
  const registrable = registrableDomain(domain.toLowerCase());
  const name = registrable.split('.')[0] as string;
  return { domain: registrable, name, skeleton: skeletonOf(name) };
}

/** A shorter name is a word or an abbreviation of something else as often, and only counts by itself. */
const SHORTEST_PART = 4;
const SHORTEST_EDIT = 5;
const SHORTEST_EMBEDDED = 6;

/** How a host (lower case, decoded) passes itself off as the brand; undefined when it does not. The brand's own hosts do not. */
export function lookAlike(host: string, brand: Brand): LookAlike | undefined {
  const domain = registrableDomain(host);
  if (domain === brand.domain) return undefined;
  const name = domain.split('.')[0] as string;
  const skeleton = skeletonOf(name);
  if (name === brand.name) return 'OtherSuffix';
  if (skeleton === brand.skeleton) return 'SameLook';
  if (skeletonOf(name.replaceAll('-', '')) === brand.skeleton) return 'SameLook';
  if (mayBeEdited(brand, domain) && isOneEdit(skeleton, brand.skeleton)) return 'OneEdit';
  if (isEmbedded(name, brand)) return 'Embedded';
  if (isInSubdomain(host.slice(0, -domain.length), brand)) return 'Subdomain';
  // `ali.pay.com`: the dots stand elsewhere.
  const joined = host.slice(0, host.length - domain.length + name.length).replaceAll('.', '');
  return host !== domain && skeletonOf(joined) === brand.skeleton ? 'Subdomain' : undefined;
}

/** Under another suffix four letters with one changed are somebody else's. */
const mayBeEdited = (brand: Brand, domain: string): boolean =>
  brand.name.length >= SHORTEST_EDIT ||
  (brand.name.length === SHORTEST_EDIT - 1 && domain.endsWith(brand.domain.slice(brand.name.length)));

/** As one of the parts between hyphens, or at either end of the name with a word that such domains carry, or a number. */
function isEmbedded(name: string, brand: Brand): boolean {
  const parts = name.split('-');
  const others = parts.filter((part) => !isName(part, brand));
  const isPart = others.length < parts.length && parts.length > 1;
  if (isPart && (brand.name.length >= SHORTEST_PART - 1 || others.every((part) => BAIT.has(lettersOf(part)))))
    return true;
  if (brand.name.length < SHORTEST_PART) return false;
  const rest = restOf(lettersOf(name), lettersOf(brand.name));
  if (rest === undefined) return false;
  return (
    brand.name.length >= SHORTEST_EMBEDDED || /^\d+$/.test(restOf(name, brand.name) ?? '') || BAIT.has(rest)
  );
}

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

/** As a label, or a part of one, before the domain: `www.icbc.com.cn.evil.top`. */
function isInSubdomain(before: string, brand: Brand): boolean {
  if (before.includes(`${brand.domain}.`)) return true;
  if (brand.name.length < SHORTEST_PART - 1) return false;
  return before.split(/[.-]/).some((label) => isName(label, brand));
}

const isName = (label: string, brand: Brand): boolean => label !== '' && skeletonOf(label) === brand.skeleton;

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
