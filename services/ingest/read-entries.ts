// Pulled entries and what came out of their envelopes, read into messages or into reasons why there is none. Pure.
import type { DeadReason } from '@menshen/contracts/dead-letter';
import type { WeComMessage } from '@menshen/contracts/message';
import { parseMessage } from '@menshen/contracts/parse-message';
import type { Decrypted } from './decrypt/decrypt-task.ts';
import type { PulledEntry } from './wecom/read-page.ts';

export type ReadEntry =
  | { readonly ok: true; readonly entry: PulledEntry; readonly raw: Buffer; readonly message: WeComMessage }
  | {
      readonly ok: false;
      readonly entry: PulledEntry;
      readonly reason: DeadReason;
      readonly detail: string;
      /** Decrypted bytes as far as decryption came. */
      readonly raw: Buffer;
    };

const NOTHING = Buffer.alloc(0);

/** `opened[i]` belongs to `entries[i]`. */
export function readEntries(entries: readonly PulledEntry[], opened: readonly Decrypted[]): ReadEntry[] {
  return entries.map((entry, index) => readEntry(entry, opened[index]));
}

function readEntry(entry: PulledEntry, opened: Decrypted | undefined): ReadEntry {
  const dead = (reason: DeadReason, detail: string, raw: Buffer = NOTHING): ReadEntry => ({
    ok: false,
    entry,
    reason,
    detail,
    raw,
  });
  if (entry.malformed !== undefined) return dead('malformed-envelope', entry.malformed);
  if (opened === undefined) throw new Error('an entry was not handed to the decrypt workers');
  if (!opened.ok) return dead(opened.reason, opened.detail);
  const parsed = parseMessage(opened.plaintext);
  if (!parsed.ok) return dead(parsed.reason, parsed.detail, opened.plaintext);
  return { ok: true, entry, raw: opened.plaintext, message: parsed.message };
}
