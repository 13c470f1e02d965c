// Installs our CRDs from their YAML, as written: the models of client libraries drop x-kubernetes-* and defaults.
import { readFile } from 'node:fs/promises';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import { parse } from 'yaml';
import { CRDS } from './resources.ts';
import { until } from './wait-until.ts';

const FOLDER = new URL('../../crds/', import.meta.url);

export interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly kind: string } & Readonly<Record<string, unknown>>;
    readonly versions: readonly ({ readonly name: string } & Readonly<Record<string, unknown>>)[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Resolves once both are established. */
export async function installCrds(client: ApiClient): Promise<void> {
  for (const file of ['wecomtenants.yaml', 'compliancepolicies.yaml'])
    await installCrd(client, parse(await readFile(new URL(file, FOLDER), 'utf8')) as Crd);
}

/** Resolves once its objects are served: for a moment after being established they are still answered with 429. */
export async function installCrd(client: ApiClient, crd: Crd): Promise<void> {
  await client.create(CRDS, crd);
  await until(`${crd.metadata.name} is established`, async () => {
    const found = await client.get<Crd>(CRDS, crd.metadata);
    return (
      found?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ===
      true
    );
  });
  const { group, names, versions } = crd.spec;
  const resource = { group, ...names, version: versions[0]?.name ?? '', isNamespaced: true };
  await until(`${names.plural} are served`, async () => {
    try {
      await client.listPage(resource);
      return true;
    } catch {
      return false;
    }
  });
}
