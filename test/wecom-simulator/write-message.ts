// From "who says what to whom" to the JSON that WeCom would deliver (bodies of WeCom developer page p/91774).
import type { SeededRandom } from './seeded-random.ts';

export interface Address {
  readonly from: string;
  readonly tolist: readonly string[];
  readonly roomid: string;
  readonly isExternal: boolean;
}

export interface Draft {
  readonly msgtype: string;
  /** Key under which the body stands; differs from msgtype for some types. */
  readonly bodyKey?: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Fields beside the body, e.g. `voiceid`. */
  readonly beside?: Readonly<Record<string, unknown>>;
  readonly action?: 'send' | 'recall';
}

/** Old style base64-like, later digits and epoch seconds, now digits and epoch milliseconds; `_external` when an outsider takes part. */
export function nameMessage(
  random: SeededRandom,
  number: number,
  at: { ms: number; isExternal: boolean },
): string {
  const suffix = at.isExternal ? '_external' : '';
  const style = random.integer(20);
  if (style === 0)
    return `${random.bytes(12).toString('base64').replace(/[+/=]/g, 'x')}${number.toString(36)}${suffix}`;
  const digits = String(7_300_000_000_000 + number);
  return style === 1 ? `${digits}_${Math.floor(at.ms / 1000)}${suffix}` : `${digits}_${at.ms}${suffix}`;
}

/** The plaintext. `quirk`: numbers as strings now and then, as gateways do. */
export function writeMessage(
  draft: Draft,
  address: Address,
  at: { msgid: string; ms: number; quirk: boolean },
): string {
  const { from, tolist, roomid } = address;
  const message = {
    msgid: at.msgid,
    action: draft.action ?? 'send',
    from,
    tolist,
    roomid,
    msgtime: at.quirk ? String(at.ms) : at.ms,
    msgtype: draft.msgtype,
    ...draft.beside,
    [draft.bodyKey ?? draft.msgtype]: draft.body,
  };
  // 64-bit numbers are written as WeCom writes them: bare digits, which JSON.stringify cannot do.
  return JSON.stringify(message).replace(/"#(\d+)#"/g, '$1');
}

/** A number beyond 2^53 in a draft. */
export const bigNumber = (digits: string): string => `#${digits}#`;
