// Edits in the proportions of a busy day, chosen by a seed. Most are sound; some are refused by the API server, some are accepted and wrong
// and mended later, some are made by others behind the operator's back.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import { isApiError } from '@menshen/operator/kube/api-error';
import { POLICIES } from '@menshen/operator/resources';
import { CHILD_RESOURCES, TENANTS } from '@menshen/operator/tenants/child-resources';
import type { FleetEditor } from './edit-fleet.ts';
import { persist } from './persist.ts';
import {
  type Fleet,
  type FleetPolicy,
  type FleetTenant,
  REGIONS,
  refusedCorp,
  refusedPattern,
} from './plan-fleet.ts';

export interface RandomEdits {
  /** Makes one edit. Rejects only for what must not happen. */
  next(): Promise<void>;
  /** Edits by kind. */
  readonly made: Readonly<Record<string, number>>;
}

interface Kind {
  readonly name: string;
  readonly weight: number;
  /** False when there is nothing that it could be done to. */
  readonly make: () => Promise<boolean>;
}

export function editAtRandom(of: {
  readonly fleet: Fleet;
  readonly editor: FleetEditor;
  readonly client: ApiClient;
  readonly random: () => number;
}): RandomEdits {
  const { random } = of;
  const kinds = [...policyEdits(of), ...tenantEdits(of), ...outsiders(of)];
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const made: Record<string, number> = {};
  const choose = (): Kind | undefined => {
    let at = random() * total;
    return kinds.find(({ weight }) => {
      at -= weight;
      return at < 0;
    });
  };
  return {
    made,
    next: async () => {
      const kind = choose();
      if (kind !== undefined && (await kind.make())) made[kind.name] = (made[kind.name] ?? 0) + 1;
    },
  };
}

type Given = Parameters<typeof editAtRandom>[0];

function pick<T>(random: () => number, from: readonly T[]): T | undefined {
  return from[Math.floor(random() * from.length)];
}

/** An edit of one thing among those that it fits. */
function edits<T>(list: () => readonly T[], random: () => number) {
  return (
    name: string,
    weight: number,
    [fits, make]: readonly [(one: T) => boolean, (one: T) => Promise<void>],
  ): Kind => ({
    name,
    weight,
    make: async () => {
      const one = pick(random, list().filter(fits));
      if (one !== undefined) await make(one);
      return one !== undefined;
    },
  });
}

function policyEdits({ fleet, editor, random }: Given): Kind[] {
  const edit = edits(() => fleet.policies, random);
  const isThere = ({ isThere: is }: FleetPolicy): boolean => is;
  const isSound = (policy: FleetPolicy): boolean => policy.isThere && policy.ails === undefined;
  const region = () => pick(random, [undefined, ...REGIONS]);
  const refuse = (policy: FleetPolicy, spec: object) => editor.expectRefusal(POLICIES, policy, spec);
  return [
    edit('policyReworded', 45, [isSound, editor.rewordPolicy]),
    edit('policyReselected', 8, [isSound, (policy) => editor.reselectPolicy(policy, region())]),
    edit('policyTestsFail', 5, [isSound, (policy) => editor.hurtPolicy(policy, 'TestsFailed')]),
    edit('policyLexiconMissing', 2, [isSound, (policy) => editor.hurtPolicy(policy, 'LexiconMissing')]),
    edit('policyMended', 9, [({ ails, isThere: is }) => is && ails !== undefined, editor.rewordPolicy]),
    edit('policyRefused', 3, [isThere, (policy) => refuse(policy, refusedPattern)]),
    edit('policyDeleted', 3, [isThere, editor.removePolicy]),
    edit('policyMadeAgain', 5, [(policy) => !policy.isThere, editor.makePolicy]),
  ];
}

function tenantEdits({ fleet, editor, random }: Given): Kind[] {
  const edit = edits(() => fleet.tenants, random);
  const isThere = ({ isThere: is }: FleetTenant): boolean => is;
  const isWell = (tenant: FleetTenant): boolean => tenant.isThere && tenant.ails === undefined;
  const region = () => pick(random, REGIONS) ?? 'north';
  const seconds = () => `${1 + Math.floor(random() * 9)}s`;
  return [
    edit('tenantTuned', 9, [
      isThere,
      (one) => editor.patchTenant(one, { source: { pollInterval: seconds() } }),
    ]),
    edit('tenantMoved', 5, [isThere, (one) => editor.moveTenant(one, region())]),
    edit('tenantAdmission', 2, [isThere, (one) => editor.admitGroup(one, !one.admitsGroup)]),
    edit('tenantSuspended', 2, [
      (one) => isWell(one) && !one.isSuspended,
      (one) => editor.suspend(one, true),
    ]),
    edit('tenantResumed', 3, [(one) => one.isThere && one.isSuspended, (one) => editor.suspend(one, false)]),
    edit('tenantProfile', 2, [
      isWell,
      (one) => editor.setProfile(one, one.profile === 'Scaled' ? 'Compact' : 'Scaled'),
    ]),
    edit('tenantSpecInvalid', 1, [isWell, (one) => editor.hurtTenant(one, 'SpecInvalid')]),
    edit('tenantSecretMissing', 1, [isWell, (one) => editor.hurtTenant(one, 'SecretMissing')]),
    edit('tenantMended', 3, [({ ails, isThere: is }) => is && ails !== undefined, editor.mendTenant]),
    edit('tenantRefused', 2, [isThere, (one) => editor.expectRefusal(TENANTS, one, refusedCorp)]),
    edit('tenantDeleted', 1, [isThere, editor.removeTenant]),
    edit('tenantMadeAgain', 3, [(one) => !one.isThere, editor.makeTenant]),
  ];
}

/** Hands that should not be there: `kubectl scale` and `kubectl delete` of what a tenant is made of. */
function outsiders({ fleet, client, random }: Given): Kind[] {
  const edit = edits(() => fleet.tenants, random);
  const isCompact = (one: FleetTenant): boolean =>
    one.isThere && one.ails === undefined && one.profile === 'Compact';
  const part = ({ namespace, name }: FleetTenant) => ({ namespace, name: `${name}-compact` });
  return [
    edit('childScaled', 2, [
      isCompact,
      async (one) => {
        const body = { spec: { replicas: 3 } };
        const patch = { type: 'Merge', body, fieldManager: 'kubectl-scale' } as const;
        await unlessGone(() => client.patch(CHILD_RESOURCES.Deployment, part(one), patch));
      },
    ]),
    edit('childDeleted', 1, [
      isCompact,
      async (one) => {
        await unlessGone(() => client.delete(CHILD_RESOURCES.ConfigMap, part(one)));
      },
    ]),
  ];
}

/** It may not have been made yet. */
async function unlessGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await persist(call);
  } catch (error) {
    if (!isApiError(error, 'NotFound')) throw error;
  }
}
