// crds/*.yaml → templates of the chart: without YAML anchors (not every reader of a chart resolves them), switchable, kept on uninstall.
import { readdirSync, readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

interface Definition {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

/** One template for each CustomResourceDefinition in `crds`. Writes nothing. */
export function renderCrdTemplates(crds: URL, templates: URL): GeneratedFile[] {
  return readdirSync(crds)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => {
      const definition = parse(readFileSync(new URL(name, crds), 'utf8')) as Definition;
      if (definition.kind !== 'CustomResourceDefinition') return [];
      return [generatedFile(new URL(name, templates), renderTemplate(definition, name))];
    });
}

function renderTemplate(definition: Definition, name: string): string {
  const body = stringify({ spec: definition.spec }, { aliasDuplicateObjects: false, lineWidth: 0 });
  return `# Generated from crds/${name} by charts/generate-charts.ts. Do not edit.
{{- if .Values.crds.enabled }}
apiVersion: ${definition.apiVersion}
kind: ${definition.kind}
metadata:
  name: ${definition.metadata.name}
  labels:
    {{- include "menshen.labels" (list . "crds") | nindent 4 }}
  {{- $annotations := merge (dict) .Values.crds.annotations .Values.commonAnnotations }}
  {{- if .Values.crds.keep }}
  {{- $annotations = merge (dict "helm.sh/resource-policy" "keep") $annotations }}
  {{- end }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
${escapeTemplate(body)}{{- end }}
`;
}

/** A schema's text may hold what helm would take for a template. */
const escapeTemplate = (text: string): string => text.replaceAll('{{', '{{ "{{" }}');
