// Who may speak with whom, as a cluster's network would decide it: the policies are evaluated here, not compared with themselves.
import { BlockList, isIPv4 } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { SettledTenant } from '../settled-tenant.ts';
import { tenantExample } from '../tenants.testkit.ts';
import type { NetworkEgress, NetworkPeer, NetworkPolicy } from './manifest-types.ts';
import { renderTenant } from './render-tenant.ts';

type Example = Parameters<typeof tenantExample>[0];
type Change = Parameters<typeof tenantExample>[1];

function policyOf(
  tenant: SettledTenant,
  component: string,
  wecomBlocks: readonly string[] = [],
): NetworkPolicy {
  const name = `${tenant.metadata.name}-${component}`;
  const found = renderTenant(tenant, { image: 'menshen:1', wecomBlocks }).find(
    (object): object is NetworkPolicy => object.kind === 'NetworkPolicy' && object.metadata.name === name,
  );
  if (found === undefined) throw new Error(`no NetworkPolicy ${name}`);
  return found;
}

/** An address, or a pod of a namespace. */
type Target = { readonly ip: string } | { readonly namespace: string };

function mayReach(policy: NetworkPolicy, target: Target, port: number): boolean {
  return policy.spec.egress.some(
    (rule) => listens(rule, port) && rule.to.some((peer) => isMeant(peer, target)),
  );
}

const listens = ({ ports }: NetworkEgress, port: number): boolean =>
  ports.some((each) => each.protocol === 'TCP' && (each.port === undefined || each.port === port));

function isMeant(peer: NetworkPeer, target: Target): boolean {
  if ('ipBlock' in peer) {
    if (!('ip' in target) || !isWithin(target.ip, peer.ipBlock.cidr)) return false;
    return !(peer.ipBlock.except ?? []).some((cidr) => isWithin(target.ip, cidr));
  }
  if (!('namespace' in target)) return false;
  const wanted = peer.namespaceSelector.matchLabels?.['kubernetes.io/metadata.name'];
  return wanted === undefined || wanted === target.namespace;
}

function isWithin(ip: string, cidr: string): boolean {
  const [net = '', bits] = cidr.split('/');
  const family = (text: string) => (isIPv4(text) ? 'ipv4' : 'ipv6');
  if (family(ip) !== family(net)) return false;
  const list = new BlockList();
  list.addSubnet(net, Number(bits), family(net));
  return list.check(ip, family(ip));
}

const WECOM = { ip: '101.91.40.24' };
const of = (name: Example, change?: Change): SettledTenant => tenantExample(name, change);

describe('capture from WeCom', () => {
  const policy = policyOf(of('finance-sdk'), 'compact');

  test.each([
    '10.0.0.1',
    '172.16.5.5',
    '172.31.255.254',
    '192.168.1.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '169.254.169.254',
    '169.254.0.23',
    '168.63.129.16',
    '192.0.0.192',
    'fd00:ec2::254',
    'fe80::1',
    '::1',
    '64:ff9b::a9fe:a9fe',
  ])('reaches nothing at %s', (ip) => {
    for (const port of [80, 443, 8123]) expect(mayReach(policy, { ip }, port)).toBe(false);
  });

  test('reaches public addresses by TLS and by nothing else', () => {
    expect(mayReach(policy, WECOM, 443)).toBe(true);
    expect(mayReach(policy, { ip: '2402:4e00::1' }, 443)).toBe(true);
    expect(mayReach(policy, WECOM, 80)).toBe(false);
    expect(mayReach(policy, { ip: '172.32.0.1' }, 443)).toBe(true);
  });

  test('reaches the namespaces that the spec names, and DNS', () => {
    expect(mayReach(policy, { namespace: 'messaging' }, 4222)).toBe(true);
    expect(mayReach(policy, { namespace: 'data' }, 8123)).toBe(true);
    expect(mayReach(policy, { namespace: 'kube-system' }, 53)).toBe(true);
    expect(mayReach(policy, { namespace: 'kube-system' }, 443)).toBe(false);
    expect(mayReach(policy, { namespace: 'compliance' }, 9464)).toBe(false);
  });

  test('with Strict it reaches WeCom only where WeCom says it is, once that is known', () => {
    const strict = of('finance-sdk', (spec) => {
      spec.networkPolicy = { mode: 'Strict' };
      delete spec.source?.proxy;
    });
    expect(mayReach(policyOf(strict, 'compact'), WECOM, 443)).toBe(true);
    const known = policyOf(strict, 'compact', ['101.91.40.0/24']);
    expect(mayReach(known, WECOM, 443)).toBe(true);
    expect(mayReach(known, WECOM, 80)).toBe(false);
    expect(mayReach(known, { ip: '8.8.8.8' }, 443)).toBe(false);
  });

  test('with Strict and a proxy it reaches the proxy on whatever port it has, and WeCom not at all', () => {
    const strict = of('finance-sdk', (spec) => (spec.networkPolicy = { mode: 'Strict' }));
    const known = policyOf(strict, 'compact', ['10.9.8.7/32']);
    expect(mayReach(known, { ip: '10.9.8.7' }, 3128)).toBe(true);
    expect(mayReach(known, WECOM, 443)).toBe(false);
  });
});

