// Words and phrases, from the policy or from a lexicon, optionally only near other words.
import type { Digest } from '@menshen/contracts/digest';
import type { Detector, Hit, Plan, Sight, Span, TermWatch, Trigger } from '../detector.ts';
import { overlapTest } from './overlap-test.ts';

export interface KeywordsOptions {
  readonly terms?: readonly string[];
  /** Terms with views, or with harmless words, of their own. */
  readonly tuned?: readonly TunedTerms[];
  readonly lexiconRef?: { readonly digest: string };
  readonly near?: NearOptions;
  /** Default true. */
  readonly wholeWords?: boolean;
  /** Default Folded. */
  readonly see?: readonly string[];
}

export interface TunedTerms {
  readonly terms: readonly string[];
  /** Default, the views of the condition. */
  readonly see?: readonly string[];
  /** Words that take away the hits they overlap. */
  readonly except?: readonly string[];
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
  /** What takes away the hits it overlaps. */
  readonly except?: TermWatch;
}

interface Wanted {
  readonly terms: readonly string[];
  /** For problems: `terms`. */
  readonly field: string;
  readonly label: string;
  readonly see?: readonly string[];
  readonly except?: readonly string[];
}

function compile(options: KeywordsOptions, plan: Plan) {
  const wholeWords = options.wholeWords ?? true;
  const watch = (terms: readonly string[], field: string, see = options.see): TermWatch[] =>
    (see ?? ['Folded']).map((view) => plan.watchTerms({ view, terms, field, wholeWords }));
  const wanted = listWanted(options, plan);
  const sources = wanted.map(({ terms, field, label, see, except }): Source => {
    const watches = watch(terms, field, see);
    if (except === undefined) return { watches, label };
    const exceptField = field.replace(/terms$/, 'except');
    return {
      watches,
      label,
      except: plan.watchTerms({ view: 'Folded', terms: except, field: exceptField, wholeWords: false }),
    };
  });
  if (sources.length === 0) plan.reject(NOTHING);
  const near = options.near && { options: options.near, watches: watch(options.near.terms, 'near.terms') };
  // Where both must be said, the longer words are the ones to wait for: 老板 is in every second message, 让你转账 in none.
  const waitsForNear =
    near !== undefined && shortest(near.options.terms) > shortest(wanted.flatMap(({ terms }) => terms));
  const triggers = (waitsForNear ? near.watches : sources.flatMap(({ watches }) => watches)).map(asTrigger);
  return { triggers, find };

  function find(sight: Sight): Hit[] {
    const isNear = near === undefined ? undefined : nearTest(near.options, spansOf(sight, near.watches));
    return sources.flatMap((source) =>
      withoutExcepted(sight, source)
        .filter((span) => isNear === undefined || isNear(span))
        .map((span): Hit => ({ kind: 'span', span, label: `${source.label}[${span.term}]` })),
    );
  }
}

function listWanted(options: KeywordsOptions, plan: Plan): Wanted[] {
  const wanted: Wanted[] = [];
  if (options.terms !== undefined)
    wanted.push({ terms: options.terms, field: 'terms', label: 'keywords.terms' });
  for (const [index, { terms, see, except }] of (options.tuned ?? []).entries())
    wanted.push({
      terms,
      field: `tuned[${index}].terms`,
      label: `keywords.tuned[${index}].terms`,
      ...(see && { see }),
      ...(except && { except }),
    });
  if (options.lexiconRef !== undefined) {
    const terms = plan.readLexicon(options.lexiconRef.digest as Digest, 'lexiconRef.digest');
    wanted.push({ terms, field: 'lexiconRef', label: 'keywords.lexiconRef' });
  }
  return wanted;
}

const NOTHING = {
  field: '',
  value: {},
  message: 'there is nothing to look for',
  remedy: 'give terms, tuned, lexiconRef, or several of them',
};

const shortest = (terms: readonly string[]): number =>
  terms.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY);

const asTrigger = (watch: TermWatch): Trigger => ({ kind: 'terms', watch });

function withoutExcepted(sight: Sight, { watches, except }: Source): readonly Span[] {
  const spans = spansOf(sight, watches);
  if (except === undefined || spans.length === 0) return spans;
  const isExcepted = overlapTest(sight.termSpans(except));
  return spans.filter((span) => !isExcepted(span));
}

/** Occurrences in all views, in order of their ends; a place that several views see is told once, by the plainest. */
function spansOf(sight: Sight, watches: readonly TermWatch[]): readonly Span[] {
  const spans = watches.flatMap((watch) => sight.termSpans(watch));
  if (spans.length < 2) return spans;
  // The spans of a watch come nearly sorted, and sorting what is sorted in runs is cheap.
  const sorted = spans.sort((a, b) => comparePlaces(a, b) || rankOf(a) - rankOf(b));
  return sorted.filter((span, index) => index === 0 || comparePlaces(span, sorted[index - 1] as Span) !== 0);
}

const comparePlaces = (a: Span, b: Span): number =>
  a.text - b.text || a.end - b.end || a.start - b.start || a.term - b.term;

/** Literal and Folded before all others; those in the order of the policy. */
const rankOf = ({ view }: Span): number => (view === 'Literal' ? 0 : view === 'Folded' ? 1 : 2);

/**
 * Tells whether one of `others` stands near a span: in the same text, not overlapping it, at most `within` units of the
 * folded text away (of the literal text, where Literal sees both). Both lists may be as long as the text, so places are looked up, not compared pair by pair.
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

const placeOf = ({ text, view }: Span): string => `${text} ${view === 'Literal'}`;

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
