// A kind of ours as a JSON Schema for editors (draft-07, which the YAML language server reads): completion, descriptions on hover, and
// a wavy line under what the API server would refuse. Rules across fields are CEL and not in it; `menshen policy test` checks those.
import type { KindDefinition, StructuralSchema } from './load-crds.ts';

/** Refuses unknown fields, as kubectl does. */
export function toEditorSchema({ apiVersion, kind, schema }: KindDefinition): object {
  const { properties, ...rest } = convert(schema) as { readonly properties?: object };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${kind} (${apiVersion})`,
    ...rest,
    properties: {
      ...properties,
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata: {
        type: 'object',
        required: ['name'],
        description: 'Name, namespace and labels, as of any Kubernetes object.',
      },
    },
    required: ['apiVersion', 'kind', 'metadata'],
  };
}

function convert(schema: StructuralSchema): object {
  const own = Object.entries(schema).filter(([key]) => !key.startsWith('x-kubernetes-'));
  const isSet = schema['x-kubernetes-list-type'] === 'set';
  return {
    ...Object.fromEntries(own),
    ...(isSet && { uniqueItems: true }),
    ...(schema.items !== undefined && { items: convert(schema.items) }),
    ...(schema.additionalProperties !== undefined && {
      additionalProperties: convert(schema.additionalProperties),
    }),
    ...(schema.properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([name, child]) => [name, convert(child)]),
      ),
      additionalProperties: false,
    }),
  };
}
