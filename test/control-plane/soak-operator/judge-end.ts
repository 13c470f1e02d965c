// Whether everything is as it was meant when the edits have ended: objects and their status at the API server, pointers in the KV, and what
// tenants are made of. It reads everything afresh and believes nothing that was watched.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import { POLICY_BUCKET } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { buildBundle } from '@menshen/operator/policies/build-bundle';
import { POLICIES } from '@menshen/operator/resources';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import type { TenantObject } from '@menshen/operator/tenants/tenant-ports';
import type { PolicyResource } from '@menshen/operator/watch-cluster';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { persist } from './persist.ts';
import { type Fleet, type FleetPolicy, type FleetTenant, FRESH_NUMBER, isMeantFor } from './plan-fleet.ts';

/** `WeComTenant soak-0/tenant-3: Ready is …`. */
export type Wrong = string;

type Condition = { readonly type: string; readonly status: string; readonly reason: string };
type Judged = KubeObject & {
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
};

/** `Stalled/TestsFailed`, as an object is meant to end. */
type Meant = `${'Ready' | 'Stalled'}/${string}`;

export async function judgeEnd(of: {
  readonly client: ApiClient;
  readonly nats: NatsConnection;
  readonly fleet: Fleet;
}): Promise<Wrong[]> {
  const { client, nats, fleet } = of;
  const tenants = await listAll<TenantObject>(client, TENANTS);
  const policies = await listAll<PolicyResource>(client, POLICIES);
  const pointers = await readPointers(nats);
  return [
    ...judgeObjects('WeComTenant', tenants as readonly Judged[], fleet.tenants, meantTenant),
    ...judgeObjects('CompliancePolicy', policies as readonly Judged[], fleet.policies, meantPolicy),
    ...judgePointers(fleet, policies, pointers),
  ];
}

const meantTenant = ({ ails, isSuspended }: FleetTenant): Meant => {
  if (ails === 'SpecInvalid') return 'Stalled/SpecInvalid';
  return isSuspended ? 'Ready/Suspended' : 'Ready/Running';
};

const meantPolicy = ({ ails }: FleetPolicy): Meant => (ails === undefined ? 'Ready/' : `Stalled/${ails}`);

export async function listAll<T extends KubeObject>(
  client: ApiClient,
  resource: Resource,
): Promise<readonly T[]> {
  return (await persist(() => client.listPage<T>(resource))).items;
}

function judgeObjects<T extends FleetTenant | FleetPolicy>(
  kind: string,
  live: readonly Judged[],
  fleet: readonly T[],
  meant: (one: T) => Meant,
): Wrong[] {
  const byKey = new Map(live.map((object) => [keyOf(object.metadata), object]));
  const wanted = fleet.filter(({ isThere }) => isThere);
  const wrong = wanted.flatMap((one): Wrong[] => {
    const found = byKey.get(keyOf(one));
    byKey.delete(keyOf(one));
    const problem = found === undefined ? 'is not there' : judgeStatus(found, meant(one));
    return problem === undefined ? [] : [`${kind} ${keyOf(one)} ${problem}`];
  });
  return [...wrong, ...[...byKey.keys()].map((key) => `${kind} ${key} is there`)];
}

function judgeStatus({ metadata, status }: Judged, meant: Meant): string | undefined {
  if (status?.observedGeneration !== metadata.generation)
    return `is at generation ${metadata.generation}, and its status at ${status?.observedGeneration}`;
  const [type = '', reason = ''] = meant.split('/');
  const found = new Map(status?.conditions?.map((condition) => [condition.type, condition]));
  const isMeant = found.get(type)?.status === 'True' && (reason === '' || found.get(type)?.reason === reason);
  if (!isMeant) return `is not ${meant} but ${spell(found.get('Ready'))}, ${spell(found.get('Reconciling'))}`;
  return found.get('Reconciling')?.status === 'False'
    ? undefined
    : `is still ${spell(found.get('Reconciling'))}`;
}

const spell = (condition: Condition | undefined): string =>
  condition === undefined ? 'silent' : `${condition.type}=${condition.status}/${condition.reason}`;

/** Of the tenants that are there. What a deleted one leaves stays until it is swept, days later. */
function judgePointers(
  { tenants, policies }: Fleet,
  live: readonly PolicyResource[],
  pointers: ReadonlyMap<string, PolicyPointer>,
): Wrong[] {
  const digests = new Map(live.map((policy) => [keyOf(policy.metadata), digestOf(policy)]));
  return tenants
    .filter(({ isThere }) => isThere)
    .flatMap((tenant) =>
      policies.flatMap((policy): Wrong[] => {
        const found = pointers.get(`${tenant.corpId}.${policy.namespace}.${policy.name}`);
        const isWanted = policy.isThere && isMeantFor(policy, tenant);
        const wanted = isWanted ? (digests.get(keyOf(policy)) ?? '') : undefined;
        const problem =
          policy.ails === undefined ? judgePointer(found, wanted) : judgeOldPointer(found, tenant, isWanted);
        return problem === undefined ? [] : [`pointer of ${keyOf(tenant)} to ${keyOf(policy)} ${problem}`];
      }),
    );
}

/** `wanted`: the digest; `undefined` where there is to be no pointer. */
function judgePointer(found: PolicyPointer | undefined, wanted: string | undefined): string | undefined {
  if (wanted === undefined) return found === undefined ? undefined : 'is left over';
  if (found === undefined) return 'is missing';
  return found.digest === wanted ? undefined : `is at generation ${found.generation}, not the newest`;
}

/** What is refused leaves the revision before it in force; but nobody has its words any more, so whoever comes later goes without. */
function judgeOldPointer(
  found: PolicyPointer | undefined,
  tenant: FleetTenant,
  isWanted: boolean,
): string | undefined {
  if (isWanted && tenant.number < FRESH_NUMBER) return found === undefined ? 'is missing' : undefined;
  return isWanted || found === undefined ? undefined : 'is left over';
}

/** Of what the API server has now. */
function digestOf({ metadata, spec }: PolicyResource): string {
  const { namespace = '', name, generation = 0 } = metadata;
  const policy = { namespace, name, generation, spec: spec as Parameters<typeof buildBundle>[0]['spec'] };
  return buildBundle(policy, new Map(), undefined).pointer.digest;
}

/** By key of the bucket, without those that were removed. */
async function readPointers(nats: NatsConnection): Promise<Map<string, PolicyPointer>> {
  const prefix = `$KV.${POLICY_BUCKET}.`;
  const pointers = new Map<string, PolicyPointer>();
  const tail = { stream: `KV_${POLICY_BUCKET}`, subject: `${prefix}>`, from: { sequence: 1 } };
  await readTail(jetstream(nats, { timeout: 10_000 }), tail, (message) => {
    const key = message.subject.slice(prefix.length);
    if (message.headers?.get('KV-Operation')) pointers.delete(key);
    else pointers.set(key, message.json<PolicyPointer>());
  });
  return pointers;
}

function keyOf({ namespace, name }: { readonly namespace?: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
