// Reads our CustomResourceDefinitions from their YAML files, which lie beside this one (beside `dist` once built).
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'yaml';

/** A node of a structural OpenAPI v3 schema, as far as the validators look into it. */
export interface StructuralSchema {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly 'x-kubernetes-list-type'?: 'map' | 'set' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

/** One entry of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly fieldPath?: string;
}

/** One kind of ours, in its served version. */
export interface KindDefinition {
  /** `menshen.dev/v1alpha1` */
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: StructuralSchema;
}

interface CrdFile {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/** The folder of the CRD files, wherever this file runs from. */
export const CRD_FOLDER = new URL(extname(import.meta.url) === '.ts' ? './' : '../', import.meta.url);

/** Every served kind of the CRD files in `folder`. Throws when a file cannot be read or is not YAML. */
export function loadCrds(folder: URL = CRD_FOLDER): KindDefinition[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return names.sort().flatMap((name) => kindsOf(parse(readFileSync(new URL(name, folder), 'utf8'))));
}

function kindsOf(file: CrdFile): KindDefinition[] {
  if (file.kind !== 'CustomResourceDefinition') return [];
  return file.spec.versions
    .filter((version) => version.served)
    .map((version) => ({
      apiVersion: `${file.spec.group}/${version.name}`,
      kind: file.spec.names.kind,
      schema: version.schema.openAPIV3Schema,
    }));
}
