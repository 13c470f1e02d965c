// Live, ready, started: what Kubernetes asks and what each answer means here.
// Live: the event loop turns. Started: every role has finished its start-up. Ready: connected and working, not "has messages".

export interface HealthCheck {
  readonly name: string;
  /** `undefined` when well, else why not, for people. */
  problem(): string | undefined;
}

export interface HealthAnswer {
  readonly ok: boolean;
  readonly problems: readonly string[];
}

export class Health {
  readonly #checks: HealthCheck[] = [];
  readonly #starting = new Set<string>();
  #draining = false;

  /** A role announces that it is starting; started is false until it says {@link hasStarted}. */
  isStarting(role: string): void {
    this.#starting.add(role);
  }

  hasStarted(role: string): void {
    this.#starting.delete(role);
  }

  /** Adds a condition of readiness. */
  add(check: HealthCheck): void {
    this.#checks.push(check);
  }

  /** From now on not ready: the process finishes what it has in hand. */
  isDraining(): void {
    this.#draining = true;
  }

  started(): HealthAnswer {
    return answer([...this.#starting].map((role) => `${role} is starting`));
  }

  ready(): HealthAnswer {
    const problems = this.#checks.flatMap((check) => {
      const problem = check.problem();
      return problem === undefined ? [] : [`${check.name}: ${problem}`];
    });
    return answer([...this.started().problems, ...(this.#draining ? ['draining'] : []), ...problems]);
  }
}

function answer(problems: readonly string[]): HealthAnswer {
  return { ok: problems.length === 0, problems };
}
