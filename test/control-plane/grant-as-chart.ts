// Gives a user of a test's control plane exactly what the chart gives the operator, read from the chart's template.
import { readFile } from 'node:fs/promises';
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import { parseAllDocuments } from 'yaml';

const RBAC = new URL('../../charts/menshen/templates/rbac.yaml', import.meta.url);

const rbac = (plural: string, kind: string, isNamespaced: boolean): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  isNamespaced,
});

type Rules = KubeObject & { readonly rules: readonly unknown[] };

/** Gives `user` what the chart gives the operator: its ClusterRole, and its Role in the namespace of the Lease. */
export async function grantAsChart(client: ApiClient, user: string, namespace: string): Promise<void> {
  // Only names are templated, and what is there for operators with keys, which this one has not; any other rule would be an error here.
  const text = (await readFile(RBAC, 'utf8'))
    .replaceAll(/(\S.*)\{\{-? if [^}]*\}\}.*?\{\{-? end \}\}/g, '$1')
    .replaceAll(/\{\{ include "menshen\.fullname" \. (\| quote )?\}\}/g, 'menshen')
    .replaceAll(/^.*\{\{-? (include|if|end)[^\n]*$/gm, '')
    .replaceAll('{{ .Release.Namespace }}', namespace);
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Rules | null);
  const rulesOf = (kind: string): readonly unknown[] => {
    const found = documents.find((document) => document?.kind === kind && Array.isArray(document.rules));
    if (found === null || found === undefined) throw new Error(`the chart has no ${kind}`);
    return found.rules;
  };
  const subjects = [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }];
  const bind = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: user });
  await client.create<Rules>(rbac('clusterroles', 'ClusterRole', false), {
    metadata: { name: user },
    rules: rulesOf('ClusterRole'),
  });
  await client.create<KubeObject & Record<string, unknown>>(
    rbac('clusterrolebindings', 'ClusterRoleBinding', false),
    { metadata: { name: user }, roleRef: bind('ClusterRole'), subjects },
  );
  await client.create<Rules>(rbac('roles', 'Role', true), {
    metadata: { name: user, namespace },
    rules: rulesOf('Role'),
  });
  await client.create<KubeObject & Record<string, unknown>>(rbac('rolebindings', 'RoleBinding', true), {
    metadata: { name: user, namespace },
    roleRef: bind('Role'),
    subjects,
  });
}
