// SIGTERM means: finish what is in hand, give the rest back, go. A second signal means: go now.

export interface Drainable {
  readonly name: string;
  drain(): Promise<void>;
}

export interface DrainOptions {
  /** Where the signals come from; `process` in production. */
  readonly signals: { once(signal: 'SIGTERM' | 'SIGINT', handler: () => void): unknown };
  /** Drained one after the other, in this order. */
  readonly parts: readonly Drainable[];
  readonly log: (line: string, detail?: unknown) => void;
}

/** Resolves with the exit code once everything has drained: 0, or 1 when a part failed to. */
export function drainOnSignal(options: DrainOptions): Promise<0 | 1> {
  return new Promise((resolve) => {
    let begun = false;
    const begin = (): void => {
      if (begun) resolve(1);
      else void drainAll(options).then(resolve);
      begun = true;
    };
    options.signals.once('SIGTERM', begin);
    options.signals.once('SIGINT', begin);
  });
}

async function drainAll(options: DrainOptions): Promise<0 | 1> {
  let code: 0 | 1 = 0;
  for (const part of options.parts) {
    try {
      await part.drain();
      options.log(`${part.name} has drained`);
    } catch (error) {
      code = 1;
      options.log(`${part.name} could not drain`, error);
    }
  }
  return code;
}
