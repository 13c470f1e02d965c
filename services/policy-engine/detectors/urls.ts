// Addresses of the net: any, on a list or off it, of a suspicious kind, or made to look like a brand's.

import type { Digest } from '@menshen/contracts/digest';
import type { Detector, Hit, Plan, Sight } from '../detector.ts';
import type { ListedFact } from './listed-fact.ts';
import { showsUrl } from './signs.ts';
import { type DomainList, isListed, toDomainList } from './urls/domain-lists.ts';
import { lookAlike, readBrand, readHostName } from './urls/look-alikes.ts';
import { type FoundUrl, readUrls, type UrlKind } from './urls/read-urls.ts';
import { isThreat, toThreatList } from './urls/threat-list.ts';

/** Everything that is given must hold of one address; none given: every address hits. */
export interface UrlsOptions {
  /** The host is one of these domains or below one. */
  readonly domains?: readonly string[];
  readonly domainsRef?: { readonly digest: string };
  /** The host is none of these and below none. */
  readonly notDomains?: readonly string[];
  readonly notDomainsRef?: { readonly digest: string };
  /** It is on one of these lists, as a host or as a whole address. */
  readonly listedIn?: readonly { readonly digest: string }[];
  /** It is of one of these kinds. */
  readonly kinds?: readonly UrlKind[];
  /** It passes itself off as one of these brands' domains. `notDomains` names their sister domains. */
  readonly lookAlikeOf?: readonly string[];
}

export interface ListedUrl extends ListedFact<'Url'> {
  readonly host: string;
  readonly domain: string;
  readonly kinds: readonly UrlKind[];
}

export const urls: Detector<UrlsOptions> = { name: 'urls', compile };

/** Every address in a text, without a policy. */
export function listUrls(text: string): ListedUrl[] {
  return readUrls(text).map(({ start, end, url, host, domain, kinds }) => ({
    kind: 'Url',
    start,
    end,
    value: url,
    validity: 'Valid',
    host,
    domain,
    kinds,
  }));
}

function compile(options: UrlsOptions, plan: Plan) {
  const tests = testsOf(options, plan);
  return { triggers: [{ kind: 'clue' as const, clue: showsUrl }], find };

  function find(sight: Sight): Hit[] {
    return sight.readTexts(readUrls).flatMap((found, text) =>
      found.flatMap((url) => {
        const labels = tests.map((test) => test(url));
        return labels.includes(undefined) ? [] : [asHit(text, url, `urls${labels.join('')}`)];
      }),
    );
  }
}

/** What an address must pass, and what to say of it when it does: `.kinds.Ip`, `.domains`. Undefined: it does not pass. */
type UrlTest = (url: FoundUrl) => string | undefined;

function testsOf(options: UrlsOptions, plan: Plan): UrlTest[] {
  const { kinds, lookAlikeOf } = options;
  const tests: UrlTest[] = [];
  const listed = listOf(options.domains, options.domainsRef, { plan, field: 'domainsRef.digest' });
  const excepted = listOf(options.notDomains, options.notDomainsRef, { plan, field: 'notDomainsRef.digest' });
  if (listed.length > 0) tests.push(({ host }) => (isOnOne(listed, host) ? '.domains' : undefined));
  if (excepted.length > 0)
    tests.push(({ host }) => (host === '' || isOnOne(excepted, host) ? undefined : ''));
  if (options.listedIn !== undefined) tests.push(listedTest(options.listedIn, plan));
  if (kinds !== undefined)
    tests.push((url) => {
      const kind = url.kinds.find((candidate) => kinds.includes(candidate));
      return kind === undefined ? undefined : `.kinds.${kind}`;
    });
  if (lookAlikeOf !== undefined) tests.push(lookAlikeTest(lookAlikeOf, plan));
  return tests;
}

/** Says by its digest which list it was: the list of that day is kept, the feed is not. */
function listedTest(refs: readonly { readonly digest: string }[], plan: Plan): UrlTest {
  const lists = refs.map(({ digest }, index) => ({
    list: toThreatList(plan.readLexicon(digest as Digest, `listedIn[${index}].digest`)),
    label: `.listedIn[${index}].${digest}`,
  }));
  return (url) => lists.find(({ list }) => isThreat(list, url))?.label;
}

function lookAlikeTest(domains: readonly string[], plan: Plan): UrlTest {
  for (const [index, domain] of domains.entries())
    if (!domain.includes('.'))
      plan.reject({
        field: `lookAlikeOf[${index}]`,
        value: domain,
        message: 'not a domain',
        remedy: 'write the domain that the brand uses, such as icbc.com.cn',
      });
  const brands = domains.map(readBrand);
  const own = toDomainList(brands.map(({ domain }) => domain));
  return ({ host, kinds }) => {
    if (host === '' || kinds.includes('Ip') || isListed(own, host)) return undefined;
    const name = readHostName(host);
    for (const [index, brand] of brands.entries()) {
      const way = lookAlike(name, brand);
      if (way !== undefined) return `.lookAlikeOf[${index}].${way}`;
    }
    return undefined;
  };
}

function listOf(
  domains: readonly string[] | undefined,
  ref: { readonly digest: string } | undefined,
  at: { readonly plan: Plan; readonly field: string },
): DomainList[] {
  const lists: DomainList[] = [];
  if (domains !== undefined) lists.push(toDomainList(domains));
  if (ref !== undefined) lists.push(toDomainList(at.plan.readLexicon(ref.digest as Digest, at.field)));
  return lists;
}

const isOnOne = (lists: readonly DomainList[], host: string): boolean =>
  host !== '' && lists.some((list) => isListed(list, host));

function asHit(text: number, { start, end, url }: FoundUrl, label: string): Hit {
  const span = { text, start, end, view: 'Literal', shownStart: start, shownEnd: end, seen: url, term: -1 };
  return { kind: 'span', span, label };
}
