// What the API server checks of every object's metadata, as far as an author of a file can get it wrong.
import { type FieldProblem, formatValue } from './manifest-problem.ts';

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Problems of `metadata`: name, namespace, labels and annotations. */
export function checkMetadata(metadata: unknown): FieldProblem[] {
  if (typeof metadata !== 'object' || metadata === null)
    return [problem([], metadata, 'is required', 'add metadata with a name')];
  const { name, namespace, labels, annotations } = metadata as Record<string, unknown>;
  return [
    ...checkName('name', name, { form: NAME, longest: 253 }),
    ...(namespace === undefined ? [] : checkName('namespace', namespace, { form: NAMESPACE, longest: 63 })),
    ...checkStrings('labels', labels, (value) => LABEL_VALUE.test(value) && value.length <= 63),
    ...checkStrings('annotations', annotations, () => true),
  ];
}

function checkName(field: string, value: unknown, rule: { form: RegExp; longest: number }): FieldProblem[] {
  if (typeof value === 'string' && rule.form.test(value) && value.length <= rule.longest) return [];
  return [
    problem(
      [field],
      value,
      value === undefined ? 'is required' : `is not a ${field} Kubernetes accepts`,
      `use lower-case letters, digits and dashes, at most ${rule.longest}`,
    ),
  ];
}

function checkStrings(field: string, map: unknown, accepts: (value: string) => boolean): FieldProblem[] {
  if (map === undefined) return [];
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    return [problem([field], map, 'is not a map', 'write it as key: value pairs')];
  return Object.entries(map).flatMap(([key, value]) =>
    typeof value === 'string' && accepts(value)
      ? []
      : [
          problem(
            [field, key],
            value,
            'is not a text Kubernetes accepts here',
            'put it in quotes; labels take letters, digits, - _ . and at most 63 characters',
          ),
        ],
  );
}

function problem(path: readonly string[], value: unknown, message: string, remedy: string): FieldProblem {
  return { path: ['metadata', ...path], value: formatValue(value), message, remedy };
}
