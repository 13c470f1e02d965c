// Which steps outside of Kubernetes a tenant goes through, by which keys, and what is swept when it is gone: operator/tenants/provision and
// operator/tenants/sweep, put together.

import { openStatusBucket } from '@menshen/jetstream/ensure-streams';
import { holdLock, MIGRATION_LOCK } from '@menshen/jetstream/hold-lock';
import type { Logger } from '@menshen/telemetry/logger';
import type { WallClock } from './kube/clock.ts';
import type { ReadFile } from './kube/cluster-config.ts';
import { readSecret } from './messaging/read-access.ts';
import type { OperatorArguments } from './read-arguments.ts';
import { FIELD_MANAGER } from './resources.ts';
import type { Outside, Provisioning } from './serve-as-leader.ts';
import { sweepGoneTenants } from './sweep-gone-tenants.ts';
import { checkObjectStore } from './tenants/provision/check-object-store.ts';
import { checkSdkClaim } from './tenants/provision/check-sdk-claim.ts';
import { describeLogin, issueCredentials } from './tenants/provision/issue-credentials.ts';
import { createSecretKeeper } from './tenants/provision/keep-secrets.ts';
import { withMadeCredentials } from './tenants/provision/name-credentials.ts';
import { OPERATOR_PERMISSIONS } from './tenants/provision/nats-permissions.ts';
import {
  type AccountKey,
  LIFETIME_SECONDS,
  makeCredentials,
  readAccountKey,
} from './tenants/provision/nats-users.ts';
import {
  type ClickHouseAdmin,
  canLogIn,
  openDatabases,
  type ReadSecret,
  readSequences,
} from './tenants/provision/open-database.ts';
import { claimExistsBy, openTenantStores } from './tenants/provision/open-tenant-store.ts';
import {
  type DatabasePorts,
  LockUnavailable,
  provisionDatabase,
} from './tenants/provision/provision-database.ts';
import { provisionStreams } from './tenants/provision/provision-streams.ts';
import { createTenantRecords } from './tenants/sweep/keep-records.ts';
import type { ProvisionStep } from './tenants/tenant-ports.ts';

export interface ProvisioningKeys {
  /** What users of NATS are signed with. */
  readonly natsAccount?: AccountKey;
  /** Who may make databases and users. */
  readonly clickhouseAdmin?: ClickHouseAdmin;
}

export interface ProvisioningSettings {
  readonly keys: ProvisioningKeys;
  /** The operator's own, where it remembers tenants. */
  readonly namespace: string;
  /** Unique for each process: who holds the lock of migrations. */
  readonly identity: string;
  /** 32 random bytes as text that needs no quoting. */
  readonly makePassword: () => string;
  readonly logger: Logger;
}

/** Reads the key files that the command line names. Rejects with the flag, its value and what is wrong; never with what is in a file. */
export async function readProvisioningKeys(
  args: Pick<OperatorArguments, 'natsAccountKeyFile' | 'clickhouseAdminUser' | 'clickhouseAdminPasswordFile'>,
  readFile: ReadFile,
): Promise<ProvisioningKeys> {
  const { natsAccountKeyFile, clickhouseAdminUser: username, clickhouseAdminPasswordFile } = args;
  const natsAccount = await readKey('--nats-account-key-file', natsAccountKeyFile, async (path) =>
    readAccountKey(await readFile(path)),
  );
  const password = await readKey(
    '--clickhouse-admin-password-file',
    clickhouseAdminPasswordFile,
    async (path) => (await readFile(path)).trim(),
  );
  return {
    ...(natsAccount === undefined ? {} : { natsAccount }),
    ...(username === undefined || password === undefined ? {} : { clickhouseAdmin: { username, password } }),
  };
}

