// What provisioning needs of the world outside Kubernetes, as narrow as it can be.
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { NatsConnection } from '@nats-io/transport-node';
import type { SettledTenant } from '../settled-tenant.ts';

/** A connection on loan from a pool. */
export interface NatsLoan {
  readonly nats: NatsConnection;
  release(): void;
}

export interface ArchivedSequences {
  /** Highest sequence of each stream that was ever archived, 0 when none was. */
  readonly capture: number;
  readonly outcome: number;
}

/** Rejects when the server cannot be reached or does not let us in. */
export type BorrowNats = (tenant: SettledTenant) => Promise<NatsLoan>;

/** Where a stream that was lost goes on from; rejects while the archive cannot be asked, because nobody may guess. */
export type ReadArchivedSequences = (tenant: SettledTenant) => Promise<ArchivedSequences>;

/** A connection to the tenant's database with the most rights that the operator has; to be closed by the caller. */
export type OpenDatabase = (tenant: SettledTenant) => Promise<ClickHouse>;
