// Makes the TypeScript types of our kinds from the CRD files, which are the source of truth: crds/<plural>.yaml → crds/types/<plural>.ts;
// and the page of conditions (document-conditions.ts).
//   node crds/generate-types.ts           writes what is missing or stale
//   node crds/generate-types.ts --check   writes nothing; exit code 1 and the names when something is stale
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { parse } from 'yaml';
import { documentConditions } from './document-conditions.ts';

interface Definition {
  readonly kind?: string;
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: JSONSchema };
    }[];
  };
}

export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
  readonly stale: boolean;
}

/** The types of every CRD in `folder`, and whether the file on disk differs. Writes nothing. */
export async function generateTypes(folder: URL): Promise<GeneratedFile[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const files = await Promise.all(names.sort().map((name) => generateFile(folder, name)));
  return files.filter((file) => file !== undefined);
}

async function generateFile(folder: URL, name: string): Promise<GeneratedFile | undefined> {
  const definition = parse(readFileSync(new URL(name, folder), 'utf8')) as Definition;
  if (definition.kind !== 'CustomResourceDefinition') return undefined;
  const content = await renderTypes(definition, name);
  const target = new URL(`types/${basename(name, '.yaml')}.ts`, folder);
  const current = existsSync(target) ? readFileSync(target, 'utf8') : '';
  return { path: target.pathname, content, stale: current !== content };
}

async function renderTypes(definition: Definition, name: string): Promise<string> {
  const version = definition.spec.versions.find((candidate) => candidate.storage);
  if (version === undefined) throw new Error(`${name} has no storage version: set storage: true on one`);
  const kind = definition.spec.names.kind;
  return compile(asResource(version.schema.openAPIV3Schema, kind), kind, {
    bannerComment: `// Generated from crds/${name} by crds/generate-types.ts. Do not edit: change the CRD and run \`npm run generate\`.`,
    additionalProperties: false,
    // Without this, minItems turns every list into a tuple type that no ordinary array fits.
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 110 },
  });
}

/** The API server fills metadata; a CRD schema only says that it is an object. */
function asResource(schema: JSONSchema, kind: string): JSONSchema {
  const shared = shareTitled(schema, new Map());
  return {
    ...shared,
    title: kind,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      ...shared.properties,
      apiVersion: { const: 'menshen.dev/v1alpha1' },
      kind: { const: kind },
      metadata: METADATA,
    },
  };
}

/**
 * Two schemas of the same title become one object, and so one interface instead of `Participants` and `Participants1`.
 * They may differ in their description only; throws when they differ in more.
 */
function shareTitled<T>(node: T, byTitle: Map<string, unknown>): T {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => shareTitled(item, byTitle)) as T;
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, shareTitled(value, byTitle)]),
  );
  const title = copy.title;
  if (typeof title !== 'string') return copy as T;
  const first = byTitle.get(title) ?? copy;
  if (shapeOf(first) !== shapeOf(copy))
    throw new Error(`two different schemas have the title ${title}: rename one`);
  byTitle.set(title, first);
  return first as T;
}

const shapeOf = (schema: unknown): string => JSON.stringify({ ...(schema as object), description: '' });

const METADATA: JSONSchema = {
  title: 'ObjectMeta',
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string' },
    namespace: { type: 'string' },
    uid: { type: 'string' },
    generation: { type: 'integer' },
    resourceVersion: { type: 'string' },
    creationTimestamp: { type: 'string' },
    deletionTimestamp: { type: 'string' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

async function main(check: boolean): Promise<void> {
  const crds = new URL('./', import.meta.url);
  const stale = [...(await generateTypes(crds)), documentConditions(crds)].filter((file) => file.stale);
  for (const file of stale) {
    console.error(check ? `stale: ${file.path} (run npm run generate)` : `wrote ${file.path}`);
    if (!check) writeFileSync(file.path, file.content);
  }
  if (check && stale.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main(process.argv.includes('--check'));
