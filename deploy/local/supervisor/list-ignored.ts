// What a tenant asks of a cluster that one machine cannot give: said by name with the reason, so that nobody takes a laptop for proof of it.
import type { RenderedObject } from '@menshen/operator/tenants/render/manifest-types';

export interface Ignored {
  /** `NetworkPolicy`, or `nodeSelector of Deployments`. */
  readonly what: string;
  readonly why: string;
}

const KINDS: Readonly<Partial<Record<RenderedObject['kind'], string>>> = {
  NetworkPolicy: 'processes of one machine share its network, and nothing is kept from them',
  PodDisruptionBudget: 'there are no nodes to be drained',
  Ingress: 'nobody calls a laptop: new messages are found by polling',
  HTTPRoute: 'nobody calls a laptop: new messages are found by polling',
  ScaledObject: 'KEDA is not here: set spec.scanner.autoscaler to Operator',
};

/** Fields of a pod that only choose its node. */
export const SCHEDULING_FIELDS = [
  'imagePullSecrets',
  'nodeSelector',
  'priorityClassName',
  'tolerations',
  'topologySpreadConstraints',
] as const;

/** Each kind or field once, in the order in which they are met. */
export function listIgnored(objects: readonly RenderedObject[]): Ignored[] {
  const found = new Map<string, Ignored>();
  for (const object of objects) {
    const why = KINDS[object.kind];
    if (why !== undefined) found.set(object.kind, { what: object.kind, why });
    if (object.kind !== 'Deployment') continue;
    for (const field of SCHEDULING_FIELDS) {
      if (object.spec.template.spec[field] === undefined) continue;
      const what = `${field} of Deployments`;
      found.set(what, { what, why: 'there is one machine, and no images are pulled' });
    }
  }
  return [...found.values()];
}
