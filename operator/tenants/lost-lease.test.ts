// An operator that has lost the Lease writes nothing more, wherever in a pass it was, although nobody has told the pass to end.
import { describe, expect, test } from 'vitest';
import { NotLeading } from '../kube/assert-may-act.ts';
import { type OneTenant, openTenant } from './one-tenant.testkit.ts';

/** It leads for so many questions. */
const leadFor = (tenant: OneTenant, questions: number): void => {
  let left = questions;
  tenant.mayAct = () => {
    left -= 1;
    return left >= 0;
  };
};

describe('an operator that does not lead any more', () => {
  test('does not begin with a tenant', async () => {
    const tenant = openTenant();
    leadFor(tenant, 0);
    expect(await tenant.pass()).toBeInstanceOf(NotLeading);
    expect(tenant.writes()).toEqual([]);
  });

  test('runs no step of provisioning', async () => {
    const tenant = openTenant();
    await tenant.pass();
    let asked = 0;
    const { provisioned } = tenant;
    Object.defineProperty(tenant, 'provisioned', {
      get: () => {
        asked += 1;
        return provisioned;
      },
    });
    leadFor(tenant, 0);
    expect(await tenant.pass()).toBeInstanceOf(NotLeading);
    expect(asked).toBe(0);
    tenant.mayAct = () => true;
    await tenant.pass();
    expect(asked).toBe(1);
  });

  test('stops between any two writes of a pass, and writes no status', async () => {
    const whole = openTenant();
    whole.createSecrets();
    await whole.pass();
    whole.writes();
    await whole.pass();
    const all = whole.writes();
    expect(all.at(-1)).toBe('PATCH wecomtenants');
    expect(all.length).toBeGreaterThan(3);

    for (let most = 0; most < all.length; most += 1) {
      const tenant = openTenant();
      tenant.createSecrets();
      await tenant.pass();
      tenant.writes();
      // The first question is for the step of provisioning, which writes nothing here.
      leadFor(tenant, 1 + most);
      expect(await tenant.pass()).toBeInstanceOf(NotLeading);
      expect(tenant.writes()).toEqual(all.slice(0, most));
    }
  });

  test('removes nothing', async () => {
    const tenant = openTenant();
    tenant.createSecrets();
    await tenant.pass();
    await tenant.pass();
    tenant.edit((spec) => {
      spec['deployment'] = { ...(spec['deployment'] as object), profile: 'Scaled' };
    });
    tenant.writes();
    leadFor(tenant, 1);
    expect(await tenant.pass()).toBeInstanceOf(NotLeading);
    expect(tenant.writes()).toEqual([]);
    expect(tenant.children()).toContain('Deployment acme-compact');
  });

  test('says nothing of a tenant that is paused', async () => {
    const tenant = openTenant();
    tenant.annotate({ 'menshen.dev/paused': 'true' });
    leadFor(tenant, 0);
    expect(await tenant.pass()).toBeInstanceOf(NotLeading);
    expect(tenant.writes()).toEqual([]);
  });
});
