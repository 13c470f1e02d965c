// Step: the tenant's database, brought forward under a lock, stamped with its owner; users with no more rights than each needs, where the
// operator was given a user that may make them.

import { type ClickHouse, quoteName } from '@menshen/clickhouse/client';
import {
  type Exclusively,
  ensureSchema,
  MigrationFailed,
  SchemaMismatch,
  VersionTooOld,
} from '@menshen/clickhouse/ensure-schema';
import { isDenied, isUnreachable, serverMessage } from '@menshen/clickhouse/judge-error';
import { clusterClause, type Layout } from '@menshen/clickhouse/schema';
import { LockUnavailable } from '@menshen/jetstream/hold-lock';
import { ApiError } from '../../kube/api-error.ts';
import { planWorkloads } from '../render/plan-workloads.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepResult } from '../step.ts';
import type { StepContext } from '../tenant-ports.ts';
import { ensureAdminViews } from './admin-views.ts';
import { listUsers, planAccess } from './clickhouse-access.ts';
import { type CanLogIn, keepPasswords } from './keep-passwords.ts';
import { type SecretKeeper, SecretTaken } from './keep-secrets.ts';
import { credentialsRef, makesClickHouse } from './name-credentials.ts';
import type { OpenDatabase } from './provision-ports.ts';
import { readAccessState } from './read-access-state.ts';
import { adoptStamp, readStamp, sameStamp, writeStamp } from './stamp-owner.ts';

export interface DatabasePorts {
  readonly openDatabase: OpenDatabase;
  /** Runs migrations while nobody else does; `Busy` when somebody does. Rejects when that cannot be known. */
  readonly exclusively: (tenant: SettledTenant) => Exclusively;
  /** Whether the connection is that of a user who may make users and databases. */
  readonly isAdmin: boolean;
  readonly secrets: SecretKeeper;
  /** 32 random bytes as text that needs no quoting. */
  readonly makePassword: () => string;
  /** Whether ClickHouse lets this user in with this password. */
  readonly canLogIn: CanLogIn;
}

export { LockUnavailable } from '@menshen/jetstream/hold-lock';

const TYPE = 'DatabaseReady';
const LOOK_AGAIN_MS = 15_000;

/** Brings it in line. Rejects for what is neither expected nor known, and with ApiError. */
export async function provisionDatabase(
  tenant: SettledTenant,
  context: StepContext,
  ports: DatabasePorts,
): Promise<StepResult> {
  const clickhouse = await ports.openDatabase(tenant).catch((error: unknown) => asError(error));
  if (clickhouse instanceof Error) {
    // The Kubernetes API failed, and not the Secret: that is not for this condition to tell.
    if (clickhouse instanceof ApiError) throw clickhouse;
    return failed('AccessDenied', clickhouse.message);
  }
  try {
    return await bringInLine(clickhouse, tenant, { context, ports });
  } catch (error) {
    return describeFailure(tenant, error);
  } finally {
    await clickhouse.close();
  }
}

async function bringInLine(
  clickhouse: ClickHouse,
  tenant: SettledTenant,
  { context, ports }: { readonly context: StepContext; readonly ports: DatabasePorts },
): Promise<StepResult> {
  const layout: Layout = tenant.spec.storage.clickhouse.layout === 'Cluster' ? 'cluster' : 'single';
  const state = await ensureSchema(clickhouse, layout, ports.exclusively(tenant));
  if (state === 'Pending')
    return failed('MigrationPending', `another process migrates ${clickhouse.database} just now`);
  await stampDatabase(clickhouse, tenant, layout);
  const makesUsers = makesClickHouse(tenant.spec, { nats: false, clickhouse: ports.isAdmin });
  if (makesUsers) await ensureUsers(clickhouse, tenant, { context, ports, layout });
  if (makesUsers) await ensureAdminViews(clickhouse, layout);
  const { username } = tenant.spec.storage.clickhouse;
  const login = makesUsers ? 'each process has a user of its own' : `processes log in as ${username}`;
  const message = `every table of ${clickhouse.database} is as this version needs it; ${login}`;
  return { conditions: [{ type: TYPE, status: 'True', reason: 'Migrated', message }] };
}

