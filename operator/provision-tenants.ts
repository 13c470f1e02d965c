// Which steps outside of Kubernetes a tenant goes through, and by which keys: put together from operator/tenants/provision.
import type { WallClock } from './kube/clock.ts';
import type { OperatorArguments } from './read-arguments.ts';
import { FIELD_MANAGER } from './resources.ts';
import type { Outside, Provisioning } from './serve-as-leader.ts';
import { issueCredentials } from './tenants/provision/issue-credentials.ts';
import { createSecretKeeper } from './tenants/provision/keep-secrets.ts';
import { withMadeCredentials } from './tenants/provision/name-credentials.ts';
import { OPERATOR_PERMISSIONS } from './tenants/provision/nats-permissions.ts';
import {
  type AccountKey,
  LIFETIME_SECONDS,
  makeCredentials,
  readAccountKey,
} from './tenants/provision/nats-users.ts';

export interface ProvisioningKeys {
  /** What users of NATS are signed with. */
  readonly natsAccount?: AccountKey;
}

/** Reads the key files that the command line names. Rejects with the flag, its value and what is wrong; never with what is in a file. */
export async function readProvisioningKeys(
  { natsAccountKeyFile }: Pick<OperatorArguments, 'natsAccountKeyFile'>,
  readFile: (path: string) => Promise<string>,
): Promise<ProvisioningKeys> {
  if (natsAccountKeyFile === undefined) return {};
  try {
    return { natsAccount: readAccountKey(await readFile(natsAccountKeyFile)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`--nats-account-key-file is ${natsAccountKeyFile}, which cannot be used: ${why}`, {
      cause: error,
    });
  }
}

export function provisionTenants(keys: ProvisioningKeys): (outside: Outside) => Provisioning {
  return (outside) => {
    const { natsAccount: key } = keys;
    if (key === undefined) return { steps: [] };
    const { wallClock } = outside;
    const secrets = createSecretKeeper({ ...outside, fieldManager: FIELD_MANAGER });
    return {
      steps: [(tenant, context) => issueCredentials(tenant, context, { secrets, wallClock, key })],
      withMadeCredentials: (tenant) => withMadeCredentials(tenant, { nats: true, clickhouse: false }),
      ownCredentials: rememberOwnCredentials(key, wallClock),
    };
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
