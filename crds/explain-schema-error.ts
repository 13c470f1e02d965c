// Turns an ajv error into words for the author of a manifest.
import type { ErrorObject } from 'ajv';
import type { StructuralSchema } from './load-crds.ts';
import { type FieldPath, type FieldProblem, formatValue } from './manifest-problem.ts';

/** `error` must come from ajv with `verbose: true`, which adds the value and the schema it failed against. */
export function explainSchemaError(error: ErrorObject, path: FieldPath): FieldProblem {
  const schema = (error.parentSchema ?? {}) as StructuralSchema;
  switch (error.keyword) {
    case 'additionalProperties':
      return { path, value: '', ...unknownField(String(path.at(-1)), Object.keys(schema.properties ?? {})) };
    case 'required':
      return { path, value: '', message: 'is required', remedy: `add it: ${purpose(fieldOf(schema, path))}` };
    case 'enum':
      return {
        path,
        value: formatValue(error.data),
        message: 'is not supported',
        remedy: `use ${(schema.enum ?? []).map(String).join(', ')}`,
      };
    case 'type':
      return { path, value: formatValue(error.data), ...wrongType(String(error.params.type), error.data) };
    case 'pattern':
      return {
        path,
        value: formatValue(error.data),
        message: `does not have the form ${String(error.params.pattern)}`,
        remedy: purpose(schema),
      };
    default:
      return {
        path,
        value: formatValue(error.data),
        message: error.message ?? `breaks ${error.keyword}`,
        remedy: purpose(schema),
      };
  }
}

function fieldOf(schema: StructuralSchema, path: FieldPath): StructuralSchema {
  return schema.properties?.[String(path.at(-1))] ?? {};
}

/** The description's first sentence, which says what the field is for. */
function purpose(schema: StructuralSchema): string {
  const description = schema.description ?? '';
  const end = description.search(/\.( |$)/);
  return end === -1 ? description : description.slice(0, end);
}

function unknownField(name: string, known: readonly string[]): { message: string; remedy: string } {
  const near = known.find((candidate) => editDistance(candidate.toLowerCase(), name.toLowerCase()) <= 2);
  return {
    message: 'is an unknown field',
    remedy: near === undefined ? `known here: ${known.join(', ')}` : `did you mean ${near}?`,
  };
}

function wrongType(wanted: string, value: unknown): { message: string; remedy: string } {
  const given = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  const message = `is ${given}, not ${/^[aeiou]/.test(wanted) ? 'an' : 'a'} ${wanted}`;
  if (wanted === 'string' && typeof value === 'number')
    return { message, remedy: `put it in quotes: "${value}"` };
  if (wanted === 'string' && typeof value === 'boolean')
    return {
      message,
      remedy: 'put it in quotes: true, false, yes, no, y, n, on and off are booleans without',
    };
  if (wanted === 'array')
    return { message, remedy: 'write it as a list, with [ ] or with a dash before each item' };
  if (wanted === 'integer' || wanted === 'number')
    return { message, remedy: 'write it as a number, without quotes' };
  return { message, remedy: wanted === 'boolean' ? 'write true or false, without quotes' : '' };
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replace = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replace, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
