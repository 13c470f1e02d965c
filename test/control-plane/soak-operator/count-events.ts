// How much people are told: Events about tenants and policies, with repetitions that were aggregated.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { listAll } from './judge-end.ts';

export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  isNamespaced: true,
};

type Event = KubeObject & {
  readonly reason?: string;
  readonly reportingController?: string;
  readonly series?: { readonly count?: number };
  readonly regarding?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
};

export interface EventCounts {
  /** Told, repetitions included. */
  readonly total: number;
  readonly byReason: Readonly<Record<string, number>>;
  /** Of the one object that most was told about. */
  readonly mostOfOneObject: number;
}

export async function countEvents(client: ApiClient): Promise<EventCounts> {
  const byReason: Record<string, number> = {};
  const byObject = new Map<string, number>();
  let total = 0;
  for (const { reason = '', series, regarding = {}, reportingController } of await listAll<Event>(
    client,
    EVENTS,
  )) {
    if (reportingController !== 'menshen.dev/operator') continue;
    const count = series?.count ?? 1;
    const object = `${regarding.kind} ${regarding.namespace}/${regarding.name}`;
    total += count;
    byReason[reason] = (byReason[reason] ?? 0) + count;
    byObject.set(object, (byObject.get(object) ?? 0) + count);
  }
  return { total, byReason, mostOfOneObject: Math.max(0, ...byObject.values()) };
}
