// The evaluator in force and its successor. Traffic goes to one at a time and changes over between two batches:
// every batch is judged whole by one policy set. A dead evaluator is replaced by one with the same set.
import type { CompiledSet, EvaluationJob, EvaluationResult, PolicyInput } from './evaluation-job.ts';
import { type Evaluator, EvaluatorDied } from './evaluator.ts';

export interface PolicySetInForce {
  readonly policies: readonly PolicyInput[];
  readonly set: CompiledSet;
}

/** `Died`: the evaluator did not survive the batch, so each of its messages is to be judged alone. */
export type HostedResult = EvaluationResult | { readonly kind: 'Died'; readonly why: string };

interface Current {
  readonly evaluator: Evaluator;
  readonly inForce: PolicySetInForce;
}

export class EvaluatorHost {
  readonly #start: () => Evaluator;
  readonly #onDeath: (why: string) => void;
  #current: Current | undefined;
  #replacing: Promise<void> | undefined;
  /**
   * Ready to compile the next set: the evaluator that was in force before. Its code has been compiled by the engine of JavaScript long ago, so
   * it compiles a set several times as fast as a fresh one: an edit among 500 policies is in force within a second.
   */
  #spare: Evaluator | undefined;
  #closed = false;

  constructor(start: () => Evaluator, onDeath: (why: string) => void) {
    this.#start = start;
    this.#onDeath = onDeath;
  }

  get inForce(): PolicySetInForce | undefined {
    return this.#current?.inForce;
  }

  /** An evaluator without policies, to be compiled and then handed to {@link switchTo}. */
  takeStandby(): Evaluator {
    const standby = this.#spare?.alive === true ? this.#spare : this.#start();
    this.#spare = undefined;
    return standby;
  }

  /** From the next batch on, `evaluator` judges. The one before finishes what it was given. */
  switchTo(evaluator: Evaluator, inForce: PolicySetInForce): void {
    const before = this.#current;
    this.#current = { evaluator, inForce };
    if (this.#closed) {
      void before?.evaluator.close();
      return;
    }
    const spare = before?.evaluator ?? this.#start();
    if (this.#spare !== spare) void this.#spare?.close();
    this.#spare = spare;
    // The first one is warmed up by what it will be given next time, more or less; then it lets go of the set. Both are in its queue before
    // anybody can take it: whatever it compiles for them comes after. A death is found by who takes it.
    const asked = before === undefined ? [inForce.policies, []] : [[]];
    for (const policies of asked) void spare.compile(policies).catch(() => undefined);
  }

  /** Rejects before the first {@link switchTo}, and when a dead evaluator cannot be replaced. */
  async evaluate(job: EvaluationJob): Promise<HostedResult> {
    for (;;) {
      const current = this.#current;
      if (current === undefined) throw new Error('no policy set is in force yet');
      try {
        return await current.evaluator.evaluate(job);
      } catch (error) {
        if (!(error instanceof EvaluatorDied)) throw error;
        if (error.inHand) {
          this.#onDeath(error.message);
          return { kind: 'Died', why: error.message };
        }
        await this.#replace(current);
      }
    }
  }

  /** Compiles the same set anew, once for all batches that wait for it. */
  async #replace(dead: Current): Promise<void> {
    if (this.#closed) throw new Error('the scanner is stopping');
    if (this.#current !== dead) return;
    this.#replacing ??= (async () => {
      const evaluator = this.takeStandby();
      try {
        await evaluator.compile(dead.inForce.policies);
      } catch (error) {
        await evaluator.close();
        throw new Error('cannot replace an evaluator that died', { cause: error });
      }
      // A newer set may have come into force meanwhile; then this one is late.
      if (this.#current === dead) this.switchTo(evaluator, dead.inForce);
      else await evaluator.close();
    })().finally(() => {
      this.#replacing = undefined;
    });
    await this.#replacing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#current?.evaluator.close(), this.#spare?.close()]);
  }
}
