// What people, and GitOps tools, do to tenants and policies. Each edit is one call, accepted before it returns; what the fleet is meant to be
// afterwards is written down in it.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { isApiError } from '@menshen/operator/kube/api-error';
import type { KubeObject, ObjectName } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { POLICIES } from '@menshen/operator/resources';
import { TENANTS } from '@menshen/operator/tenants/child-resources';
import { persist } from './persist.ts';
import {
  admissionOf,
  type Engines,
  type FleetPolicy,
  type FleetTenant,
  failingTest,
  missingLexicon,
  type Region,
  secretsOf,
  selectorOf,
  soundRules,
  tenantSpec,
} from './plan-fleet.ts';

/** Told what was edited, once it is accepted. `sentMs`: when it was sent, by the clock of `nowMs`. */
export interface EditListener {
  policyEdited(policy: FleetPolicy, edit: { readonly generation: number; readonly sentMs: number }): void;
  /** Made anew. */
  tenantMade(tenant: FleetTenant, sentMs: number): void;
  /** Something that selects it, or makes it unready on purpose. */
  tenantMoved(tenant: FleetTenant): void;
}

export interface FleetEditor {
  makeTenant(tenant: FleetTenant): Promise<void>;
  removeTenant(tenant: FleetTenant): Promise<void>;
  patchTenant(tenant: FleetTenant, spec: object, labels?: object): Promise<void>;
  moveTenant(tenant: FleetTenant, region: Region): Promise<void>;
  admitGroup(tenant: FleetTenant, admits: boolean): Promise<void>;
  suspend(tenant: FleetTenant, isSuspended: boolean): Promise<void>;
  setProfile(tenant: FleetTenant, profile: FleetTenant['profile']): Promise<void>;
  hurtTenant(tenant: FleetTenant, how: NonNullable<FleetTenant['ails']>): Promise<void>;
  mendTenant(tenant: FleetTenant): Promise<void>;
  makePolicy(policy: FleetPolicy): Promise<void>;
  removePolicy(policy: FleetPolicy): Promise<void>;
  /** Other words, and whatever ailed it is mended. */
  rewordPolicy(policy: FleetPolicy): Promise<void>;
  reselectPolicy(policy: FleetPolicy, region: Region | undefined): Promise<void>;
  hurtPolicy(policy: FleetPolicy, how: NonNullable<FleetPolicy['ails']>): Promise<void>;
  /** An edit that the API server must refuse. */
  expectRefusal(resource: Resource, name: ObjectName, spec: object): Promise<void>;
  readonly counts: { accepted: number; refused: number; wronglyAccepted: number };
}

const MANAGER = 'soak';
const LABEL = 'region';

