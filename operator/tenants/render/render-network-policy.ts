// Who a workload may speak with: nobody, but for what its roles need. A policy for each workload, so that only capture reaches WeCom.
// The Finance SDK is somebody else's code: what it may reach is not left to it.
import type { SettledTenant } from '../settled-tenant.ts';
import { isHeldToBlocks, knowsRobots } from './find-openings.ts';
import { selectorLabels } from './label-objects.ts';
import { isWeComItself, listNamedUrls } from './list-named-urls.ts';
import type {
  Metadata,
  NetworkEgress,
  NetworkIngress,
  NetworkPeer,
  NetworkPolicy,
} from './manifest-types.ts';
import type { Workload } from './plan-workloads.ts';
import { HTTP_PORT } from './probe-container.ts';
import { type Endpoint, readEndpoints } from './read-endpoints.ts';
import { CALLBACK_PORT } from './render-role-config.ts';

/** What is not the public internet: private (RFC 1918, RFC 6598), loopback, link-local, and where clouds keep their metadata. */
export const NOT_PUBLIC_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  // Also 100.100.100.200, Alibaba Cloud's metadata.
  '100.64.0.0/10',
  '127.0.0.0/8',
  // Azure's wire server.
  '168.63.129.16/32',
  // Every other cloud's metadata, 169.254.169.254 and 169.254.0.23.
  '169.254.0.0/16',
  '172.16.0.0/12',
  // Oracle Cloud's metadata.
  '192.0.0.0/24',
  '192.168.0.0/16',
];
/** Loopback, addresses that stand for IPv4 ones, local (also fd00:ec2::254, Amazon's metadata), link-local. */
export const NOT_PUBLIC_IPV6 = ['::1/128', '64:ff9b::/96', 'fc00::/7', 'fe80::/10'];

/** `undefined` where the tenant wants none. `wecomBlocks`: for mode Strict, where WeCom or the proxy is; empty while that is not known. */
export function renderNetworkPolicy(
  metadata: Metadata,
  of: {
    readonly tenant: SettledTenant;
    readonly workload: Workload;
    readonly wecomBlocks: readonly string[];
  },
): NetworkPolicy | undefined {
  const { tenant, workload } = of;
  if (tenant.spec.networkPolicy.mode === 'Open') return undefined;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector: { matchLabels: selectorLabels(tenant, workload.component) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: ingressOf(tenant, workload),
      egress: [DNS, ...egressOf(of)],
    },
  };
}

function ingressOf(tenant: SettledTenant, workload: Workload): NetworkIngress[] {
  // Whoever collects metrics is a pod of this cluster; the kubelet's probes are let through by definition.
  const metrics: NetworkIngress = {
    from: [{ namespaceSelector: {} }],
    ports: [{ protocol: 'TCP', port: HTTP_PORT }],
  };
  const listens = workload.roles.includes('ingest') && tenant.spec.callback !== undefined;
  // The way to the callback may be a load balancer or a controller on the network of its node: no selector finds those.
  return listens ? [metrics, { ports: [{ protocol: 'TCP', port: CALLBACK_PORT }] }] : [metrics];
}

/** The cluster's DNS: its pods, which listen on 5353 in some clusters, and the cache on the node (NodeLocal DNSCache). */
const DNS: NetworkEgress = {
  to: [{ namespaceSelector: {} }, { ipBlock: { cidr: '169.254.20.10/32' } }],
  ports: [53, 5353].flatMap((port) => [
    { protocol: 'UDP', port } as const,
    { protocol: 'TCP', port } as const,
  ]),
};

const PUBLIC: readonly NetworkPeer[] = [
  { ipBlock: { cidr: '0.0.0.0/0', except: NOT_PUBLIC_IPV4 } },
  { ipBlock: { cidr: '::/0', except: NOT_PUBLIC_IPV6 } },
];

