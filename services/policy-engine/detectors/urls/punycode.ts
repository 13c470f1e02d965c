// Punycode (RFC 3492) of host names. Not Node's, whose answer depends on the Unicode version it was built with.

const BASE = 36;
const FIRST = 0x80;

/** Decodes the labels of a host that begin with `xn--`; a label that is not valid stays as it is. */
export function toUnicodeHost(host: string): string {
  if (!host.includes('xn--')) return host;
  return host
    .split('.')
    .map((label) => (label.startsWith('xn--') ? (decodeLabel(label.slice(4)) ?? label) : label))
    .join('.');
}

function decodeLabel(encoded: string): string | undefined {
  const dash = encoded.lastIndexOf('-');
  const points = [...encoded.slice(0, Math.max(0, dash))].map((character) => character.charCodeAt(0));
  let [point, index, bias] = [FIRST, 0, 72];
  for (let at = dash < 0 ? 0 : dash + 1; at < encoded.length; ) {
    const read = readNumber(encoded, at, bias);
    if (read === undefined) return undefined;
    at = read.next;
    const count = points.length + 1;
    const before = index;
    index += read.value;
    bias = adapt(index - before, count, before === 0 && points.length === Math.max(0, dash));
    point += Math.floor(index / count);
    index %= count;
    if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    points.splice(index++, 0, point);
  }
  return points.length === 0 ? undefined : String.fromCodePoint(...points);
}

/** A generalised variable-length integer. */
function readNumber(
  encoded: string,
  start: number,
  bias: number,
): { value: number; next: number } | undefined {
  let [value, weight] = [0, 1];
  for (let at = start, k = BASE; at < encoded.length; at++, k += BASE) {
    const digit = digitOf(encoded.charCodeAt(at));
    if (digit === undefined) return undefined;
    value += digit * weight;
    if (value > Number.MAX_SAFE_INTEGER / BASE) return undefined;
    const threshold = k <= bias ? 1 : Math.min(26, k - bias);
    if (digit < threshold) return { value, next: at + 1 };
    weight *= BASE - threshold;
  }
  return undefined;
}

function digitOf(unit: number): number | undefined {
  if (unit >= 97 && unit <= 122) return unit - 97;
  return unit >= 48 && unit <= 57 ? unit - 22 : undefined;
}

function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > 455; k += BASE) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}
