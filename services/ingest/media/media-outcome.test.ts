import type { MediaFact } from '@menshen/contracts/captured-message';
import { describe, expect, it } from 'vitest';
import { dateGaps } from './media-outcome.ts';

describe('the date of a gap', () => {
  const gap = (of: Partial<MediaFact> = {}): MediaFact => ({
    path: 'file',
    state: 'Gap',
    final: false,
    ...of,
  });
  it.each<[string, MediaFact, MediaFact | undefined, number | undefined]>([
    ['is the moment it was noticed', gap(), undefined, 9],
    ['stays while it is tried again', gap({ cause: 'BadAnswer' }), gap({ detectedAtMs: 5 }), 5],
    ['is a new one when it becomes final', gap({ final: true }), gap({ detectedAtMs: 5 }), 9],
    [
      'is no business of a stored file',
      { path: 'file', state: 'Stored' },
      gap({ detectedAtMs: 5 }),
      undefined,
    ],
  ])('%s', (_what, fact, known, expected) => {
    const before = new Map(known === undefined ? [] : [[known.path, known]]);
    expect(dateGaps([fact], before, 9)[0]?.detectedAtMs).toBe(expected);
  });
});
