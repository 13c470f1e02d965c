// Trouble on demand: each fault waits for the next request it fits and is used up by it.

/** Faults of an answer; `api` says which calls they fit. */
export type FaultKind =
  | 'errcode'
  | 'http-502'
  | 'truncated'
  | 'empty'
  | 'not-json'
  | 'slow'
  | 'cut'
  | 'repeat-page'
  | 'wrong-range-header'
  | 'no-range-header'
  | 'empty-content'
  | 'flipped-content'
  | 'errmsg';

export interface Fault {
  readonly kind: FaultKind;
  /** How many requests it hits; default 1. */
  readonly times?: number;
  /** `gettoken`, `getchatdata`, `getchatmediadata` or another path's last word; default getchatdata. */
  readonly api?: string;
  /** For `errcode`. */
  readonly errcode?: number;
  /** For `errmsg`: said in place of "ok" by an answer that is right in everything else. */
  readonly errmsg?: string;
  /** For `slow`, ms. */
  readonly delayMs?: number;
}

export interface Faults {
  inject(fault: Fault): void;
  /** The fault that hits this request, if any; uses it up. */
  take(api: string): Fault | undefined;
  /** Removes everything that still waits. */
  clear(): void;
}

export const FAULT_KINDS: readonly FaultKind[] = [
  'errcode',
  'http-502',
  'truncated',
  'empty',
  'not-json',
  'slow',
  'cut',
  'repeat-page',
  'wrong-range-header',
  'no-range-header',
  'empty-content',
  'flipped-content',
  'errmsg',
];

/** Throws an `Error` that names the known kinds. */
export function checkFaultKind(kind: string): void {
  if (!FAULT_KINDS.some((known) => known === kind))
    throw new Error(`no fault is called ${kind}; known: ${FAULT_KINDS.join(', ')}`);
}

export function createFaults(): Faults {
  let waiting: { fault: Fault; left: number }[] = [];
  return {
    inject(fault) {
      checkFaultKind(fault.kind);
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(api) {
      const hit = waiting.find(({ fault }) => (fault.api ?? 'getchatdata') === api);
      if (hit === undefined) return undefined;
      hit.left--;
      if (hit.left <= 0) waiting = waiting.filter((entry) => entry !== hit);
      return hit.fault;
    },
    clear() {
      waiting = [];
    },
  };
}
