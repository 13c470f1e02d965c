// The part of the API server's check that JSON Schema can say: fields, types, bounds. Defaults are filled in, unknown fields are named.
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { explainSchemaError } from './explain-schema-error.ts';
import type { StructuralSchema } from './load-crds.ts';
import type { FieldPath, FieldProblem } from './manifest-problem.ts';

// ajv-formats is CommonJS: its default export arrives as the module object under Node's ESM rules.
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;

/** Fills the schema's defaults into `object` (which is changed) and tells what is wrong with it. */
export type SchemaCheck = (object: unknown) => FieldProblem[];

/** Makes the check for a structural schema. Throws when the schema itself is malformed. */
export function compileSchemaCheck(schema: StructuralSchema): SchemaCheck {
  const ajv = new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: true,
    strictRequired: false,
    verbose: true,
  });
  addFormats(ajv);
  for (const keyword of KUBERNETES_KEYWORDS) ajv.addKeyword(keyword);
  const validate: ValidateFunction = ajv.compile(refuseUnknownFields(schema));
  return (object) => {
    if (validate(object)) return listProblems(schema, object, []);
    return withoutEchoes(validate.errors ?? []).map((error) => explainSchemaError(error, pathOf(error)));
  };
}

const KUBERNETES_KEYWORDS = [
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
];

/** The API server under kubectl refuses unknown fields; in JSON Schema that is `additionalProperties: false` on every object with properties. */
function refuseUnknownFields(schema: StructuralSchema, atRoot = true): object {
  const copy: Record<string, unknown> = { ...schema };
  if (schema.properties !== undefined) {
    copy.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, child]) =>
        // metadata is the API server's own type: check-metadata.ts looks at it.
        [name, atRoot && name === 'metadata' ? child : refuseUnknownFields(child, false)],
      ),
    );
    copy.additionalProperties = false;
  }
  if (schema.items !== undefined) copy.items = refuseUnknownFields(schema.items, false);
  if (schema.additionalProperties !== undefined)
    copy.additionalProperties = refuseUnknownFields(schema.additionalProperties, false);
  return copy;
}

/** A wrong type makes bounds and patterns fail as well: one error a field is enough, and the first is the one to mend first. */
function withoutEchoes(errors: readonly ErrorObject[]): ErrorObject[] {
  const seen = new Set<string>();
  return errors.filter((error) => {
    const named = error.params.additionalProperty ?? error.params.missingProperty ?? '';
    const key = `${error.instancePath} ${named}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function pathOf(error: ErrorObject): FieldPath {
  const steps = error.instancePath.split('/').slice(1).map(unescapePointer);
  const named: unknown = error.params.additionalProperty ?? error.params.missingProperty;
  return typeof named === 'string' ? [...steps, named] : steps;
}

function unescapePointer(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** What JSON Schema cannot say: lists of type `map` must have unique keys, lists of type `set` unique items. */
function listProblems(schema: StructuralSchema, value: unknown, path: FieldPath): FieldProblem[] {
  if (Array.isArray(value)) {
    const inner = value.flatMap((item, at) =>
      schema.items ? listProblems(schema.items, item, [...path, at]) : [],
    );
    return [...duplicates(schema, value, path), ...inner];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const childSchema = schema.properties?.[name] ?? schema.additionalProperties;
    return childSchema === undefined ? [] : listProblems(childSchema, child, [...path, name]);
  });
}

function duplicates(schema: StructuralSchema, items: readonly unknown[], path: FieldPath): FieldProblem[] {
  const keys = listKeys(schema);
  if (keys === undefined) return [];
  const seen = new Set<string>();
  return items.flatMap((item, at) => {
    const identity = identityOf(item, keys);
    if (!seen.has(identity)) {
      seen.add(identity);
      return [];
    }
    const what = keys.length === 0 ? 'value' : keys.join(' and ');
    return [
      {
        path: [...path, at],
        value: identity,
        message: `is there twice: every ${what} in this list must be unique`,
        remedy: `remove one of the two, or give it another ${what}`,
      },
    ];
  });
}

/** Names of the fields that identify an item; none for a set, whose items identify themselves; `undefined` for any other list. */
export function listKeys(schema: StructuralSchema): readonly string[] | undefined {
  if (schema['x-kubernetes-list-type'] === 'set') return [];
  return schema['x-kubernetes-list-type'] === 'map'
    ? (schema['x-kubernetes-list-map-keys'] ?? [])
    : undefined;
}

/** JSON of what identifies an item of a list of type `map` or `set`. */
export function identityOf(item: unknown, keys: readonly string[]): string {
  if (keys.length === 0) return JSON.stringify(item);
  const fields = item as Record<string, unknown>;
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, fields[key]])));
}
