// Which notice of a channel is due next: a heap, because ten thousand of them may wait while a receiver is down.

interface Entry {
  readonly id: string;
  readonly dueAtMs: number;
  /** Of two that are due at the same time the one that came first goes first. */
  readonly order: number;
}

/** An id may be in it more than once: whoever takes it out looks whether it is still due. */
export class DueQueue {
  readonly #heap: Entry[] = [];
  #added = 0;

  add(id: string, dueAtMs: number): void {
    const heap = this.#heap;
    let at = heap.push({ id, dueAtMs, order: this.#added++ }) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#isBefore(at, parent); parent = (at - 1) >> 1) {
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** When the first is due, ms; infinity when there is none. */
  nextDueAtMs(): number {
    return this.#heap[0]?.dueAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out the first. */
  take(): string | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first?.id;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heap.length && this.#isBefore(child, least)) least = child;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.dueAtMs < b.dueAtMs || (a.dueAtMs === b.dueAtMs && a.order < b.order);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined) return;
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
