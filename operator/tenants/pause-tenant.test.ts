// What is said of a tenant that is left alone: what is seen of it, and nothing of a spec that was not applied.
import { describe, expect, test } from 'vitest';
import { openTenant } from './one-tenant.testkit.ts';
import { PAUSED } from './read-annotations.ts';

const running = async () => {
  const tenant = openTenant();
  tenant.createSecrets();
  await tenant.pass();
  await tenant.pass();
  await tenant.pass();
  expect(tenant.says('Ready')).toBe('True/Running');
  expect(tenant.read().status?.appliedGeneration).toBe(1);
  tenant.annotate({ [PAUSED]: 'true' });
  tenant.writes();
  return tenant;
};

describe('a tenant that is paused', () => {
  test('and was born so has nothing, and nobody takes it for done', async () => {
    const tenant = openTenant();
    tenant.createSecrets();
    tenant.annotate({ [PAUSED]: 'true' });
    await tenant.pass();
    expect(tenant.says('Ready')).toBe('Unknown/Paused');
    expect(tenant.says('Reconciling')).toBe('False/Paused');
    expect(tenant.says('IngestAvailable')).toBe('False/NotCreated');
    expect(tenant.read().status).toMatchObject({ observedGeneration: 0 });
    expect(tenant.read().status?.appliedGeneration).toBeUndefined();
    expect(tenant.children()).toEqual([]);
    expect(tenant.writes()).toEqual(['PATCH wecomtenants']);
    await tenant.pass();
    expect(tenant.writes()).toEqual([]);
    tenant.annotate({});
    await tenant.pass();
    await tenant.pass();
    expect(tenant.says('Ready')).toBe('True/Running');
    expect(tenant.read().status).toMatchObject({ observedGeneration: 1, appliedGeneration: 1 });
  });

  test('stays ready while what was applied works, and says when it does not', async () => {
    const tenant = await running();
    await tenant.pass();
    expect(tenant.says('Ready')).toBe('True/Running');
    expect(tenant.says('Reconciling')).toBe('False/Paused');
    tenant.reports = tenant.reports?.map((each) =>
      each.role === 'ingest' ? { ...each, reason: 'IpNotAllowed', message: 'add it' } : each,
    );
    tenant.server.remove('/apis/apps/v1/deployments', 'menshen-demo/acme-compact');
    await tenant.pass();
    expect(tenant.says('CredentialsValid')).toBe('False/IpNotAllowed');
    expect(tenant.says('ScannerAvailable')).toBe('False/NotCreated');
    expect(tenant.says('Ready')).toBe('False/IpNotAllowed');
    expect(tenant.writes()).toEqual(['PATCH wecomtenants', 'PATCH wecomtenants']);
  });

  test('and edited keeps the generation that was applied, and what was so of it', async () => {
    const tenant = await running();
    tenant.edit((spec) => {
      spec['suspend'] = true;
    });
    await tenant.pass();
    expect(tenant.says('Ready')).toBe('Unknown/Paused');
    expect(tenant.says('IngestAvailable')).toBe('True/Available');
    expect(tenant.says('Suspended')).toBe('False/NotSuspended');
    const { status } = tenant.read();
    expect(status).toMatchObject({ observedGeneration: 1, appliedGeneration: 1 });
    expect(status?.conditions?.map((each) => each.observedGeneration)).not.toContain(2);
    tenant.annotate({});
    await tenant.pass();
    expect(tenant.says('Ready')).toBe('True/Suspended');
    tenant.annotate({ [PAUSED]: 'true' });
    await tenant.pass();
    expect(tenant.says('Ready')).toBe('True/Suspended');
    expect(tenant.read().status).toMatchObject({ observedGeneration: 2, appliedGeneration: 2 });
  });

  test('says that it is, also when the API server cannot be asked', async () => {
    const tenant = openTenant();
    tenant.annotate({ [PAUSED]: 'true' });
    tenant.server.refuseNext({ code: 500, message: 'out of order' });
    expect(String(await tenant.pass())).toContain('out of order');
    expect(tenant.says('Ready')).toBe('Unknown/Paused');
    expect(tenant.says('Reconciling')).toBe('False/Paused');
  });
});
