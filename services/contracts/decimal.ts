// 64-bit integers without loss. JavaScript numbers end at 2^53; WeCom's seq, meetingid and collect ids do not.

/** A non-negative integer written in decimal digits, as `UInt64` is quoted by ClickHouse. Example: `"18446744073709551615"`. */
export type Decimal = string;

/**
 * `JSON.parse` that keeps every integer beyond 2^53 as its decimal string instead of rounding it.
 * Throws `SyntaxError` on text that is not JSON, as `JSON.parse` does.
 */
export function parseJsonKeepingIntegers(text: string): unknown {
  // The reviver costs several times the parse itself, so it runs only when a long digit run makes it necessary.
  return hasDigitRun(text) ? JSON.parse(text, withSource) : JSON.parse(text);
}

/** 2^53 has 16 digits: a shorter run is always exact. */
const LONG_RUN = 16;

/**
 * True when 16 digits stand in a row. Every such run covers a place that is one less than a multiple of 16, so only those are looked at: a regular
 * expression reads every character, and this runs for every message.
 */
function hasDigitRun(text: string): boolean {
  for (let at = LONG_RUN - 1; at < text.length; at += LONG_RUN) {
    if (!isDigitAt(text, at)) continue;
    let from = at;
    while (isDigitAt(text, from - 1)) from--;
    let to = at + 1;
    while (isDigitAt(text, to)) to++;
    if (to - from >= LONG_RUN) return true;
  }
  return false;
}

/** Beyond the text `charCodeAt` is NaN, which no comparison holds for. */
function isDigitAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
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