export function createFleetEditor(of: {
  readonly client: ApiClient;
  readonly engines: Engines;
  readonly nowMs: () => number;
  readonly listener: EditListener;
}): FleetEditor {
  const { client, engines, nowMs, listener } = of;
  const counts = { accepted: 0, refused: 0, wronglyAccepted: 0 };

  const create = async (resource: Resource, object: KubeObject): Promise<KubeObject> => {
    counts.accepted += 1;
    return await persist(async () => {
      try {
        return await client.create<KubeObject>(resource, object);
      } catch (error) {
        // The answer to the first try got lost.
        if (!isApiError(error, 'AlreadyExists')) throw error;
        return (await client.get<KubeObject>(resource, object.metadata)) ?? object;
      }
    });
  };
  const patch = async (resource: Resource, name: ObjectName, body: object): Promise<KubeObject> => {
    counts.accepted += 1;
    return await persist(() =>
      client.patch<KubeObject>(resource, name, { type: 'Merge', body, fieldManager: MANAGER }),
    );
  };
  const remove = async (resource: Resource, name: ObjectName): Promise<void> => {
    counts.accepted += 1;
    await persist(() => client.delete(resource, name));
  };
  const nameOf = ({ namespace, name }: FleetTenant | FleetPolicy) => ({ namespace, name });
  const patchTenant: FleetEditor['patchTenant'] = async (tenant, spec, labels) => {
    const metadata = labels === undefined ? {} : { metadata: { labels } };
    await patch(TENANTS, nameOf(tenant), { spec, ...metadata });
  };
  const patchPolicy = async (policy: FleetPolicy, spec: object): Promise<void> => {
    const sentMs = nowMs();
    const { metadata } = await patch(POLICIES, nameOf(policy), { spec });
    listener.policyEdited(policy, { generation: metadata.generation ?? 0, sentMs });
  };
  const changeTenant = async (
    tenant: FleetTenant,
    change: Partial<FleetTenant>,
    spec: object,
  ): Promise<void> => {
    await patchTenant(tenant, spec);
    Object.assign(tenant, change);
    listener.tenantMoved(tenant);
  };

  return {
    counts,
    patchTenant,
    makeTenant: async (tenant) => {
      Object.assign(tenant, { ails: undefined, isSuspended: false });
      const sentMs = nowMs();
      await create(TENANTS, {
        metadata: { ...nameOf(tenant), labels: { [LABEL]: tenant.region } },
        spec: tenantSpec(tenant, engines),
      } as KubeObject);
      tenant.isThere = true;
      listener.tenantMade(tenant, sentMs);
    },
    removeTenant: async (tenant) => {
      await remove(TENANTS, nameOf(tenant));
      tenant.isThere = false;
      listener.tenantMoved(tenant);
    },
    moveTenant: async (tenant, region) => {
      await patchTenant(tenant, {}, { [LABEL]: region });
      tenant.region = region;
      listener.tenantMoved(tenant);
    },
    admitGroup: (tenant, admits) =>
      changeTenant(tenant, { admitsGroup: admits }, { policies: admissionOf(admits) }),
    suspend: (tenant, isSuspended) => changeTenant(tenant, { isSuspended }, { suspend: isSuspended }),
    setProfile: (tenant, profile) => changeTenant(tenant, { profile }, { deployment: { profile } }),
    hurtTenant: (tenant, how) =>
      changeTenant(
        tenant,
        { ails: how },
        how === 'SpecInvalid' ? { timeZone: 'Mars/Olympus' } : archiveOf('nobody-made-this'),
      ),
    mendTenant: (tenant) =>
      changeTenant(
        tenant,
        { ails: undefined },
        { timeZone: 'Asia/Shanghai', ...archiveOf(secretsOf(tenant).archive) },
      ),
    makePolicy: async (policy) => {
      Object.assign(policy, { ails: undefined, version: policy.version + 1 });
      const sentMs = nowMs();
      const { metadata } = await create(POLICIES, {
        metadata: nameOf(policy),
        spec: { ...soundRules(policy), ...selectorOf(policy.region) },
      } as KubeObject);
      policy.isThere = true;
      listener.policyEdited(policy, { generation: metadata.generation ?? 0, sentMs });
    },
    removePolicy: async (policy) => {
      await remove(POLICIES, nameOf(policy));
      policy.isThere = false;
      listener.policyEdited(policy, { generation: 0, sentMs: nowMs() });
    },
    rewordPolicy: async (policy) => {
      Object.assign(policy, { ails: undefined, version: policy.version + 1 });
      await patchPolicy(policy, soundRules(policy));
    },
    reselectPolicy: async (policy, region) => {
      policy.region = region;
      await patchPolicy(policy, { tenants: null, ...selectorOf(region) });
    },
    hurtPolicy: async (policy, how) => {
      policy.ails = how;
      await patchPolicy(policy, how === 'TestsFailed' ? failingTest : missingLexicon);
    },
    expectRefusal: async (resource, name, spec) => {
      const body = { spec };
      try {
        await persist(() => client.patch(resource, name, { type: 'Merge', body, fieldManager: MANAGER }));
        counts.wronglyAccepted += 1;
      } catch (error) {
        if (!isApiError(error, 'Invalid')) throw error;
        counts.refused += 1;
      }
    },
  };
}

const archiveOf = (name: string): object => ({ archive: { secretRef: { name, key: 'archive' } } });
