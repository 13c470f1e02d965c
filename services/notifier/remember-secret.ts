// Secrets are read from files that may change at any time. Reading one costs more than the rest of a notice, so an answer serves for a second.
import type { Clock } from '@menshen/contracts/clock';

export type ReadSecret = (file: string) => Promise<string>;

const REMEMBERED_MS = 1_000;

/** Reads a file at most once a second. A read that fails is not remembered. */
export function rememberSecrets(read: ReadSecret, clock: Clock): ReadSecret {
  const known = new Map<string, { readonly untilMs: number; readonly secret: Promise<string> }>();
  return (file) => {
    const nowMs = clock.nowMs();
    const last = known.get(file);
    if (last !== undefined && nowMs < last.untilMs) return last.secret;
    const secret = read(file);
    known.set(file, { untilMs: nowMs + REMEMBERED_MS, secret });
    secret.catch(() => known.delete(file));
    return secret;
  };
}
