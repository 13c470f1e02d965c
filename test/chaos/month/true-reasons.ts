// Why messages of a month are missing, by the simulator's own list.

/** What really kept messages out, by the simulator's own list. */
export interface TrueReasons {
  /** WeCom archived nothing of this time. */
  readonly lapses: readonly Span[];
  /** WeCom could not be asked: what left its window before the end is gone. */
  readonly outages: readonly Span[];
  /** How long WeCom keeps content. */
  readonly windowMs: number;
}

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}
