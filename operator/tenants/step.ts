// What every step of a tenant's reconciliation gives back. A step looks, brings one thing in line, and says what it found; the order of
// steps, what one failure means for the next, and the status are decided in reconcile-tenant.ts and summarise-tenant.ts alone.

/** A condition as a step sees it; times and generations are added where the status is written. */
export interface StepCondition {
  /** From the closed list in operator/tenants/README.md. */
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** From the closed list in operator/tenants/README.md. */
  readonly reason: string;
  /** What is wrong and what to do. The same from pass to pass while nothing changes: no counters, no times. */
  readonly message: string;
}

export interface StepResult {
  readonly conditions: readonly StepCondition[];
  /** Whether later steps can do nothing useful. Default no: what can go on, goes on. */
  readonly blocks?: boolean;
  /** Whether only a person can help (`Stalled`). Default no. */
  readonly isStalled?: boolean;
  /** Look again then although nothing changed, milliseconds. */
  readonly requeueAfterMs?: number;
}
