// Step: a NATS user for each process of a tenant, signed with the account's key, in a Secret that goes with the tenant.
import type { WallClock } from '../../kube/clock.ts';
import { planWorkloads } from '../render/plan-workloads.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepResult } from '../step.ts';
import type { StepContext } from '../tenant-ports.ts';
import { type SecretKeeper, SecretTaken } from './keep-secrets.ts';
import { credentialsRef } from './name-credentials.ts';
import { type NatsPermissions, permissionsOf } from './nats-permissions.ts';
import {
  type AccountKey,
  areCurrent,
  LIFETIME_SECONDS,
  makeCredentials,
  readCredentials,
} from './nats-users.ts';

export interface CredentialPorts {
  readonly secrets: SecretKeeper;
  readonly wallClock: WallClock;
  /** Absent: tenants bring credentials of their own, or none are asked for. */
  readonly key?: AccountKey;
}

/** Keeps the Secrets. Says nothing when all is well: StreamReady tells with which credentials the roles log in. Rejects with ApiError. */
export async function issueCredentials(
  tenant: SettledTenant,
  context: StepContext,
  ports: CredentialPorts,
): Promise<StepResult> {
  const { key } = ports;
  if (key === undefined || tenant.spec.messaging.credentialsSecretRef !== undefined)
    return { conditions: [] };
  try {
    for (const { component, roles } of planWorkloads(tenant.spec)) {
      const permissions = permissionsOf(tenant.spec.corpId, roles);
      await issueOne({ ...ports, key }, context, { tenant, component, permissions });
    }
    return { conditions: [] };
  } catch (error) {
    if (!(error instanceof SecretTaken)) throw error;
    const condition = { type: 'StreamReady', status: 'False', reason: 'CredentialsRefused' } as const;
    return { conditions: [{ ...condition, message: error.message }], blocks: true, isStalled: true };
  }
}

async function issueOne(
  { secrets, wallClock, key }: CredentialPorts & { readonly key: AccountKey },
  context: StepContext,
  of: { readonly tenant: SettledTenant; readonly component: string; readonly permissions: NatsPermissions },
): Promise<void> {
  const { tenant, component, permissions } = of;
  const ref = credentialsRef(tenant, component, 'nats');
  await secrets.keep(
    {
      tenant,
      component,
      name: ref.name,
      wanted: JSON.stringify([key.account, key.signer.getPublicKey(), permissions]),
      make: async (found) => {
        const before = found?.[ref.key];
        const claims = before === undefined ? undefined : await readCredentials(before);
        const nowSeconds = Math.floor(wallClock.nowMs() / 1000);
        if (found !== undefined && areCurrent(claims, { key, permissions, nowSeconds })) return found;
        const name = `${tenant.metadata.namespace}/${tenant.metadata.name} ${component}`;
        const wish = { name, permissions, expiresAtSeconds: nowSeconds + LIFETIME_SECONDS };
        return { [ref.key]: await makeCredentials(key, wish, claims === undefined ? undefined : before) };
      },
    },
    context,
  );
}

/** How the processes of a tenant log in to NATS, for the message of StreamReady. */
export function describeLogin({ spec }: SettledTenant, hasKey: boolean): string {
  if (spec.messaging.credentialsSecretRef !== undefined)
    return 'roles log in with spec.messaging.credentialsSecretRef';
  return hasKey
    ? 'each role logs in as a user of its own'
    : 'roles log in without credentials, because neither spec.messaging.credentialsSecretRef nor a key of the account is there';
}
