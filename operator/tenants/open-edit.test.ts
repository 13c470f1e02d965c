// An edit that could not be done at once still waits for nobody: turns are for what a new operator changes of everybody.
import { describe, expect, test } from 'vitest';
import { type OneTenant, openTenant } from './one-tenant.testkit.ts';

const SECRETS = '/api/v1/secrets';

/** A tenant that runs, while as many others are being replaced as may be. */
const running = async (): Promise<OneTenant> => {
  const tenant = openTenant({ maxRollingTenants: 1 });
  tenant.createSecrets();
  for (let each = 0; each < 3; each += 1) await tenant.pass();
  expect(tenant.says('Ready')).toBe('True/Running');
  tenant.rollAnother();
  return tenant;
};
const edit = (tenant: OneTenant): void =>
  tenant.edit((spec) => {
    spec['timeZone'] = 'Asia/Tokyo';
    spec['deployment'] = { ...(spec['deployment'] as object), priorityClassName: 'urgent' };
  });
/** Pods and their settings: a Secret that changed replaces pods out of turn, but not what stands in a ConfigMap. */
const isEdited = (tenant: OneTenant): boolean => {
  const settings = tenant.server.objectsOf('/api/v1/configmaps').get('menshen-demo/acme-compact');
  return (
    JSON.stringify(tenant.deployment()).includes('"priorityClassName":"urgent"') &&
    JSON.stringify(settings).includes('Asia/Tokyo')
  );
};
const generations = (tenant: OneTenant) => {
  const { observedGeneration, appliedGeneration } = tenant.read().status ?? {};
  return [observedGeneration, appliedGeneration];
};

describe('while others have their turn', () => {
  test('what a new operator changes waits', async () => {
    const tenant = await running();
    tenant.restart('menshen:2');
    await tenant.pass();
    expect(tenant.says('Reconciling')).toBe('True/WaitingForTurn');
    expect(tenant.deployment().spec.template.spec.containers[0]?.image).toBe('menshen:1');
    expect(generations(tenant)).toEqual([1, 1]);
  });

  test('an edit does not', async () => {
    const tenant = await running();
    edit(tenant);
    await tenant.pass();
    expect(isEdited(tenant)).toBe(true);
    expect(generations(tenant)).toEqual([2, 2]);
  });

  test.each(['the same operator', 'a new operator'])(
    'an edit that lacked a Secret first does not, for %s',
    async (who) => {
      const tenant = await running();
      tenant.server.remove(SECRETS, 'menshen-demo/acme-wecom');
      await tenant.advance(120_000);
      edit(tenant);
      // As the steps of provisioning have it: without the Secret they cannot log in.
      const message = 'Secret menshen-demo/acme-wecom does not exist: create it';
      const conditions = [
        { type: 'DatabaseReady', status: 'False', reason: 'AccessDenied', message } as const,
      ];
      tenant.provisioned = { conditions, blocks: true };
      await tenant.pass();
      expect(tenant.says('CredentialsValid')).toBe('False/SecretMissing');
      expect(isEdited(tenant)).toBe(false);
      expect(generations(tenant)).toEqual([2, 1]);

      tenant.createSecrets();
      tenant.provisioned = { conditions: [] };
      await tenant.advance(120_000);
      if (who === 'a new operator') tenant.restart('menshen:1');
      await tenant.pass();
      expect(isEdited(tenant)).toBe(true);
      expect(generations(tenant)).toEqual([2, 2]);
    },
  );

  test('an edit whose first pass failed does not', async () => {
    const tenant = await running();
    await tenant.advance(120_000);
    edit(tenant);
    tenant.server.refuseNext({ code: 503, message: 'out of order' });
    expect(String(await tenant.pass())).toContain('out of order');
    expect(isEdited(tenant)).toBe(false);
    expect(generations(tenant)).toEqual([2, 1]);
    await tenant.pass();
    expect(isEdited(tenant)).toBe(true);
  });
});
