// Passwords of a tenant's ClickHouse users: made at random, kept in a Secret each, made anew when the Secret was deleted.
import type { SettledTenant } from '../settled-tenant.ts';
import type { StepContext } from '../tenant-ports.ts';
import type { WantedUser } from './clickhouse-access.ts';
import type { SecretKeeper } from './keep-secrets.ts';
import { credentialsRef } from './name-credentials.ts';

export type CanLogIn = (
  tenant: SettledTenant,
  user: { readonly name: string; readonly password: string },
) => Promise<boolean>;

export interface PasswordKeeping {
  readonly canLogIn: CanLogIn;
  readonly secrets: SecretKeeper;
  readonly makePassword: () => string;
  readonly users: readonly WantedUser[];
  /** Whether ClickHouse does not have the user. */
  readonly isMissing: (name: string) => boolean;
}

/** The passwords that have to be set in ClickHouse now: of users that it does not have, or knows by another password. */
export async function keepPasswords(
  tenant: SettledTenant,
  context: StepContext,
  { secrets, makePassword, canLogIn, users, isMissing }: PasswordKeeping,
): Promise<ReadonlyMap<string, string>> {
  const passwords = new Map<string, string>();
  for (const { name, component } of users) {
    const ref = credentialsRef(tenant, component, 'clickhouse');
    if (isMissing(name)) secrets.doubt(tenant, ref.name);
    await secrets.keep(
      {
        tenant,
        component,
        name: ref.name,
        wanted: name,
        make: async (found) => {
          const known = found?.[ref.key];
          if (found !== undefined && known !== undefined && known.byteLength > 0) {
            const password = Buffer.from(known).toString('utf8');
            // An operator may have stopped between the Secret and the user.
            if (isMissing(name) || !(await canLogIn(tenant, { name, password })))
              passwords.set(name, password);
            return found;
          }
          const password = makePassword();
          passwords.set(name, password);
          return { username: Buffer.from(name), [ref.key]: Buffer.from(password) };
        },
      },
      context,
    );
  }
  return passwords;
}
