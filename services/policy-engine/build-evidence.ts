// Evidence points into the original text. A span never ends inside a character: combining marks stay with their base.
import type { Evidence } from '@menshen/contracts/finding';
import type { Span } from './detector.ts';
import type { MessageFacts } from './facts.ts';
import type { LabelledHit } from './judge-rule.ts';

/** A finding shows at most so many places; a message with more has shown enough. */
export const MAX_EVIDENCE = 32;
/** Longer original text is cut in `text` and `seen`; `start` and `end` stay exact. UTF-16 units. */
export const MAX_EVIDENCE_TEXT = 2048;

/** Sorted by place, one per span; facts that are no text come last. */
export function buildEvidence(hits: readonly LabelledHit[], facts: MessageFacts): Evidence[] {
  const spans = hits.flatMap(({ hit, condition }) =>
    hit.kind === 'span' ? [{ span: hit.span, condition }] : [],
  );
  spans.sort((a, b) => a.span.text - b.span.text || a.span.start - b.span.start || a.span.end - b.span.end);
  const distinct = spans.filter((one, index) => !isSamePlace(one.span, spans[index - 1]?.span));
  const places = distinct
    .slice(0, MAX_EVIDENCE)
    .map(({ span, condition }) => spanEvidence(span, condition, facts));
  return places.concat(hits.flatMap(factEvidence)).slice(0, MAX_EVIDENCE);
}

function isSamePlace(a: Span, b: Span | undefined): boolean {
  return b !== undefined && a.text === b.text && a.start === b.start && a.end === b.end;
}

function spanEvidence(span: Span, condition: string, facts: MessageFacts): Evidence {
  const { path = '', text = '' } = facts.texts[span.text] ?? {};
  const start = startOfCharacter(text, span.start);
  const end = endOfCharacter(text, span.end);
  return {
    path,
    start,
    end,
    text: cut(text.slice(start, end)),
    seen: cut(span.seen),
    view: span.view,
    condition,
  };
}

/** What is not a text is shown whole: `{path: 'msgtype', text: 'file'}`. */
function factEvidence({ hit, condition }: LabelledHit): Evidence[] {
  if (hit.kind === 'span') return [];
  const { path, value } = hit;
  return [{ path, start: 0, end: value.length, text: value, seen: value, view: 'Fact', condition }];
}

const MARK = /^[\p{M}\p{Emoji_Modifier}]/u;

function startOfCharacter(text: string, position: number): number {
  let start = position;
  while (start > 0 && isMarkAt(text, start)) start -= isPairEnd(text, start - 1) ? 2 : 1;
  return start;
}

function endOfCharacter(text: string, position: number): number {
  let end = position;
  while (end < text.length && isMarkAt(text, end)) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  return end;
}

const isMarkAt = (text: string, index: number): boolean =>
  mayBeMark(text.charCodeAt(index)) && MARK.test(text.slice(index, index + 2));

/** Before the first combining mark, and among Han characters, there is none: nearly every character is told so. */
const mayBeMark = (unit: number): boolean => unit >= 0x300 && (unit < 0x3400 || unit >= 0xa000);

const isPairEnd = (text: string, index: number): boolean =>
  index > 0 && (text.codePointAt(index - 1) as number) > 0xffff;

/** Cuts at the limit, never inside a surrogate pair. */
function cut(text: string): string {
  if (text.length <= MAX_EVIDENCE_TEXT) return text;
  return text.slice(0, MAX_EVIDENCE_TEXT - (isPairEnd(text, MAX_EVIDENCE_TEXT) ? 1 : 0));
}
