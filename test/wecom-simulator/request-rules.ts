// Strictness: what a careful client never does is written down, so that a test can assert that the list is empty.

export interface ProtocolError {
  readonly path: string;
  readonly problem: string;
}

export interface ProtocolErrors {
  add(path: string, problem: string): void;
  list(): readonly ProtocolError[];
}

export function createProtocolErrors(): ProtocolErrors {
  const errors: ProtocolError[] = [];
  return {
    add: (path, problem) => {
      errors.push({ path, problem });
    },
    list: () => errors,
  };
}

/** A window of one minute; `take` says whether one more call may go. */
export interface MinuteLimit {
  take(nowMs: number): boolean;
}

export function minuteLimit(most: number): MinuteLimit {
  const calls: number[] = [];
  return {
    take(nowMs) {
      while (calls[0] !== undefined && calls[0] <= nowMs - 60_000) calls.shift();
      if (calls.length >= most) return false;
      calls.push(nowMs);
      return true;
    },
  };
}
