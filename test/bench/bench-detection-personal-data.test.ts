// The table of the detection benchmark in small: what is found must stay found, and harmless chat must stay harmless.
import { describe, expect, it, test } from 'vitest';
import {
  type FactsRow,
  measureFacts,
  measureHarmless,
  renderFacts,
} from './bench-detection-personal-data.ts';
import { writePersonalData } from './detection-corpus-personal-data.ts';

const SEED = 20_261_124;
const share = ({ right, texts }: FactsRow): number => right / texts;
const short = (row: FactsRow): string => renderFacts([row]);

describe('of made-up texts', () => {
  const rows = measureFacts(24, SEED);
  const of = (...detectors: string[]): FactsRow[] =>
    rows.filter(({ detector }) => detectors.includes(detector));

  it('every datum, secret and address is found exactly, and no near miss', () => {
    expect(of('personalData', 'secrets', 'urls').length).toBeGreaterThan(100);
    expect(
      of('personalData', 'secrets', 'urls')
        .filter((row) => share(row) < 1)
        .map(short),
    ).toEqual([]);
  });

  it('nearly every imitation of a brand is found, and nearly no honest domain', () => {
    expect(
      of('lookAlikeOf')
        .filter((row) => share(row) < 0.95)
        .map(short),
    ).toEqual([]);
    expect(of('lookAlikeOf').filter((row) => row.way === 'honest' && share(row) < 0.99)).toEqual([]);
  });

  it('the same seed gives the same table', () => {
    expect(measureFacts(2, 1)).toEqual(measureFacts(2, 1));
    expect(writePersonalData(1, 1)).not.toEqual(writePersonalData(1, 2));
  });
});

test('fewer than one harmless message in a thousand shows anything', () => {
  expect(
    measureHarmless(6_000, SEED)
      .filter((row) => share(row) < 0.999)
      .map(short),
  ).toEqual([]);
});
