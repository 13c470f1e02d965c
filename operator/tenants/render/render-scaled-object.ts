// KEDA's order to scale the scanners, for clusters where KEDA is to scale everything. It asks a Prometheus for the age of the oldest
// message that waits, the same number by which the operator itself would decide.
import { parseDurationMs } from '../parse-duration.ts';
import type { SettledTenant } from '../settled-tenant.ts';
import type { Metadata, ScaledObject } from './manifest-types.ts';

/** `deploymentName`: of the scanners. Its metrics are found by their namespace and by the pods' name. */
export function renderScaledObject(
  metadata: Metadata,
  { tenant, deploymentName }: { readonly tenant: SettledTenant; readonly deploymentName: string },
): ScaledObject {
  const { minReplicas, maxReplicas, targetDelay, scaleDownWindow, kedaPrometheusUrl } = tenant.spec.scanner;
  const windowSeconds = Math.round(parseDurationMs(scaleDownWindow) / 1000);
  const pods = `namespace="${metadata.namespace}",pod=~"${deploymentName}-.+"`;
  return {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata,
    spec: {
      scaleTargetRef: { name: deploymentName },
      minReplicaCount: minReplicas,
      maxReplicaCount: maxReplicas,
      cooldownPeriod: windowSeconds,
      // A Prometheus that does not answer must not make messages wait.
      fallback: { failureThreshold: 3, replicas: maxReplicas },
      advanced: {
        horizontalPodAutoscalerConfig: {
          behavior: { scaleDown: { stabilizationWindowSeconds: windowSeconds } },
        },
      },
      triggers: [
        {
          type: 'prometheus',
          metricType: 'Value',
          metadata: {
            serverAddress: kedaPrometheusUrl ?? '',
            query: `max(menshen_scanner_oldest_pending_seconds{${pods}})`,
            threshold: String(Math.round(parseDurationMs(targetDelay) / 1000)),
          },
        },
      ],
    },
  };
}
