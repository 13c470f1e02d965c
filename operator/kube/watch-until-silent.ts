// A watch that notices when nobody is at the other end any more: a connection can die without a word, and TCP tells after hours or never.
import type { Clock } from './clock.ts';
import type { KubeObject } from './kube-object.ts';
import type { ObjectSource } from './list-everything.ts';
import type { WatchEvent } from './watch-events.ts';

/** The watch said nothing for too long. */
export class SilentWatch extends Error {
  constructor(silentMs: number) {
    super(`a watch said nothing for ${Math.round(silentMs / 1000)} s; it is taken for dead`);
    this.name = 'SilentWatch';
  }
}

export interface WatchOnceOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly resourceVersion: string;
  /** After this the server should have ended the watch. */
  readonly timeoutSeconds: number;
  readonly silenceMs: number;
}

/** Throws SilentWatch after `silenceMs` without an event or a bookmark, else what the source throws. Ends when the server ends it. */
export async function* watchUntilSilent<T extends KubeObject>(
  source: ObjectSource<T>,
  { clock, signal, resourceVersion, timeoutSeconds, silenceMs }: WatchOnceOptions,
): AsyncGenerator<WatchEvent<T>> {
  const silence = new AbortController();
  const giveUp = (): void => silence.abort(new SilentWatch(silenceMs));
  let cancel = clock.after(silenceMs, giveUp);
  try {
    const events = source.watch({
      resourceVersion,
      timeoutSeconds,
      signal: AbortSignal.any([signal, silence.signal]),
    });
    for await (const event of events) {
      cancel();
      cancel = clock.after(silenceMs, giveUp);
      yield event;
    }
  } finally {
    cancel();
  }
}
