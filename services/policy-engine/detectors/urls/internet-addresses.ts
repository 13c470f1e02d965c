// Hosts that are addresses of machines, in every notation that browsers take: 1.2.3.4, 16909060, 0x01020304, 0100.2.3.4, [::1].

const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;
const DECIMAL = /^\d+$/;
const OCTAL = /^0[0-7]+$/;
const HEX = /^0x[0-9a-f]{1,8}$/;

/** The address in its usual notation, or undefined when the host is a name. `host` in lower case. */
export function readInternetAddress(host: string): string | undefined {
  if (host.startsWith('[')) return IPV6.test(host) && host.includes(':') ? host : undefined;
  const parts = host.split('.');
  if (parts.length > 4) return undefined;
  const numbers = parts.map(readNumber);
  const last = numbers.pop();
  if (last === undefined || numbers.some((number) => number === undefined || number > 255)) return undefined;
  // The last part fills what the others leave.
  if (last >= 256 ** (4 - numbers.length)) return undefined;
  const value = (numbers as number[]).reduce((sum, number, at) => sum + number * 256 ** (3 - at), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function readNumber(part: string): number | undefined {
  if (HEX.test(part)) return Number.parseInt(part, 16);
  if (OCTAL.test(part)) return Number.parseInt(part, 8);
  return DECIMAL.test(part) && part.length <= 10 ? Number(part) : undefined;
}