function egressOf(of: {
  readonly tenant: SettledTenant;
  readonly workload: Workload;
  readonly wecomBlocks: readonly string[];
}): NetworkEgress[] {
  const { tenant, workload, wecomBlocks } = of;
  const { allowedCidrs } = tenant.spec.networkPolicy;
  const named = endpointsOf(tenant, workload).flatMap((endpoint) => egressTo(endpoint, tenant.spec));
  const granted: NetworkEgress[] =
    allowedCidrs.length === 0
      ? []
      : [{ to: allowedCidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: 'TCP' }] }];
  const wecom = callsWeCom(tenant, workload) ? egressToWeCom(tenant, wecomBlocks) : [];
  const robots = callsRobots(tenant, workload) ? egressToRobots(tenant, wecomBlocks) : [];
  return withoutRepetition([...named, ...granted, ...wecom, ...robots]);
}

const endpointsOf = ({ spec, metadata }: SettledTenant, { roles }: Workload): Endpoint[] =>
  listNamedUrls(spec, roles).flatMap(({ url }) => readEndpoints(url, metadata.namespace));

function egressTo(endpoint: Endpoint, spec: SettledTenant['spec']): NetworkEgress[] {
  switch (endpoint.kind) {
    case 'Namespace':
      return [{ to: [namespacePeer(endpoint.namespace)], ports: [TCP] }];
    case 'Address':
      return [
        { to: [{ ipBlock: { cidr: endpoint.cidr } }], ports: [{ protocol: 'TCP', port: endpoint.port }] },
      ];
    case 'Outside':
      // What allowedCidrs grants is a rule of its own already.
      if (isHeldToBlocks(spec)) return [];
      return [{ to: PUBLIC, ports: [{ protocol: 'TCP', port: endpoint.port }] }];
  }
}

const callsWeCom = ({ spec }: SettledTenant, { roles }: Workload): boolean =>
  roles.includes('ingest') && spec.source.engine === 'FinanceSDK' && isWeComItself(spec);

/** A robot's address is a secret, but it always is WeCom's. */
function callsRobots({ spec }: SettledTenant, { roles }: Workload): boolean {
  return (
    roles.includes('notifier') && spec.alerting.channels.some(({ weComRobot }) => weComRobot !== undefined)
  );
}

/**
 * Until capture has said where WeCom is, Strict cannot be stricter than Standard: it has to ask WeCom itself. `blocks` with a proxy are the
 * proxy's, whose address is a secret that capture alone reads.
 */
function egressToWeCom({ spec }: SettledTenant, blocks: readonly string[]): NetworkEgress[] {
  const anywhere: NetworkEgress = { to: PUBLIC, ports: [HTTPS] };
  if (blocks.length === 0) return [anywhere];
  const isStrict = spec.networkPolicy.mode === 'Strict';
  const to = blocks.map(peerOf);
  // The port of a proxy is in its address: any, but only there.
  if (spec.source.proxy !== undefined)
    return isStrict ? [{ to, ports: [TCP] }] : [anywhere, { to, ports: [TCP] }];
  return [isStrict ? { to, ports: [HTTPS] } : anywhere];
}

/** Where capture will never say where robots are, Strict holds them to the blocks of `allowedCidrs` too. */
function egressToRobots({ spec }: SettledTenant, blocks: readonly string[]): NetworkEgress[] {
  if (isHeldToBlocks(spec) && !knowsRobots(spec)) return [];
  const isKnown = spec.networkPolicy.mode === 'Strict' && knowsRobots(spec) && blocks.length > 0;
  return [{ to: isKnown ? blocks.map(peerOf) : PUBLIC, ports: [HTTPS] }];
}

/** An address block, or `namespace:<name>` for a proxy that is a Service. */
function peerOf(block: string): NetworkPeer {
  const [kind, name = ''] = block.split(':', 2);
  if (kind === 'namespace') return namespacePeer(name);
  return { ipBlock: { cidr: block } };
}

const namespacePeer = (name: string): NetworkPeer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});

const TCP = { protocol: 'TCP' } as const;
const HTTPS = { protocol: 'TCP', port: 443 } as const;

function withoutRepetition(rules: readonly NetworkEgress[]): NetworkEgress[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
