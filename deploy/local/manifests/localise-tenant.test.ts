import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { localiseTenant } from './localise-tenant.ts';

const like = readFileSync(new URL('../demo/tenant.yaml', import.meta.url), 'utf8');
const TENANT = `
apiVersion: menshen.dev/v1alpha1
kind: WeComTenant
metadata: {name: mine, namespace: prod}
spec:
  corpId: wwffffffffffffffff
  messaging: {url: "nats://nats.prod.svc:4222"}
`;

describe('a tenant file in local mode', () => {
  it('gets what local mode supplies, and keeps what its user wrote', () => {
    const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: b}\n';
    const localised = localiseTenant(`${TENANT}---\n${secret}`, like);
    if (!localised.ok) throw new Error(localised.problem);
    const [tenant, made] = parseAllDocuments(localised.yaml).map((document) => document.toJS());
    expect(tenant).toMatchObject({
      metadata: { name: 'mine', namespace: 'menshen-demo' },
      spec: {
        corpId: 'wwffffffffffffffff',
        messaging: { url: 'nats://nats.menshen-demo.svc:4222' },
        storage: { clickhouse: { username: 'menshen' } },
        alerting: { channels: [{ name: 'compliance' }], routes: [{ name: 'everything' }] },
      },
    });
    expect(tenant.spec.source).toBeUndefined();
    expect(made).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'menshen-demo' },
      stringData: { a: 'b' },
    });
  });

  it('tells those whom its user wants told', () => {
    const localised = localiseTenant(`${TENANT}  alerting: {channels: [], routes: []}\n`, like);
    expect(localised.ok && parseAllDocuments(localised.yaml)[0]?.toJS().spec.alerting).toEqual({
      channels: [],
      routes: [],
    });
  });

  it.each([
    ['nothing', '', 'holds 0 objects of kind WeComTenant'],
    ['two tenants', `${TENANT}---${TENANT}`, 'holds 2 objects of kind WeComTenant'],
    ['no YAML', 'kind: [', 'is not YAML'],
  ])('is refused when it is %s', (_what, text, problem) => {
    expect(localiseTenant(text, like)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(problem),
    });
  });
});
