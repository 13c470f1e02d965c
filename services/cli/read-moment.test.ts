import { describe, expect, it } from 'vitest';
import { readMoment, showTime } from './read-moment.ts';

describe('a moment', () => {
  it.each([
    ['2026-11-01', 'Asia/Shanghai', '2026-10-31T16:00:00.000Z'],
    ['2026-11-01', 'UTC', '2026-11-01T00:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Berlin', '2026-03-29T22:00:00.000Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-11-01T08:00:00+08:00', 'UTC', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T08:00:00.5Z', 'Asia/Shanghai', '2026-11-01T08:00:00.500Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(new Date(readMoment('from', text, zone)).toISOString()).toBe(expected);
  });

  it.each(['', 'yesterday', '2026-1-1', '2026-13-01', '2026-11-01 08:00', '2026-11-01T25:00:00Z'])(
    '%j is none',
    (text) => {
      expect(() => readMoment('from', text, 'UTC')).toThrow(/--from is/);
    },
  );

  it('is shown in the zone', () => {
    expect(showTime(Date.UTC(2026, 9, 31, 16), 'Asia/Shanghai')).toBe('2026-11-01 00:00:00');
  });
});
