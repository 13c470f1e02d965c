// A kind of object to watch: small, ours to change, with nothing to do with the product.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { type Crd, installCrd } from './install-crds.ts';
import { NAMESPACES } from './resources.ts';

export const NOTES: Resource = {
  group: 'test.menshen.dev',
  version: 'v1',
  plural: 'notes',
  kind: 'Note',
  isNamespaced: true,
};

export interface Note extends KubeObject {
  readonly spec: { readonly n: number };
  readonly status?: { readonly n?: number; readonly by?: string };
}

export const NOTES_CRD: Crd = {
  metadata: { name: 'notes.test.menshen.dev' },
  spec: {
    group: NOTES.group,
    ...{ scope: 'Namespaced' },
    names: { plural: 'notes', singular: 'note', kind: 'Note' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { n: { type: 'integer' } } },
              status: { type: 'object', properties: { n: { type: 'integer' }, by: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

/** The kind, and a namespace to have some in. */
export async function installNotes(client: ApiClient, namespace: string): Promise<void> {
  await installCrd(client, NOTES_CRD);
  await client.create(NAMESPACES, { metadata: { name: namespace } });
}
