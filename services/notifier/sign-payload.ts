// How a receiver knows that a webhook is ours and fresh: an HMAC over time and body.
import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'Menshen-Signature';

/**
 * The value of {@link SIGNATURE_HEADER}: `t=<seconds since the epoch>,v1=<hex>`, where v1 is HMAC-SHA256 with the channel's key
 * over `<t>.<body>`. The receiver computes the same over the bytes it got, compares in constant time, and refuses an old `t`.
 */
export function signPayload(body: string, key: string, nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000);
  const mac = createHmac('sha256', key).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