describe('the way to WeCom', () => {
  test('by a proxy on a private address is open as soon as capture has said where it is', () => {
    const tenant = of('finance-sdk');
    expect(mayReach(policyOf(tenant, 'compact'), { ip: '10.9.8.7' }, 3128)).toBe(false);
    const known = policyOf(tenant, 'compact', ['10.9.8.7/32']);
    expect(mayReach(known, { ip: '10.9.8.7' }, 3128)).toBe(true);
    expect(mayReach(known, { ip: '10.9.8.8' }, 3128)).toBe(false);
  });

  test('by a proxy that is a Service leads to its namespace', () => {
    const known = policyOf(of('finance-sdk'), 'compact', ['namespace:egress']);
    expect(mayReach(known, { namespace: 'egress' }, 3128)).toBe(true);
    expect(mayReach(known, { namespace: 'other' }, 3128)).toBe(false);
  });

  test('by a gateway of the company is that gateway alone', () => {
    const tenant = of('finance-sdk', (spec) => {
      spec.source = { apiUrl: 'https://10.2.3.4:8443', sdk: { volumeClaimName: 'sdk' } };
    });
    const policy = policyOf(tenant, 'compact');
    expect(mayReach(policy, { ip: '10.2.3.4' }, 8443)).toBe(true);
    expect(mayReach(policy, WECOM, 443)).toBe(false);
  });

  test('of robots is as narrow as that of capture where it is known', () => {
    const strict = of('scaled', (spec) => (spec.networkPolicy = { mode: 'Strict' }));
    strict.spec.source.engine = 'FinanceSDK';
    const elsewhere = { ip: '203.0.113.9' };
    // The webhook of this tenant is outside, on 443 as well: only without it is something to be seen.
    strict.spec.alerting.channels = strict.spec.alerting.channels.filter(
      ({ webhook }) => webhook === undefined,
    );
    expect(mayReach(policyOf(strict, 'notifier'), elsewhere, 443)).toBe(true);
    const known = policyOf(strict, 'notifier', ['101.91.40.0/24']);
    expect(mayReach(known, WECOM, 443)).toBe(true);
    expect(mayReach(known, elsewhere, 443)).toBe(false);
  });
});

