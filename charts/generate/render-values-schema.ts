// values.yaml → values.schema.json, by which helm refuses a misspelt or impossible value before anything is applied.
import { readFileSync } from 'node:fs';
import { type DocumentedValue, readDocumentedValues } from './document-values.ts';
import { formatJson } from './format-json.ts';
import { type GeneratedFile, generatedFile } from './generated-file.ts';

export interface JsonSchema {
  [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
}

/** The schema of the chart in `folder`. `overrides` replaces that of single values, by path. */
export function renderValuesSchema(
  folder: URL,
  overrides: Readonly<Record<string, JsonSchema>> = {},
): GeneratedFile {
  const values = readDocumentedValues(readFileSync(new URL('values.yaml', folder), 'utf8'));
  const root: JsonSchema = { $schema: 'http://json-schema.org/draft-07/schema#', ...group() };
  // helm passes these to every chart.
  root.properties = { global: { type: 'object' } };
  for (const value of values) place(root, value, overrides[value.path] ?? schemaOf(value));
  return generatedFile(new URL('values.schema.json', folder), formatJson(root));
}

const group = (): JsonSchema => ({ type: 'object', additionalProperties: false });

function place(root: JsonSchema, { path }: DocumentedValue, schema: JsonSchema): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let node = root;
  for (const key of keys) {
    node.properties ??= {};
    node.properties[key] ??= group();
    node = node.properties[key];
  }
  node.properties ??= {};
  node.properties[last] = schema;
}

function schemaOf({ fallback, description, schema }: DocumentedValue): JsonSchema {
  return { type: typeOf(fallback), description, ...schema };
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
