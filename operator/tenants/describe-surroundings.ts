// What a tenant's status says of its way in for WeCom's events, of its walls, and of being suspended: things that need no report.
import type { OptionalKind } from './child-resources.ts';
import { condition } from './conditions.ts';
import { findOpenings, type Opening } from './render/find-openings.ts';
import type { SettledSpec, SettledTenant } from './settled-tenant.ts';
import type { StepCondition } from './step.ts';

export function describeSurroundings(
  tenant: SettledTenant,
  of: { readonly missingApis: readonly OptionalKind[]; readonly knowsWeComBlocks: boolean },
): StepCondition[] {
  const { spec } = tenant;
  return [
    describeCallback(spec, of.missingApis.includes('HTTPRoute')),
    describeNetwork(tenant, of.knowsWeComBlocks),
    spec.suspend
      ? condition('Suspended', 'True', {
          reason: 'SpecSuspend',
          message: 'spec.suspend is set: nothing is captured; WeCom keeps messages for 5 days only',
        })
      : condition('Suspended', 'False', { reason: 'NotSuspended', message: 'spec.suspend is not set' }),
  ];
}

function describeCallback({ callback }: SettledSpec, isGatewayApiMissing: boolean): StepCondition {
  if (callback === undefined)
    return condition('CallbackReady', 'False', {
      reason: 'PollingOnly',
      message: 'spec.callback is not given: new messages are found by polling alone',
    });
  if (isGatewayApiMissing)
    return condition('CallbackReady', 'False', {
      reason: 'GatewayApiMissing',
      message:
        'spec.callback.gateway needs the Gateway API (gateway.networking.k8s.io/v1): install it, or give spec.callback.ingress; polling goes on',
    });
  if (callback.host === undefined)
    return condition('CallbackReady', 'True', {
      reason: 'RoutedByOwner',
      message:
        'spec.callback.host is not given: lead the URL of the WeCom admin console to port 8090 of the Service yourself',
    });
  const way = callback.gateway === undefined ? 'an Ingress' : 'an HTTPRoute';
  return condition('CallbackReady', 'True', {
    reason: 'Routed',
    message: `${way} leads ${callback.host} to the tenant`,
  });
}

function describeNetwork(tenant: SettledTenant, knowsWeComBlocks: boolean): StepCondition {
  switch (tenant.spec.networkPolicy.mode) {
    case 'Open':
      return condition('NetworkRestricted', 'False', {
        reason: 'Open',
        message: 'spec.networkPolicy.mode is Open: there is no NetworkPolicy',
      });
    case 'Standard':
      return condition('NetworkRestricted', 'True', {
        reason: 'Standard',
        message:
          'pods reach what the spec names (a host outside of the cluster by its port, at any public address), and public addresses on port 443 for WeCom, where the network enforces NetworkPolicies',
      });
    case 'Strict':
      return describeStrict(tenant, knowsWeComBlocks);
  }
}

/** Who asked for Strict and has it not is told so, not that all is well: False, although there are policies. */
function describeStrict(tenant: SettledTenant, knowsWeComBlocks: boolean): StepCondition {
  const openings = findOpenings(tenant);
  if (openings.length > 0)
    return condition('NetworkRestricted', 'False', {
      reason: 'OpenByName',
      message: spellOpenings(openings),
    });
  if (tenant.spec.source.engine === 'FinanceSDK' && !knowsWeComBlocks)
    return condition('NetworkRestricted', 'True', {
      reason: 'AddressesPending',
      message: 'WeCom has not said yet where it is; until then it is as with mode Standard',
    });
  return condition('NetworkRestricted', 'True', {
    reason: 'Strict',
    message:
      'pods reach what the spec names, and WeCom where it says it is, where the network enforces NetworkPolicies',
  });
}

const MOST_OPENINGS = 10;

function spellOpenings(openings: readonly Opening[]): string {
  const all = openings.map(({ setting, port }) => `${setting} opens TCP ${port}`);
  const listed = all.slice(0, MOST_OPENINGS).join(', ');
  const more = all.length > MOST_OPENINGS ? ' and more' : '';
  return `${listed}${more} to every public address, because a NetworkPolicy knows no names: list the blocks of all these hosts in spec.networkPolicy.allowedCidrs, which are then all that is reached outside, or name hosts by address`;
}
