// Asked right before a write: a process that was frozen hears late that its passes were aborted, and another may act by now.

export interface Acting {
  /** Whether this process holds the Lease now, by its own clock. */
  mayAct(): boolean;
}

export class NotLeading extends Error {
  constructor() {
    super('this operator does not lead any more');
    this.name = 'NotLeading';
  }
}

/** Throws NotLeading. */
export function assertMayAct(acting: Acting): void {
  if (!acting.mayAct()) throw new NotLeading();
}
