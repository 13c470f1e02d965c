// Lures and harassment: phrases of curated packs, seen through the views, less what stands in a warning against them.
import type { Detector, Hit, Plan, Sight, Span } from '../detector.ts';
import { keywords } from './keywords.ts';
import { LURE_KINDS, LURE_TABLES, type LureKind, type LureTable } from './lures/lure-tables.ts';
import { isWarnedOf } from './lures/warnings.ts';
import { pattern } from './pattern.ts';

export interface LuresOptions {
  /** Default, every kind. */
  readonly kinds?: readonly LureKind[];
}

export const lures: Detector<LuresOptions> = { name: 'lures', compile };

function compile(options: LuresOptions, plan: Plan) {
  const kinds: ReadonlySet<LureKind> = new Set(options.kinds ?? LURE_KINDS);
  const tables = LURE_TABLES.filter(({ kind }) => kinds.has(kind)).map((table) => ({
    table,
    conditions: [
      ...table.phrases.map((phrases) => keywords.compile(phrases, plan)),
      ...(table.patterns ?? []).map((regex) => pattern.compile({ regex }, plan)),
    ],
  }));
  const triggers = tables.flatMap(({ conditions }) => conditions.flatMap((condition) => condition.triggers));
  const find = (sight: Sight): Hit[] =>
    tables.flatMap(({ table, conditions }) => {
      const holding = conditions.filter(sight.mayHold, sight);
      const spans = holding
        .flatMap((condition) => condition.find(sight))
        .flatMap((hit) => (hit.kind === 'span' ? [trimmed(hit.span, sight)] : []));
      return keepWidest(spans.filter((span) => counts(table, span, sight))).map((span) =>
        asHit(table.kind, span),
      );
    });
  return { triggers, find };
}

/** A pattern looks at the sign behind a word to know that the word ends; the sign is no part of the lure. */
function trimmed(span: Span, { facts }: Sight): Span {
  const text = facts.texts[span.text]?.text ?? '';
  let { end } = span;
  while (end > span.start + 1 && SIGN.test(text[end - 1] ?? '')) end--;
  return end === span.end ? span : { ...span, end };
}

const SIGN = /[\s\p{P}]/u;

function counts({ heedsWarnings }: LureTable, span: Span, { facts }: Sight): boolean {
  return !heedsWarnings || !isWarnedOf(facts.texts[span.text]?.text ?? '', span);
}

/** Phrases overlap (加我微信 and 微信私聊): what lies within another is told by that. */
function keepWidest(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.text - b.text || a.start - b.start || b.end - a.end);
  const kept: Span[] = [];
  for (const span of sorted) {
    const before = kept.at(-1);
    if (before === undefined || before.text !== span.text || span.end > before.end) kept.push(span);
  }
  return kept;
}

const asHit = (kind: LureKind, span: Span): Hit => ({ kind: 'span', span, label: `lures.${kind}` });
