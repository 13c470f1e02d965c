// What a service says of itself in the STATUS bucket (entries live 60 s). The operator turns it into conditions; nobody else writes status.

export interface StatusReport {
  readonly role: string;
  readonly instance: string;
  readonly reportedAtMs: number;
  /** Machine reason from the documented list, e.g. Verified, RejectedByWeCom, IpNotAllowed, KeyMalformed, QuotaExhausted, CaughtUp, Lagging. */
  readonly reason: string;
  /** For people: what to do. Stable between reports, without content, secrets or counters. */
  readonly message: string;
  /** Numbers for status and `Propagated n/m`; keys are documented by the role that writes them. */
  readonly facts: Readonly<Record<string, string | number>>;
}

export const statusKey = (corpId: string, role: string, instance: string): string =>
  `${corpId}.${role}.${instance}`;
