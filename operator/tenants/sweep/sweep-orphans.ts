// Looks now and then which tenants have gone, and removes what was to be removed once their time is over. What is removed is gone for ever, so
// the API server itself is asked again right before, and everything that does not carry the gone tenant's own stamp stays.
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ApiClient } from '../../kube/api-client.ts';
import { type Clock, type Random, sleep, type WallClock } from '../../kube/clock.ts';
import { TENANTS } from '../child-resources.ts';
import type { TenantObject } from '../tenant-ports.ts';
import { type Decision, decideOrphan } from './decide-orphans.ts';
import type { TenantRecords } from './keep-records.ts';
import { sweepClickHouse } from './sweep-clickhouse.ts';
import { sweepNats } from './sweep-nats.ts';
import type { TenantRecord } from './tenant-record.ts';

export interface SweepPorts {
  readonly client: Pick<ApiClient, 'listPage'>;
  readonly records: TenantRecords;
  readonly wallClock: WallClock;
  /** Rejects when there is no way in, for instance because the Secret with the credentials is gone. */
  readonly borrowNats: (record: TenantRecord) => Promise<{ readonly nats: NatsConnection; release(): void }>;
  /** A connection to no database of a tenant; rejects likewise. */
  readonly openClickHouse: (record: TenantRecord) => Promise<ClickHouse>;
  readonly report: (event: SweepEvent) => void;
}

export interface SweepEvent {
  readonly corpId: string;
  readonly tenant: string;
  /**
   * `Swept`: everything is removed. `Foreign`: something carries another owner's stamp; a person must look. `Failed`: tried again at the next
   * look. The others are decide-orphans.ts's.
   */
  readonly kind: Exclude<Decision['kind'], 'Keep' | 'Sweep'> | 'Swept' | 'Foreign' | 'Failed';
  readonly error?: unknown;
}

/** One look. Rejects with ApiError when the API server cannot be asked; what goes wrong with one tenant is reported, and others go on. */
export async function sweepOrphans(ports: SweepPorts, signal?: AbortSignal): Promise<void> {
  const records = await ports.records.list(signal);
  const liveCorpIds = await listLiveCorpIds(ports.client, signal);
  for (const record of records) {
    if (signal?.aborted === true) return;
    const decision = decideOrphan(record, { liveCorpIds, nowMs: ports.wallClock.nowMs() });
    await act(ports, record, { decision, signal });
  }
}

async function act(
  ports: SweepPorts,
  record: TenantRecord,
  { decision, signal }: { readonly decision: Decision; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { records, report } = ports;
  const { corpId, tenant, goneSinceMs: _before, ...rest } = record;
  switch (decision.kind) {
    case 'Keep':
      return;
    case 'MarkGone':
      await records.write({ ...record, goneSinceMs: decision.goneSinceMs }, signal);
      return report({ corpId, tenant, kind: 'MarkGone' });
    case 'ClearGone':
      await records.write({ corpId, tenant, ...rest }, signal);
      return report({ corpId, tenant, kind: 'ClearGone' });
    case 'Sweep':
      return await sweep(ports, record, signal);
  }
}

async function sweep(
  ports: SweepPorts,
  record: TenantRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { corpId, tenant } = record;
  // Listing took time, and so did the tenants before this one.
  if ((await listLiveCorpIds(ports.client, signal)).has(corpId)) return;
  try {
    const outcomes = [await sweepStreams(ports, record), await sweepTables(ports, record)];
    if (outcomes.includes('Foreign')) return ports.report({ corpId, tenant, kind: 'Foreign' });
    await ports.records.forget(corpId, signal);
    ports.report({ corpId, tenant, kind: 'Swept' });
  } catch (error) {
    ports.report({ corpId, tenant, kind: 'Failed', error });
  }
}

async function sweepStreams({ borrowNats }: SweepPorts, record: TenantRecord): Promise<'Swept' | 'Foreign'> {
  const loan = await borrowNats(record);
  try {
    return await sweepNats(loan.nats, record);
  } finally {
    loan.release();
  }
}

async function sweepTables(ports: SweepPorts, record: TenantRecord): Promise<'Swept' | 'Foreign'> {
  const clickhouse = await ports.openClickHouse(record);
  try {
    return await sweepClickHouse(clickhouse, record);
  } finally {
    await clickhouse.close();
  }
}

const PAGE = 500;

/** Of the API server itself, not of a cache: one that lags would take a tenant that is there for gone. */
async function listLiveCorpIds(
  client: SweepPorts['client'],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const corpIds = new Set<string>();
  let continueToken: string | undefined;
  do {
    const page = await client.listPage<TenantObject>(TENANTS, {
      limit: PAGE,
      ...(continueToken === undefined ? {} : { continueToken }),
      ...(signal === undefined ? {} : { signal }),
    });
    for (const { spec } of page.items) corpIds.add(spec.corpId);
    continueToken = page.continueToken;
  } while (continueToken !== undefined && continueToken !== '');
  return corpIds;
}

const LOOK_EVERY_MS = 15 * 60_000;
const JITTER = 0.2;

export interface SweeperPorts extends SweepPorts {
  readonly clock: Clock;
  readonly random: Random;
  /** A look failed as a whole: the API server cannot be asked. */
  readonly failed: (error: unknown) => void;
}

/** Looks every quarter of an hour until the signal; resolves when the last look has ended. */
export async function keepSweeping(ports: SweeperPorts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await sweepOrphans(ports, signal);
    } catch (error) {
      if (!signal.aborted) ports.failed(error);
    }
    await sleep(ports.clock, LOOK_EVERY_MS * (1 + JITTER * ports.random()), signal);
  }
}
