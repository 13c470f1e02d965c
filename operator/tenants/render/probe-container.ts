// When Kubernetes takes a container for started, ready and dead.
import type { Container, Probe } from './manifest-types.ts';

/** Port of /live /ready /started /metrics. */
export const HTTP_PORT = 9464;
const PORT_NAME = 'http';

export const HTTP_CONTAINER_PORT = { name: PORT_NAME, containerPort: HTTP_PORT, protocol: 'TCP' } as const;

export const PROBES: Pick<Container, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> = {
  // Up to five minutes: ClickHouse migrations and the replay of a day of messages come before "started".
  startupProbe: probe('/started', { periodSeconds: 1, failureThreshold: 300 }),
  // The event loop has not turned for a minute.
  livenessProbe: probe('/live', { periodSeconds: 10, failureThreshold: 6 }),
  readinessProbe: probe('/ready', { periodSeconds: 5, failureThreshold: 2 }),
};

function probe(path: string, limits: Pick<Probe, 'periodSeconds' | 'failureThreshold'>): Probe {
  return { httpGet: { path, port: PORT_NAME }, timeoutSeconds: 5, ...limits };
}
