// Whether a place in a text overlaps one of many others.
import type { Span } from '../detector.ts';

interface Interval {
  readonly start: number;
  end: number;
}

/** Tells whether a span overlaps one of `spans`. Both may be as many as the text is long, so intervals are merged and looked up. */
export function overlapTest(spans: readonly Span[]): (span: Span) => boolean {
  const byText = new Map<number, Interval[]>();
  for (const { text, start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    const intervals = byText.get(text) ?? [];
    byText.set(text, intervals);
    const previous = intervals.at(-1);
    if (previous !== undefined && start < previous.end) previous.end = Math.max(previous.end, end);
    else intervals.push({ start, end });
  }
  return ({ text, start, end }) => {
    const intervals = byText.get(text) ?? [];
    const candidate = intervals[firstEndingAfter(intervals, start)];
    return candidate !== undefined && candidate.start < end;
  };
}

/** Index of the first of the disjoint, ascending intervals that ends after `position`. */
function firstEndingAfter(intervals: readonly Interval[], position: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle] as Interval).end <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
