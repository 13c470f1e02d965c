// Schemas of Kubernetes and of our kinds as kubeconform reads them, made from local files: the API's own description lies in the Go module
// k8s.io/kubernetes, which Go keeps or fetches.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './run-helm.testkit.ts';

const MODULE = 'k8s.io/kubernetes@v1.34.4';

interface Schema {
  [keyword: string]: unknown;
  properties?: Record<string, Schema>;
}
interface Definition extends Schema {
  'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** `api/openapi-spec/swagger.json` of the module, or why it is not there. */
export function findKubernetesApi():
  | { readonly path: string }
  | { readonly path: undefined; readonly why: string } {
  const found = spawnSync('go', ['mod', 'download', '-json', MODULE], { encoding: 'utf8', cwd: tmpdir() });
  if (found.status !== 0) return { path: undefined, why: `Go cannot fetch ${MODULE}` };
  return { path: join(JSON.parse(found.stdout).Dir, 'api/openapi-spec/swagger.json') };
}

/** Writes `<Kind>-<group>-<version>.json` into `folder` for each of Kubernetes' kinds named, and for ours. */
export function writeSchemas(api: string, folder: string, kinds: ReadonlySet<string>): void {
  mkdirSync(folder, { recursive: true });
  const { definitions } = JSON.parse(readFileSync(api, 'utf8')) as {
    definitions: Record<string, Definition>;
  };
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, one]) => [name, makeStrict(name, one)]),
  );
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify({ definitions: strict }));
  for (const [name, definition] of Object.entries(definitions))
    for (const { group, version, kind } of definition['x-kubernetes-group-version-kind'] ?? [])
      if (kinds.has(kind))
        write(folder, { group, version, kind }, { $ref: `definitions.json#/definitions/${name}` });
  for (const name of ['wecomtenants', 'compliancepolicies'])
    writeCrdSchemas(readFileSync(`${ROOT}crds/${name}.yaml`, 'utf8'), folder);
}

/** The same for each version of a CustomResourceDefinition. */
export function writeCrdSchemas(crd: string, folder: string): void {
  const { spec } = parse(crd);
  for (const { name: version, schema } of spec.versions)
    write(folder, { group: spec.group, version, kind: spec.names.kind }, closed(schema.openAPIV3Schema));
}

function write(folder: string, of: { group: string; version: string; kind: string }, schema: Schema): void {
  const name = [of.kind, of.group.split('.')[0], of.version]
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase();
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(schema));
}

/** The description speaks of types; that nothing else may stand there has to be added, and two types accept numbers as well. */
function makeStrict(name: string, definition: Definition): Schema {
  if (name.endsWith('.Quantity') || name.endsWith('.IntOrString')) return { type: ['string', 'number'] };
  const text = JSON.stringify(definition).replaceAll('"#/definitions/', '"definitions.json#/definitions/');
  const schema = JSON.parse(text) as Schema;
  const isJsonSchema = /\.JSON(SchemaProps\w*)?$/.test(name);
  return schema.properties === undefined || isJsonSchema
    ? schema
    : { ...schema, additionalProperties: false };
}

/** A structural schema: what its properties do not name is pruned by the API server, so it is refused here. */
function closed(node: Schema): Schema {
  const kept = Object.entries(node).filter(
    ([keyword]) => !keyword.startsWith('x-kubernetes-') && keyword !== 'format',
  );
  const plain: Schema = Object.fromEntries(
    kept.map(([keyword, value]) =>
      keyword === 'items' || (keyword === 'additionalProperties' && typeof value === 'object')
        ? [keyword, closed(value as Schema)]
        : [keyword, value],
    ),
  );
  if (node.properties === undefined) return plain;
  const properties = Object.fromEntries(
    Object.entries(node.properties).map(([name, child]) => [name, closed(child)]),
  );
  return { ...plain, properties, additionalProperties: false };
}
