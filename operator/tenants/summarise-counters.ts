// The numbers of a tenant's status, from what its processes report. They are for people who glance at `kubectl get`: rounded, and written at
// most every few minutes, because every write goes to etcd and to everybody who watches. Exact ones are metrics.
import type { StatusReport } from '@menshen/contracts/status-report';
import type { WeComTenantStatus } from '@menshen/crds/types/wecomtenants';
import { newestOf } from './judge-reports.ts';

export type Counters = Pick<WeComTenantStatus, 'ingest' | 'scanner' | 'policies' | 'countersRefreshedAt'>;

export const REFRESH_MS = 5 * 60_000;
const JITTER = 0.2;
const MINUTE_MS = 60_000;

/**
 * What to write now. `previous`: what is there. `jitter` in [0, 1) is the tenant's own, so that not all are refreshed at once. What must not
 * wait (how many scanners are wanted, where WeCom is) is written at once; the rest stays as it is until its time has come.
 */
export function summariseCounters(
  previous: Counters,
  reports: readonly StatusReport[],
  of: { readonly nowMs: number; readonly jitter: number; readonly scanners: number | undefined },
): Counters {
  const isDue = countersDueInMs(previous, of) === undefined;
  const kept = isDue || lacksSomething(previous, reports) ? refresh(previous, reports, of.nowMs) : previous;
  const ingest = withBlocks(kept.ingest, reports);
  const { replicas: _formerly, ...numbers } = kept.scanner ?? {};
  const scanner = of.scanners === undefined ? numbers : { ...numbers, replicas: of.scanners };
  return {
    ...(ingest === undefined ? {} : { ingest }),
    ...(isEmpty(scanner) ? {} : { scanner }),
    ...(kept.policies === undefined ? {} : { policies: kept.policies }),
    ...(kept.countersRefreshedAt === undefined ? {} : { countersRefreshedAt: kept.countersRefreshedAt }),
  };
}

/**
 * How long the numbers stay as they are; `undefined` when their time has come. A pass then is what keeps them from growing old where nothing
 * else brings one.
 */
export function countersDueInMs(
  { countersRefreshedAt }: Counters,
  of: { readonly nowMs: number; readonly jitter: number },
): number | undefined {
  const dueMs = Date.parse(countersRefreshedAt ?? '') + REFRESH_MS * (1 + JITTER * of.jitter);
  return dueMs > of.nowMs ? dueMs - of.nowMs : undefined;
}

/** What nobody knew before does not wait. */
function lacksSomething(previous: Counters, reports: readonly StatusReport[]): boolean {
  const { ingest, scanner } = previous;
  const facts = newestOf(reports, 'ingest')?.facts;
  return (
    (ingest?.cursor === undefined && facts?.['cursor'] !== undefined) ||
    (ingest?.lastMessageTime === undefined && facts?.['lastMessageAtMs'] !== undefined) ||
    (scanner?.pending === undefined && reports.some(({ role }) => role === 'scanner'))
  );
}

/** Where nothing has changed, not even the time is: then nothing is written. */
function refresh(previous: Counters, reports: readonly StatusReport[], nowMs: number): Counters {
  const ingest = readIngest(previous, reports);
  const next: Counters = { ...(ingest === undefined ? {} : { ingest }), ...readScanners(previous, reports) };
  const isSame = (['ingest', 'scanner', 'policies'] as const).every(
    (part) => JSON.stringify(next[part]) === JSON.stringify(previous[part]),
  );
  return isSame ? previous : { ...next, countersRefreshedAt: wholeSeconds(nowMs) };
}

function readIngest(previous: Counters, reports: readonly StatusReport[]): Counters['ingest'] {
  const facts = newestOf(reports, 'ingest')?.facts;
  if (facts === undefined) return previous.ingest;
  const { cursor, lastMessageAtMs, permittedSeats, openGaps, deadLetters } = facts;
  return {
    ...previous.ingest,
    ...(cursor === undefined ? {} : { cursor: String(cursor) }),
    ...(typeof lastMessageAtMs === 'number'
      ? { lastMessageTime: wholeSeconds(Math.floor(lastMessageAtMs / MINUTE_MS) * MINUTE_MS) }
      : {}),
    ...(typeof permittedSeats === 'number' ? { permittedSeats } : {}),
    ...(typeof openGaps === 'number' ? { openGaps } : {}),
    ...(typeof deadLetters === 'number' ? { deadLetters: round(deadLetters) } : {}),
  };
}

/** Every scanner counts all that waits, so the largest number is the tenant's. */
function readScanners(
  previous: Counters,
  reports: readonly StatusReport[],
): Pick<Counters, 'scanner' | 'policies'> {
  const facts = reports.filter(({ role }) => role === 'scanner').map((report) => report.facts);
  const most = (name: string): number | undefined => {
    const numbers = facts.flatMap((each) => (typeof each[name] === 'number' ? [each[name]] : []));
    return numbers.length === 0 ? undefined : Math.max(...numbers);
  };
  const [pending, oldest] = [most('pendingMessages'), most('oldestPendingSeconds')];
  const [matched, rejected] = [most('policies'), most('rejected')];
  const scanner = {
    ...previous.scanner,
    ...(pending === undefined ? {} : { pending: round(pending) }),
    ...(oldest === undefined ? {} : { oldestPendingSeconds: round(oldest) }),
  };
  const policies = {
    ...previous.policies,
    ...(matched === undefined ? {} : { matched }),
    ...(rejected === undefined ? {} : { rejected }),
  };
  return {
    ...(isEmpty(scanner) ? {} : { scanner }),
    ...(isEmpty(policies) ? {} : { policies }),
  };
}

/** Address blocks decide what the network lets through: they are remembered here, beyond the life of a report. */
function withBlocks(ingest: Counters['ingest'], reports: readonly StatusReport[]): Counters['ingest'] {
  const blocks = readBlocks(reports);
  return blocks === undefined ? ingest : { ...ingest, apiAddressBlocks: [...blocks] };
}

/** As ingest reports them in the fact `wecomBlocks`, separated by commas; `undefined` when it says nothing. */
export function readBlocks(reports: readonly StatusReport[]): readonly string[] | undefined {
  const text = newestOf(reports, 'ingest')?.facts['wecomBlocks'];
  if (typeof text !== 'string' || text === '') return undefined;
  return [...new Set(text.split(','))].sort();
}

/** Two digits are enough to see what is going on, and change seldom. */
function round(number: number): number {
  if (number < 100) return number;
  const unit = 10 ** (Math.floor(Math.log10(number)) - 1);
  return Math.round(number / unit) * unit;
}

const isEmpty = (object: object): boolean => Object.keys(object).length === 0;

const wholeSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
