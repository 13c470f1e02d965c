// The CRD's schema of WeComTenant.spec as plain JSON Schema, so that helm refuses a misspelt field where kubectl would.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { JsonSchema } from './render-values-schema.ts';

/** Schema of `spec` in crds/wecomtenants.yaml. Every field that it does not name is refused. */
export function tenantSpecSchema(crds: URL): JsonSchema {
  const definition = parse(readFileSync(new URL('wecomtenants.yaml', crds), 'utf8'));
  const schema = definition.spec.versions[0]?.schema.openAPIV3Schema.properties?.spec;
  if (schema === undefined) throw new Error('crds/wecomtenants.yaml has no schema of spec');
  return toJsonSchema(schema);
}

/** Without what only the API server understands. A default is dropped too: it is the CRD's, so that live objects equal the wished ones. */
function toJsonSchema(node: JsonSchema): JsonSchema {
  const plain: JsonSchema = {};
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword.startsWith('x-kubernetes-') || keyword === 'default' || keyword === 'format') continue;
    plain[keyword] = isSchema(keyword, value) ? toJsonSchema(value) : value;
  }
  if (node.properties === undefined) return plain;
  const properties = Object.entries(node.properties).map(([name, child]) => [name, toJsonSchema(child)]);
  return { ...plain, properties: Object.fromEntries(properties), additionalProperties: false };
}

function isSchema(keyword: string, value: unknown): value is JsonSchema {
  return (keyword === 'items' || keyword === 'additionalProperties') && typeof value === 'object';
}
