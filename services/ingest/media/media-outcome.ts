// What came of one file, and what to do next. Pure decisions.
import type { MediaFact } from '@menshen/contracts/captured-message';
import type { MediaReference } from '@menshen/contracts/media-reference';
import type { SourceFault } from '../wecom/classify-errcode.ts';

export type MediaOutcome =
  | {
      readonly kind: 'Stored';
      readonly sha256: `sha256:${string}`;
      readonly sizeBytes: number;
      readonly objectKey: string;
      readonly claim: 'Match' | 'Mismatch' | 'NotClaimed';
    }
  /** It may succeed later, inside WeCom's window. `systemic`: the next file would fail the same way. */
  | {
      readonly kind: 'Failed';
      readonly cause: string;
      readonly fault?: SourceFault;
      readonly systemic: boolean;
    }
  /** It never will. */
  | { readonly kind: 'Lost'; readonly cause: string }
  /** The process stops, or our own store is away: nothing is said about the file. */
  | { readonly kind: 'Interrupted'; readonly error?: unknown };

/** How a fault of the source ends a file. */
export function outcomeOfFault(fault: SourceFault): MediaOutcome {
  if (fault.action === 'GiveUpItem') return { kind: 'Lost', cause: fault.reason };
  const systemic = fault.action !== 'Retry' || fault.reason === 'WeComUnreachable';
  return { kind: 'Failed', cause: fault.reason, fault, systemic };
}

/** WeCom's md5sum and size are claims to check, not identities; either may be absent, and md5sum is wrong at times. */
export function checkClaim(
  reference: Pick<MediaReference, 'md5sum' | 'sizeBytes'>,
  got: { readonly md5: string; readonly sizeBytes: number },
): 'Match' | 'Mismatch' | 'NotClaimed' {
  const claimsMd5 = reference.md5sum !== '';
  if (claimsMd5 && reference.md5sum.toLowerCase() !== got.md5) return 'Mismatch';
  if (reference.sizeBytes !== undefined && reference.sizeBytes !== got.sizeBytes) return 'Mismatch';
  return claimsMd5 || reference.sizeBytes !== undefined ? 'Match' : 'NotClaimed';
}

/** The fact of a path; `undefined` while nothing can be said. */
export function factOf(path: string, outcome: MediaOutcome): MediaFact | undefined {
  switch (outcome.kind) {
    case 'Stored': {
      const { sha256, sizeBytes, objectKey, claim } = outcome;
      return { path, state: 'Stored', sha256, sizeBytes, objectKey, claim };
    }
    case 'Failed':
      return { path, state: 'Gap', cause: outcome.cause, final: false };
    case 'Lost':
      return { path, state: 'Gap', cause: outcome.cause, final: true };
    case 'Interrupted':
      return undefined;
  }
}

/** WeCom keeps content for five days (developer page p/91552). */
export const MEDIA_WINDOW_MS = 5 * 24 * 3_600_000;

/** How long a draft of a file may be needed: the window, and two days for clocks, time zones and a slow end. */
export const DRAFT_KEPT_MS = MEDIA_WINDOW_MS + 2 * 24 * 3_600_000;

/** After the window what is still missing is lost. */
export function expire(facts: readonly MediaFact[], isOver: boolean): readonly MediaFact[] {
  if (!isOver) return facts;
  return facts.map((fact) => (isOpen(fact) ? { ...fact, cause: 'Expired', final: true } : fact));
}

/** A gap keeps the moment it was noticed until something about it changes. */
export function dateGaps(
  facts: readonly MediaFact[],
  known: ReadonlyMap<string, MediaFact>,
  nowMs: number,
): MediaFact[] {
  return facts.map((fact) => {
    if (fact.state !== 'Gap') return fact;
    const before = known.get(fact.path);
    const isSame = before?.state === 'Gap' && before.final === fact.final;
    return { ...fact, detectedAtMs: (isSame ? before.detectedAtMs : undefined) ?? nowMs };
  });
}

export const isOpen = (fact: MediaFact): boolean => fact.state === 'Gap' && fact.final !== true;

const LONGEST_RETRY_MS = 30 * 60_000;

/** Wait before the next try, ms; `failures` counts from 1. */
export function retryDelayMs(firstMs: number, failures: number): number {
  return Math.min(LONGEST_RETRY_MS, firstMs * 2 ** Math.min(20, failures - 1));
}
