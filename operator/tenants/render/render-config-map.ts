// The ConfigMap that carries config.json of one workload.
import type { RoleConfig } from '@menshen/contracts/role-config';
import type { ConfigMap, Metadata } from './manifest-types.ts';

export const CONFIG_KEY = 'config.json';

export function renderConfigMap(metadata: Metadata, config: RoleConfig): ConfigMap {
  // Indented, because people read it with kubectl.
  const text = `${JSON.stringify(config, undefined, 2)}\n`;
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [CONFIG_KEY]: text } };
}