async function readKey<T>(
  flag: string,
  path: string | undefined,
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  if (path === undefined) return undefined;
  try {
    return await read(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${flag} is ${path}, which cannot be used: ${why}`, { cause: error });
  }
}

export function provisionTenants(settings: ProvisioningSettings): (outside: Outside) => Provisioning {
  const { keys, namespace } = settings;
  const made = { nats: keys.natsAccount !== undefined, clickhouse: keys.clickhouseAdmin !== undefined };
  return (outside) => {
    const { client, wallClock } = outside;
    const records = createTenantRecords({ client, namespace, fieldManager: FIELD_MANAGER });
    const ownCredentials =
      keys.natsAccount === undefined ? undefined : rememberOwnCredentials(keys.natsAccount, wallClock);
    const remember: ProvisionStep = async (tenant, { signal }) => {
      await records.remember(tenant, signal);
      return { conditions: [] };
    };
    return {
      steps: [remember, ...listSteps(settings, outside)],
      withMadeCredentials: (tenant) => withMadeCredentials(tenant, made),
      ...(ownCredentials === undefined ? {} : { ownCredentials }),
      sweep: (signal) => sweepGoneTenants({ ...outside, ...settings, records, ownCredentials }, signal),
    };
  };
}

/** In the order in which each finds what it needs: users of NATS, streams and buckets, the database, whose lock is in a bucket. */
function listSteps(
  { keys, identity, makePassword }: ProvisioningSettings,
  outside: Outside,
): readonly ProvisionStep[] {
  const { client, borrowNats, clock, wallClock } = outside;
  const secrets = createSecretKeeper({ ...outside, fieldManager: FIELD_MANAGER });
  const { natsAccount: key, clickhouseAdmin } = keys;
  const secretOf: ReadSecret = (namespace, ref) => readSecret(client, namespace, ref);
  const openDatabase = openDatabases(clickhouseAdmin, secretOf);
  const exclusively = lockMigrations(outside, identity);
  const database: DatabasePorts = {
    openDatabase,
    exclusively,
    secrets,
    makePassword,
    canLogIn,
    isAdmin: clickhouseAdmin !== undefined,
  };
  return [
    (tenant, context) =>
      issueCredentials(tenant, context, { secrets, wallClock, ...(key === undefined ? {} : { key }) }),
    (tenant) =>
      provisionStreams(tenant, {
        borrowNats,
        readArchivedSequences: (of) => readSequences(openDatabase, of),
        describeLogin: (of) => describeLogin(of, key !== undefined),
      }),
    (tenant, context) => provisionDatabase(tenant, context, database),
    (tenant) =>
      checkObjectStore(tenant, {
        clock,
        openStore: openTenantStores(secretOf),
        claimExists: claimExistsBy(client),
      }),
    (tenant) => checkSdkClaim(tenant, { claimExists: claimExistsBy(client) }),
  ];
}

/** The same lock as an archiver takes: a key of the STATUS bucket. */
function lockMigrations({ borrowNats }: Outside, holder: string): DatabasePorts['exclusively'] {
  return (tenant) => async (work) => {
    const { corpId, messaging } = tenant.spec;
    const loan = await borrowNats(tenant).catch((error: unknown) => {
      throw new LockUnavailable(error);
    });
    try {
      const bucket = await openStatusBucket(loan.nats, messaging.replicas).catch((error: unknown) => {
        throw new LockUnavailable(error);
      });
      return await holdLock({ bucket, corpId, name: MIGRATION_LOCK, holder }, work);
    } finally {
      loan.release();
    }
  };
}

/** One user for all tenants of the account, so that they share a connection; another when half of its life is over. */
function rememberOwnCredentials(key: AccountKey, wallClock: WallClock): () => Promise<Uint8Array> {
  let known: { readonly credentials: Promise<Uint8Array>; readonly renewAtSeconds: number } | undefined;
  return async () => {
    const nowSeconds = Math.floor(wallClock.nowMs() / 1000);
    if (known === undefined || nowSeconds >= known.renewAtSeconds) {
      const expiresAtSeconds = nowSeconds + LIFETIME_SECONDS;
      const wish = { name: 'menshen operator', permissions: OPERATOR_PERMISSIONS, expiresAtSeconds };
      known = {
        credentials: makeCredentials(key, wish),
        renewAtSeconds: nowSeconds + LIFETIME_SECONDS / 2,
      };
    }
    return await known.credentials;
  };
}
