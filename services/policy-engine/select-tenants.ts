// Which tenants a policy is for, by the labels of the WeComTenant (Kubernetes label selector semantics).
import type { TenantSelector } from './policy-spec.ts';

/** An absent or empty selector is every tenant. */
export function selectsTenant(
  selector: TenantSelector | undefined,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const hasLabels = Object.entries(selector?.matchLabels ?? {}).every(
    ([key, value]) => labels[key] === value,
  );
  return hasLabels && (selector?.matchExpressions ?? []).every((requirement) => holds(requirement, labels));
}

type Requirement = NonNullable<TenantSelector['matchExpressions']>[number];

function holds(
  { key, operator, values = [] }: Requirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const label = labels[key];
  switch (operator) {
    case 'In':
      return label !== undefined && values.includes(label);
    case 'NotIn':
      return label === undefined || !values.includes(label);
    case 'Exists':
      return label !== undefined;
    case 'DoesNotExist':
      return label === undefined;
  }
}
