// 64-bit integers without loss. JavaScript numbers end at 2^53; WeCom's seq, meetingid and collect ids do not.

/** A non-negative integer written in decimal digits, as `UInt64` is quoted by ClickHouse. Example: `"18446744073709551615"`. */
export type Decimal = string;

/**
 * `JSON.parse` that keeps every integer beyond 2^53 as its decimal string instead of rounding it.
 * Throws `SyntaxError` on text that is not JSON, as `JSON.parse` does.
 */
export function parseJsonKeepingIntegers(text: string): unknown {
  // The reviver costs several times the parse itself, so it runs only when a long digit run makes it necessary.
  return LONG_INTEGER.test(text) ? JSON.parse(text, withSource) : JSON.parse(text);
}

const LONG_INTEGER = /\d{16}/;
const INTEGER = /^-?\d+$/;

// TypeScript's library does not know the third argument of a reviver yet; Node 22 and later pass it.
const withSource = keepIntegers as (this: unknown, key: string, value: unknown) => unknown;

function keepIntegers(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return context.source !== undefined && INTEGER.test(context.source) ? context.source : value;
}

/** Orders two decimals by value. Negative when `a < b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The larger of two decimals. */
export function maxDecimal(a: Decimal, b: Decimal): Decimal {
  return compareDecimals(a, b) >= 0 ? a : b;
}

/** `a + n`, exact. */
export function addToDecimal(a: Decimal, n: number): Decimal {
  return (BigInt(a) + BigInt(n)).toString();
}
