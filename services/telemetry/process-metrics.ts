// What every process says of itself, beside its roles' own metrics.
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** A registry with Node's process metrics and `menshen_build_info`. */
export function createRegistry(build: {
  readonly version: string;
  readonly roles: readonly string[];
}): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'menshen_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'roles'],
    registers: [registry],
  });
  info.set({ version: build.version, roles: build.roles.join(',') }, 1);
  return registry;
}
