// What keeps mode Strict from being strict: a host outside of the cluster is known by name only, and a NetworkPolicy knows addresses. Its port
// is then open to every public address, until somebody says in `allowedCidrs` where it is.
import type { SettledTenant } from '../settled-tenant.ts';
import { listNamedUrls } from './list-named-urls.ts';
import { planWorkloads } from './plan-workloads.ts';
import { readEndpoints } from './read-endpoints.ts';

export interface Opening {
  readonly setting: string;
  readonly port: number;
}

/** In mode Strict names outside lead to these blocks and nowhere else, as soon as there are some. */
export function isHeldToBlocks({ networkPolicy }: SettledTenant['spec']): boolean {
  return networkPolicy.mode === 'Strict' && networkPolicy.allowedCidrs.length > 0;
}

/**
 * Settings that open a port to every public address, in the order of the spec; none where `allowedCidrs` holds them. WeCom's own addresses
 * are not among them: ingest finds those.
 */
export function findOpenings({ spec, metadata }: SettledTenant): Opening[] {
  if (isHeldToBlocks(spec)) return [];
  const named = planWorkloads(spec)
    .flatMap(({ roles }) => listNamedUrls(spec, roles))
    .flatMap(({ setting, url }) =>
      readEndpoints(url, metadata.namespace).flatMap((endpoint) =>
        endpoint.kind === 'Outside' ? [{ setting, port: endpoint.port }] : [],
      ),
    );
  const robots = knowsRobots(spec) ? [] : robotOpenings(spec);
  return [...new Map([...named, ...robots].map((each) => [`${each.setting} ${each.port}`, each])).values()];
}

/** Robots are called directly, and capture says where WeCom is only where it calls WeCom directly itself. */
export const knowsRobots = ({ source }: SettledTenant['spec']): boolean =>
  source.engine === 'FinanceSDK' && source.proxy === undefined;

function robotOpenings({ alerting }: SettledTenant['spec']): Opening[] {
  return alerting.channels.flatMap(({ name, weComRobot }) =>
    weComRobot === undefined ? [] : [{ setting: `spec.alerting.channels[${name}].weComRobot`, port: 443 }],
  );
}
