// Manifests → what runs: policies are published first, then the tenants' Deployments follow. Called at start and after every edit.
import { createHash } from 'node:crypto';
import { formatProblem } from '@menshen/crds/manifest-problem';
import {
  type Publication,
  type PublicationPorts,
  publishPolicies,
} from '@menshen/operator/policies/publish-policies';
import { selectPolicies } from '@menshen/operator/policies/select-policies';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import type { SettledTenant } from '@menshen/operator/tenants/settled-tenant';
import type { LoadedManifests } from '../manifests/load-manifests.ts';
import type { LocalSecret } from '../supervisor/local-cluster.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';

export interface AppliedEvent {
  readonly good: boolean;
  readonly text: string;
  /** It stays so as long as the manifests do: no news when it was said before. */
  readonly isStanding?: true;
}

export interface ManifestTarget {
  readonly supervisor: Supervisor;
  /** Image name under which the supervisor knows the services. */
  readonly image: string;
  /** Where the policies of a tenant are published. */
  portsFor(tenant: SettledTenant, lexicons: LoadedManifests['lexicons']): Promise<PublicationPorts>;
  /** Secrets that are not in the files. */
  readonly madeSecrets: readonly LocalSecret[];
}

/** Applies what was loaded. Nothing bad stops the rest; what happened, and what is wrong, is told as events, in order. */
export async function applyManifests(
  loaded: LoadedManifests,
  target: ManifestTarget,
): Promise<AppliedEvent[]> {
  const secrets = [...target.madeSecrets, ...loaded.secrets];
  const events: AppliedEvent[] = loaded.problems.map((problem) => ({
    good: false,
    text: formatProblem(problem),
  }));
  for (const tenant of loaded.tenants) events.push(...(await publish(tenant, loaded, target)));
  const objects = loaded.tenants.flatMap((tenant) =>
    renderTenant(tenant, { image: target.image, secretVersions: versionsOf(secrets, tenant) }),
  );
  const applied = await target.supervisor.apply(objects, secrets);
  if (applied.ok)
    for (const { what, why } of applied.ignored)
      events.push({ good: true, text: `${what}: left out, ${why}`, isStanding: true });
  else
    for (const { object, field, message } of applied.unsupported)
      events.push({ good: false, text: `${object}: ${field} ${message}` });
  return events;
}

async function publish(
  tenant: SettledTenant,
  loaded: LoadedManifests,
  target: ManifestTarget,
): Promise<AppliedEvent[]> {
  const labelsOf = (namespace: string) => loaded.namespaces.get(namespace) ?? {};
  const policies = selectPolicies(loaded.policies, tenant, labelsOf);
  const ports = await target.portsFor(tenant, loaded.lexicons);
  const publications = await publishPolicies(tenant.spec.corpId, policies, ports);
  const events = publications.flatMap(describe);
  if (policies.length > 0) return events;
  const name = `${tenant.metadata.namespace}/${tenant.metadata.name}`;
  return [
    ...events,
    {
      good: false,
      text: `no policy is for the tenant ${name}: its messages are archived, and nothing is found`,
    },
  ];
}

function describe(publication: Publication): AppliedEvent[] {
  const { namespace, name, state, inForce, tests } = publication;
  const policy = `${namespace}/${name}`;
  switch (state) {
    case 'Unchanged':
      return [];
    case 'Published':
      return [
        {
          good: true,
          text: `${policy}: revision ${inForce?.generation} is in force; ${tests.total} tests passed`,
        },
      ];
    case 'Removed':
      return [{ good: true, text: `${policy}: withdrawn` }];
    case 'Rejected': {
      const meanwhile =
        inForce === undefined ? 'it is not in force' : `revision ${inForce.generation} stays in force`;
      return publication.problems.map(({ path, message, remedy }) => ({
        good: false,
        text: `${policy}: ${path}: ${message}. ${remedy}; ${meanwhile}`,
      }));
    }
  }
}

/** A digest of each Secret's content: when it changes, the pods that use it are replaced. */
function versionsOf(secrets: readonly LocalSecret[], tenant: SettledTenant): Record<string, string> {
  const own = secrets.filter((secret) => secret.namespace === tenant.metadata.namespace);
  return Object.fromEntries(own.map((secret) => [secret.name, digestOf(secret)]));
}

function digestOf(secret: LocalSecret): string {
  const hash = createHash('sha256');
  for (const key of Object.keys(secret.data).sort())
    hash
      .update(`${key}\0`)
      .update(secret.data[key] ?? Buffer.alloc(0))
      .update('\0');
  return hash.digest('hex');
}
