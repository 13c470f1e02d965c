// Sleep that can be cut short: a callback wakes the poll loop, SIGTERM wakes everything.

export class Sleeper {
  readonly #wakers = new Set<() => void>();
  #ended = false;
  /** Woken while nobody slept: the next sleep ends at once. */
  #owed = false;

  /** Resolves after `ms`, or when woken. After {@link end} at once. */
  sleep(ms: number): Promise<void> {
    if (this.#ended || this.#owed) {
      this.#owed = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }

  wake(): void {
    this.#owed = this.#wakers.size === 0;
    for (const wake of [...this.#wakers]) wake();
  }

  end(): void {
    this.#ended = true;
    this.wake();
  }
}
