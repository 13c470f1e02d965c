// What a drain of nodes may take away at a time. Only for what runs in several replicas: a budget over a single pod would block every drain.
import type { Metadata, PodDisruptionBudget } from './manifest-types.ts';

export function renderDisruptionBudget(
  metadata: Metadata,
  matchLabels: Readonly<Record<string, string>>,
): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata,
    spec: { maxUnavailable: 1, selector: { matchLabels } },
  };
}
