// What the relay told about each call of the SDK, until the call is over. The SDK takes the proxy's credential per call, so every call has a name.
import type { RelayReport } from '../relay/relayed-answer.ts';

export class RelayedCalls {
  readonly #open = new Map<string, RelayReport[]>();
  #last = 0;

  /** A name for the next call; reports that carry it are kept until {@link take}. */
  begin(): string {
    const caller = `call-${++this.#last}`;
    this.#open.set(caller, []);
    return caller;
  }

  /** A report for a call that is over (its host was killed meanwhile) is of no use to anyone. */
  note(report: RelayReport): void {
    this.#open.get(report.caller)?.push(report);
  }

  /** What was told about a call that is not over yet. */
  told(caller: string): readonly RelayReport[] {
    return this.#open.get(caller) ?? [];
  }

  /** Ends the call and gives what was told about it, in order. */
  take(caller: string): readonly RelayReport[] {
    const told = this.#open.get(caller) ?? [];
    this.#open.delete(caller);
    return told;
  }
}
