import { expect, it } from 'vitest';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import { checkSdkClaim } from './check-sdk-claim.ts';

async function look(tenant: SettledTenant, isThere: boolean) {
  const asked: string[] = [];
  const result = await checkSdkClaim(tenant, {
    claimExists: async (namespace, name) => {
      asked.push(`${namespace}/${name}`);
      return isThere;
    },
  });
  return { asked, result };
}

it('a claim that is there is no matter of ours', async () => {
  const { asked, result } = await look(tenantExample('finance-sdk'), true);
  expect(asked).toEqual(['compliance/wecom-finance-sdk']);
  expect(result).toEqual({ conditions: [] });
});

it('a claim that is missing is named, with field and remedy, and looked for again', async () => {
  const { result } = await look(tenantExample('finance-sdk'), false);
  expect(result.requeueAfterMs).toBe(15_000);
  expect(result.conditions).toEqual([
    {
      type: 'IngestAvailable',
      status: 'False',
      reason: 'SdkUnusable',
      message:
        'there is no PersistentVolumeClaim wecom-finance-sdk in compliance, so the pod that captures cannot start: create it with the library on it, or correct spec.source.sdk.volumeClaimName',
    },
  ]);
});

it.each<[string, SettledTenant]>([
  ['with the simulator', tenantExample('minimal')],
  ['that is suspended', tenantExample('finance-sdk', (spec) => (spec.suspend = true))],
  [
    'whose library comes in an image',
    tenantExample('finance-sdk', (spec) => {
      spec.source = { sdk: { image: { reference: 'registry.example/sdk:1', by: 'Copy' } } };
    }),
  ],
])('nobody asks for the claim of a tenant %s', async (_what, tenant) => {
  expect(await look(tenant, false)).toEqual({ asked: [], result: { conditions: [] } });
});
