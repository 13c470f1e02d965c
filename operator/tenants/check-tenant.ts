// What is wrong with a tenant although the CRD accepts it, because neither JSON Schema nor CEL can say it.
import type { FieldProblem } from '@menshen/crds/manifest-problem';
import { parseQuantityBytes } from './parse-quantity.ts';
import type { SettledTenant } from './settled-tenant.ts';

/** Problems that keep a tenant from being run; empty when there are none. */
export function checkTenant(tenant: SettledTenant): FieldProblem[] {
  return [...checkTimeZone(tenant.spec.timeZone), ...checkMemory(tenant), ...checkSizes(tenant)];
}

function checkTimeZone(timeZone: string): FieldProblem[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return [];
  } catch {
    return [
      {
        path: ['spec', 'timeZone'],
        value: JSON.stringify(timeZone),
        message: 'is not an IANA time zone',
        remedy: 'use a name such as Asia/Shanghai or Europe/London',
      },
    ];
  }
}

function checkMemory(tenant: SettledTenant): FieldProblem[] {
  const { resources } = tenant.spec.deployment;
  if (bytesOf(resources.memoryRequest) <= bytesOf(resources.memoryLimit)) return [];
  return [
    {
      path: ['spec', 'deployment', 'resources', 'memoryRequest'],
      value: JSON.stringify(resources.memoryRequest),
      message: `is more than memoryLimit, ${resources.memoryLimit}`,
      remedy: 'raise memoryLimit or lower memoryRequest',
    },
  ];
}

/** A page of messages must fit several times over, or the stream would refuse it for ever. */
const LEAST_STREAM_BYTES = 64 * 2 ** 20;

function checkSizes(tenant: SettledTenant): FieldProblem[] {
  const { maxStreamBytes } = tenant.spec.messaging;
  if (bytesOf(maxStreamBytes) >= LEAST_STREAM_BYTES) return [];
  return [
    {
      path: ['spec', 'messaging', 'maxStreamBytes'],
      value: JSON.stringify(maxStreamBytes),
      message: 'is too small to hold pages of messages',
      remedy: 'use 64Mi or more',
    },
  ];
}

/** Beyond 2^53 bytes is no size anybody has; such a text is compared as infinite. */
function bytesOf(text: string): number {
  try {
    return parseQuantityBytes(text);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
