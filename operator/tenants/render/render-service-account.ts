// The identity of a tenant's pods. They never talk to Kubernetes, so it comes without a token.
import type { Metadata, ServiceAccount } from './manifest-types.ts';

export function renderServiceAccount(metadata: Metadata): ServiceAccount {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false };
}
