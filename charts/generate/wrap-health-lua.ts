// deploy/gitops/argocd/health.lua → the two keys of Argo CD's ConfigMap, one for each kind.
import { readFileSync } from 'node:fs';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

const KINDS = ['WeComTenant', 'CompliancePolicy'];

export function wrapHealthLua(folder: URL): GeneratedFile {
  const lua = readFileSync(new URL('health.lua', folder), 'utf8').trimEnd();
  const keys = KINDS.map(
    (kind) =>
      `  resource.customizations.health.menshen.dev_${kind}: |\n${lua.replaceAll(/^(?=.)/gm, '    ')}\n`,
  );
  const head = `# Generated from deploy/gitops/argocd/health.lua by charts/generate-charts.ts. Merge it into Argo CD's own:
#   kubectl --namespace argocd patch configmap argocd-cm --patch-file deploy/gitops/argocd/argocd-cm.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
  namespace: argocd
data:
`;
  return generatedFile(new URL('argocd-cm.yaml', folder), head + keys.join(''));
}
