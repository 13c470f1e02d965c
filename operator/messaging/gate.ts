// Lets only so many in at once; the others wait in the order in which they came.

export interface Gate {
  /** Runs `work` when there is room. Rejects as `work` does. */
  pass<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(most: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return {
    pass: async (work) => {
      if (inside < most) inside += 1;
      // Whoever leaves hands over its place.
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) inside -= 1;
        else next();
      }
    },
  };
}
