// Words and phrases, from the policy or from a lexicon, optionally only near other words.
import type { Digest } from '@menshen/contracts/digest';
import type { Detector, Hit, Plan, Sight, Span, TermWatch, Trigger } from '../detector.ts';

export interface KeywordsOptions {
  readonly terms?: readonly string[];
  readonly lexiconRef?: { readonly digest: string };
  readonly near?: NearOptions;
  /** Default true. */
  readonly wholeWords?: boolean;
  /** Default Folded. */
  readonly see?: readonly string[];
}

export interface NearOptions {
  readonly terms: readonly string[];
  /** Most units between the two, as the view shows them. Default 20. */
  readonly within?: number;
  /** Default Either. */
  readonly order?: 'Either' | 'KeywordFirst' | 'KeywordLast';
}

export const keywords: Detector<KeywordsOptions> = { name: 'keywords', compile };

const DEFAULT_WITHIN = 20;

interface Source {
  /** Watch per view. */
  readonly watches: readonly TermWatch[];
  /** `keywords.terms` or `keywords.lexiconRef`, to which the index of the term is added. */
  readonly label: string;
}

function compile(options: KeywordsOptions, plan: Plan) {
  const watch = (terms: readonly string[], field: string): TermWatch[] =>
    (options.see ?? ['Folded']).map((view) =>
      plan.watchTerms({ view, terms, field, wholeWords: options.wholeWords ?? true }),
    );
  const sources: Source[] = [];
  if (options.terms !== undefined)
    sources.push({ watches: watch(options.terms, 'terms'), label: 'keywords.terms' });
  if (options.lexiconRef !== undefined) {
    const terms = plan.readLexicon(options.lexiconRef.digest as Digest, 'lexiconRef.digest');
    sources.push({ watches: watch(terms, 'lexiconRef'), label: 'keywords.lexiconRef' });
  }
  if (sources.length === 0) plan.reject(NOTHING);
  const near = options.near && { options: options.near, watches: watch(options.near.terms, 'near.terms') };
  const triggers = sources.flatMap((source) => source.watches.map(asTrigger));
  return { triggers, find };

  function find(sight: Sight): Hit[] {
    const isNear = near === undefined ? undefined : nearTest(near.options, spansOf(sight, near.watches));
    return sources.flatMap((source) =>
      spansOf(sight, source.watches)
        .filter((span) => isNear === undefined || isNear(span))
        .map((span): Hit => ({ kind: 'span', span, label: `${source.label}[${span.term}]` })),
    );
  }
}

const NOTHING = {
  field: '',
  value: {},
  message: 'there is nothing to look for',
  remedy: 'give terms, lexiconRef, or both',
};

const asTrigger = (watch: TermWatch): Trigger => ({ kind: 'terms', watch });

function spansOf(sight: Sight, watches: readonly TermWatch[]): readonly Span[] {
  const [only] = watches;
  return watches.length === 1 && only !== undefined
    ? sight.termSpans(only)
    : watches.flatMap((watch) => sight.termSpans(watch));
}

/**
 * Tells whether one of `others` stands near a span: in the same text, seen by the same view, not overlapping it, at most
 * `within` units away. Both lists may be as long as the text, so places are looked up, not compared pair by pair.
 */
function nearTest(options: NearOptions, others: readonly Span[]): (span: Span) => boolean {
  const within = options.within ?? DEFAULT_WITHIN;
  const order = options.order ?? 'Either';
  const places = new Map<string, { starts: number[]; ends: number[] }>();
  for (const other of others) {
    const place = places.get(placeOf(other)) ?? { starts: [], ends: [] };
    places.set(placeOf(other), place);
    place.starts.push(other.shownStart);
    place.ends.push(other.shownEnd);
  }
  for (const place of places.values()) {
    place.starts.sort((a, b) => a - b);
    place.ends.sort((a, b) => a - b);
  }
  return (span) => {
    const place = places.get(placeOf(span));
    if (place === undefined) return false;
    const after = order !== 'KeywordLast' && hasWithin(place.starts, span.shownEnd, span.shownEnd + within);
    return (
      after || (order !== 'KeywordFirst' && hasWithin(place.ends, span.shownStart - within, span.shownStart))
    );
  };
}

const placeOf = (span: Span): string => `${span.text}\0${span.view}`;

/** Whether an ascending list has a number between `low` and `high`, both included. */
function hasWithin(sorted: readonly number[], low: number, high: number): boolean {
  let from = 0;
  let to = sorted.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] as number) < low) from = middle + 1;
    else to = middle;
  }
  const found = sorted[from];
  return found !== undefined && found <= high;
}
