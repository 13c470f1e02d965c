// The operator's connection to a tenant's ClickHouse: as the administrator it was given, or as the user that the tenant names.
import { type ClickHouse, openClickHouse } from '@menshen/clickhouse/client';
import { databaseOf } from '@menshen/clickhouse/ensure-schema';
import { isDenied, isMissing } from '@menshen/clickhouse/judge-error';
import { readArchivedCursor } from '@menshen/clickhouse/read-archived-cursor';
import type { SecretKeyRef } from '@menshen/crds/types/wecomtenants';
import type { SettledTenant } from '../settled-tenant.ts';
import type { CanLogIn } from './keep-passwords.ts';
import { makesClickHouse } from './name-credentials.ts';
import type { ArchivedSequences, OpenDatabase } from './provision-ports.ts';

export interface ClickHouseAdmin {
  readonly username: string;
  readonly password: string;
}

/** The value of a Secret's key; rejects with an Error that names what is missing. */
export type ReadSecret = (namespace: string, ref: SecretKeyRef) => Promise<string>;

export function openDatabases(admin: ClickHouseAdmin | undefined, readSecret: ReadSecret): OpenDatabase {
  return async (tenant) => {
    const { corpId, storage } = tenant.spec;
    const { url, username, passwordSecretRef } = storage.clickhouse;
    const database = databaseOf(corpId);
    if (admin !== undefined && makesClickHouse(tenant.spec, { nats: false, clickhouse: true }))
      return openClickHouse({ url, ...admin, database });
    const password =
      passwordSecretRef === undefined ? '' : await readSecret(tenant.metadata.namespace, passwordSecretRef);
    return openClickHouse({ url, username, password, database });
  };
}

export const canLogIn: CanLogIn = async (tenant, { name, password }) => {
  const { corpId, storage } = tenant.spec;
  const own = openClickHouse({
    url: storage.clickhouse.url,
    username: name,
    password,
    database: databaseOf(corpId),
  });
  try {
    await own.query('SELECT 1');
    return true;
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  } finally {
    await own.close();
  }
};

/** 0 for a tenant that has no tables yet. Rejects while ClickHouse does not answer. */
export async function readSequences(open: OpenDatabase, tenant: SettledTenant): Promise<ArchivedSequences> {
  const clickhouse: ClickHouse = await open(tenant);
  try {
    const { captureSequence, outcomeSequence } = await readArchivedCursor(clickhouse);
    return { capture: captureSequence, outcome: outcomeSequence };
  } catch (error) {
    if (isMissing(error)) return { capture: 0, outcome: 0 };
    throw error;
  } finally {
    await clickhouse.close();
  }
}