describe('a Deployment per role', () => {
  const tenant = of('scaled');

  test.each(['archiver', 'scanner'])('%s never reaches the simulator', (role) => {
    expect(mayReach(policyOf(tenant, role), { namespace: 'compliance' }, 8080)).toBe(false);
  });

  test('ingest reaches the simulator, the notifier its channels', () => {
    expect(mayReach(policyOf(tenant, 'ingest'), { namespace: 'compliance' }, 8080)).toBe(true);
    expect(mayReach(policyOf(tenant, 'notifier'), { namespace: 'monitoring' }, 9093)).toBe(true);
    expect(mayReach(policyOf(tenant, 'ingest'), { namespace: 'monitoring' }, 9093)).toBe(false);
  });

  test('the scanner reaches the model servers, and nobody else does', () => {
    expect(mayReach(policyOf(tenant, 'scanner'), { namespace: 'ml' }, 8080)).toBe(true);
    for (const role of ['ingest', 'archiver', 'notifier'])
      expect(mayReach(policyOf(tenant, role), { namespace: 'ml' }, 8080)).toBe(false);
  });

  test('metrics are asked for by pods, the callback by anybody, and only of ingest', () => {
    const [metrics, callback] = policyOf(tenant, 'ingest').spec.ingress;
    expect(metrics).toMatchObject({ from: [{ namespaceSelector: {} }], ports: [{ port: 9464 }] });
    expect(callback).toEqual({ ports: [{ protocol: 'TCP', port: 8090 }] });
    expect(policyOf(tenant, 'scanner').spec.ingress).toHaveLength(1);
  });
});

describe('hosts outside that are known by name', () => {
  const elsewhere = { ip: '203.0.113.9' };
  const scaled = (networkPolicy: SettledTenant['spec']['networkPolicy']): SettledTenant =>
    of('scaled', (spec) => {
      spec.networkPolicy = networkPolicy;
      spec.storage.clickhouse.url = 'https://clickhouse.globex.example:8443';
    });

  test.each(['Standard', 'Strict'] as const)('open their port in the pods that need them: %s', (mode) => {
    const tenant = scaled({ mode, allowedCidrs: [] });
    const reaching = (port: number): string[] =>
      ['ingest', 'archiver', 'scanner', 'notifier'].filter((role) =>
        mayReach(policyOf(tenant, role), elsewhere, port),
      );
    // The object store is for who keeps or reads objects; the notifier has its webhook on the same port.
    expect(reaching(443)).toEqual(['ingest', 'archiver', 'scanner', 'notifier']);
    expect(reaching(8443)).toEqual(['ingest', 'archiver']);
    tenant.spec.alerting.channels = [];
    expect(reaching(443)).toEqual(['ingest', 'archiver', 'scanner']);
  });

  test('are reached with Strict in the blocks that are given, and nowhere else', () => {
    const tenant = scaled({ mode: 'Strict', allowedCidrs: ['198.51.100.0/24'] });
    for (const role of ['ingest', 'archiver', 'scanner', 'notifier']) {
      const policy = policyOf(tenant, role);
      expect(mayReach(policy, { ip: '198.51.100.7' }, 443)).toBe(true);
      expect(JSON.stringify(policy)).not.toContain('0.0.0.0/0');
      expect(JSON.stringify(policy)).not.toContain('::/0');
    }
  });

  test('are reached with Standard everywhere, whatever is granted beyond', () => {
    const tenant = scaled({ mode: 'Standard', allowedCidrs: ['10.20.0.0/16'] });
    expect(mayReach(policyOf(tenant, 'archiver'), elsewhere, 443)).toBe(true);
  });
});

describe('addresses', () => {
  test.each<[string, Target, number]>([
    ['nats://10.1.2.3:4333', { ip: '10.1.2.3' }, 4333],
    ['nats://nats:4222', { namespace: 'compliance' }, 4222],
    ['tls://nats.example.com', { ip: '203.0.113.1' }, 4222],
    ['nats://a.one.svc:1,nats://b.two.svc.cluster.local:2', { namespace: 'two' }, 2],
  ])('%s is reached', (url, target, port) => {
    const policy = policyOf(
      of('finance-sdk', (spec) => (spec.messaging.url = url)),
      'compact',
    );
    expect(mayReach(policy, target, port)).toBe(true);
  });

  test('a private address behind a name is reached where the tenant grants it', () => {
    const granted = of('finance-sdk', (spec) => (spec.networkPolicy = { allowedCidrs: ['10.20.0.0/16'] }));
    expect(mayReach(policyOf(granted, 'compact'), { ip: '10.20.30.40' }, 9000)).toBe(true);
  });

  test('mode Open makes no policy', () => {
    const open = of('finance-sdk', (spec) => (spec.networkPolicy = { mode: 'Open' }));
    expect(() => policyOf(open, 'compact')).toThrow('no NetworkPolicy');
  });
});
