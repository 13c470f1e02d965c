import { describe, expect, it } from 'vitest';
import { eventTimeMs } from './event-time.ts';

const NOW = 1_764_000_000_001;
const DAY = 24 * 3_600_000;

describe('eventTimeMs', () => {
  it.each([
    ['msgtime that agrees with the msgid', '7300_1764000000001', NOW, NOW],
    ['msgtime a few days off', '7300_1764000000001', NOW - 6 * DAY, NOW - 6 * DAY],
    ['the epoch when msgtime is further off', '7300_1764000000001', NOW - 8 * DAY, NOW],
    ['the epoch when msgtime is 0', '7300_1764000000001', 0, NOW],
    ['an epoch in seconds', '7300_1764000000', 0, 1_764_000_000_000],
    ['an epoch before a suffix', '7300_1764000000001_external', 0, NOW],
    ['an epoch before two suffixes', '7300_1764000000001_updown_stream', 0, NOW],
    ['msgtime when the msgid has no epoch', 'Zx9abcDEF', NOW, NOW],
    ['0 when nothing is known', 'Zx9abcDEF', 0, 0],
    ['0 for a msgtime that cannot be', 'Zx9abcDEF', 12, 0],
    ['0 for a msgtime in microseconds', 'Zx9abcDEF', NOW * 1000, 0],
    ['msgtime when the number in the msgid is no time', '7300_9999999999999', NOW, NOW],
    ['whole milliseconds', 'Zx9abcDEF', NOW + 0.7, NOW],
  ])('gives %s', (_what, msgid, msgtime, expected) => {
    expect(eventTimeMs(msgid, msgtime)).toBe(expected);
  });
});
