// Time that jumps forward from hour to hour and flows on as usual in between: pauses of a few milliseconds still end.

export interface SteppedClock {
  nowMs(): number;
  /** Never back. */
  jumpTo(nowMs: number): void;
}

/** `flow`: a clock that is never set, ms. */
export function steppedClock(beginMs: number, flow: () => number): SteppedClock {
  let setTo = beginMs;
  let setAt = flow();
  const nowMs = (): number => setTo + Math.floor(flow() - setAt);
  return {
    nowMs,
    jumpTo(toMs) {
      const now = nowMs();
      if (toMs <= now) return;
      setTo = toMs;
      setAt = flow();
    },
  };
}
