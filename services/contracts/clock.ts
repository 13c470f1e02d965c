// Time as a parameter: whatever needs "now" is handed a clock, so that a test can say what time it is.

export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  nowMs(): number;
}