async function ensureUsers(
  clickhouse: ClickHouse,
  tenant: SettledTenant,
  {
    context,
    ports,
    layout,
  }: { readonly context: StepContext; readonly ports: DatabasePorts; readonly layout: Layout },
): Promise<void> {
  const users = listUsers(tenant.spec.corpId, planWorkloads(tenant.spec));
  const names = users.map(({ name }) => name);
  const found = await readAccessState(clickhouse, names);
  const passwords = await keepPasswords(tenant, context, {
    ...ports,
    users,
    isMissing: (name) => !found.users.has(name),
  });
  try {
    for (const statement of planAccess(users, { ...found, passwords }, layout))
      await clickhouse.run(statement);
  } catch (error) {
    for (const { component } of users)
      ports.secrets.doubt(tenant, credentialsRef(tenant, component, 'clickhouse').name);
    throw error;
  }
}

/** What of the database belongs to whom, for when the tenant is gone. A user who may not write it leaves it: then nothing is ever swept. */
async function stampDatabase(clickhouse: ClickHouse, tenant: SettledTenant, layout: Layout): Promise<void> {
  const found = readStamp(await readComment(clickhouse));
  const stamp = adoptStamp(tenant, found);
  // Migrated just now and never stamped: made for this tenant, or by a role before the operator came; its rows go on either way.
  if (sameStamp(found, stamp)) return;
  const comment = JSON.stringify(writeStamp(stamp));
  try {
    await clickhouse.run(
      `ALTER DATABASE ${quoteName(clickhouse.database)}${clusterClause(layout)} MODIFY COMMENT '${escapeText(comment)}'`,
      { asAdmin: true },
    );
  } catch (error) {
    if (!isDenied(error)) throw error;
  }
}

const escapeText = (text: string): string => text.replace(/[\\']/g, (char) => `\\${char}`);

/** The stamp in the comment of a database; empty for another comment, or none. */
export async function readComment(
  clickhouse: ClickHouse,
  database = clickhouse.database,
): Promise<Record<string, string>> {
  const [row] = await clickhouse.query<{ comment: string }>(
    'SELECT comment FROM system.databases WHERE name = {name: String}',
    { name: database },
  );
  try {
    const value: unknown = JSON.parse(row?.comment ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

function describeFailure({ spec }: SettledTenant, error: unknown): StepResult {
  const { url } = spec.storage.clickhouse;
  if (error instanceof VersionTooOld) return failed('VersionTooOld', error.message, true);
  if (error instanceof SchemaMismatch)
    return failed(
      'MigrationFailed',
      `${error.message}: run an operator and roles of the version that made it, or newer`,
      true,
    );
  if (error instanceof SecretTaken) return failed('AccessDenied', error.message, true);
  if (isDenied(error))
    return failed(
      'AccessDenied',
      `${serverMessage(error)}: check the user and password for ${url}, and what it is granted`,
    );
  if (error instanceof MigrationFailed)
    return failed('MigrationFailed', `migration ${error.id}: ${serverMessage(error) ?? error.message}`);
  if (error instanceof LockUnavailable)
    return failed(
      'MigrationPending',
      `migrations wait for NATS, where the lock is that keeps two processes from running them at once`,
    );
  if (isUnreachable(error))
    return failed(
      'Unreachable',
      `no answer from ${url}: check spec.storage.clickhouse.url, the server, and what the operator may reach`,
    );
  throw error;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

function failed(reason: string, message: string, isStalled = false): StepResult {
  return {
    conditions: [{ type: TYPE, status: 'False', reason, message }],
    requeueAfterMs: LOOK_AGAIN_MS,
    ...(isStalled ? { isStalled } : {}),
  };
}
