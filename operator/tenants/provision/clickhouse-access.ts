// Which users a tenant has in ClickHouse and what each may do there. Pure: what is there and what is wanted → the statements between them.
import { createHash } from 'node:crypto';
import { quoteName } from '@menshen/clickhouse/client';
import { databaseOf } from '@menshen/clickhouse/ensure-schema';
import { clusterClause, type Layout } from '@menshen/clickhouse/schema';
import type { Role, Workload } from '../render/plan-workloads.ts';
import { clickHouseUser } from './name-credentials.ts';

export interface Grant {
  readonly access: 'SELECT' | 'INSERT';
  readonly database: string;
  /** Absent: every table. */
  readonly table?: string;
  readonly column?: string;
}

export interface WantedUser {
  readonly name: string;
  /** `archiver`, `ingest`, `compact`, `reader`. */
  readonly component: string;
  readonly grants: readonly Grant[];
}

/** For Grafana and people: it reads, and nothing else. */
const READER = 'reader';

/** Scanner and notifier ask ClickHouse nothing, so they have no user. */
const ACCESS: Readonly<Record<Role, readonly Grant['access'][]>> = {
  ingest: ['SELECT'],
  archiver: ['SELECT', 'INSERT'],
  scanner: [],
  notifier: [],
};

export function listUsers(corpId: string, workloads: readonly Workload[]): WantedUser[] {
  const database = databaseOf(corpId);
  const processes = workloads.flatMap(({ component, roles }) => {
    const accesses = [...new Set(roles.flatMap((role) => ACCESS[role]))];
    if (accesses.length === 0) return [];
    const grants: Grant[] = accesses.map((access) => ({ access, database }));
    // A new archiver waits for inserts that its predecessor had sent (services/clickhouse/find-running-inserts.ts).
    if (roles.includes('archiver'))
      grants.push({ access: 'SELECT', database: 'system', table: 'processes', column: 'query_id' });
    return [{ name: clickHouseUser(corpId, component), component, grants }];
  });
  const reader: WantedUser = {
    name: clickHouseUser(corpId, READER),
    component: READER,
    grants: [{ access: 'SELECT', database }],
  };
  return [...processes, reader];
}

/** Every name that a user of the tenant may have, whatever its profile was. */
export function listUserNames(corpId: string): string[] {
  return ['compact', ...Object.keys(ACCESS), READER].map((component) => clickHouseUser(corpId, component));
}

/** `SELECT(column) ON db.table`: the middle of GRANT and REVOKE. */
export function spellGrant({ access, database, table, column }: Grant): string {
  const what = column === undefined ? access : `${access}(${column})`;
  return `${what} ON ${quoteName(database)}.${table === undefined ? '*' : quoteName(table)}`;
}

/** A row of system.grants. */
export interface FoundGrant {
  readonly user: string;
  readonly access: string;
  readonly database: string | null;
  readonly table: string | null;
  readonly column: string | null;
}

export interface AccessState {
  /** Users of the tenant that are there. */
  readonly users: ReadonlySet<string>;
  readonly grants: readonly FoundGrant[];
  /** Passwords to be set, by user: of users that are missing, and of those whose Secret is new. */
  readonly passwords: ReadonlyMap<string, string>;
}

/** Statements in order; none when nothing differs. Passwords appear as hashes only, because statements are logged by the server. */
export function planAccess(wanted: readonly WantedUser[], state: AccessState, layout: Layout): string[] {
  return wanted.flatMap((user) => [...planUser(user, state, layout), ...planGrants(user, state, layout)]);
}

function planUser({ name }: WantedUser, { users, passwords }: AccessState, layout: Layout): string[] {
  const password = passwords.get(name);
  if (password === undefined) return [];
  const verb = users.has(name) ? 'ALTER USER' : 'CREATE USER IF NOT EXISTS';
  const hash = createHash('sha256').update(password).digest('hex');
  return [`${verb} ${quoteName(name)}${clusterClause(layout)} IDENTIFIED WITH sha256_hash BY '${hash}'`];
}

function planGrants({ name, grants }: WantedUser, state: AccessState, layout: Layout): string[] {
  const found = new Set(state.grants.filter(({ user }) => user === name).map(keyOfFound));
  const wanted = new Set(grants.map(keyOfWanted));
  const cluster = clusterClause(layout);
  const isMore = [...found].some((key) => !wanted.has(key));
  const missing = isMore ? grants : grants.filter((grant) => !found.has(keyOfWanted(grant)));
  return [
    ...(isMore ? [`REVOKE${cluster} ALL ON *.* FROM ${quoteName(name)}`] : []),
    ...missing.map((grant) => `GRANT${cluster} ${spellGrant(grant)} TO ${quoteName(name)}`),
  ];
}

const keyOfFound = ({ access, database, table, column }: FoundGrant): string =>
  JSON.stringify([access, database, table, column]);
const keyOfWanted = ({ access, database, table, column }: Grant): string =>
  JSON.stringify([access, database, table ?? null, column ?? null]);
