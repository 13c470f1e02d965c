// The Service of one workload: metrics for Prometheus, and the event server that WeCom calls where there is one.
import type { Container, Metadata, Service } from './manifest-types.ts';

export function renderService(
  metadata: Metadata,
  pods: { readonly selector: Readonly<Record<string, string>>; readonly ports: Container['ports'] },
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      type: 'ClusterIP',
      selector: pods.selector,
      ports: pods.ports.map(({ name, containerPort }) => ({
        name,
        port: containerPort,
        targetPort: name,
        protocol: 'TCP',
      })),
    },
  };
}
