// Validates a manifest of ours as the API server would: defaults, unknown fields, bounds, unique keys, CEL rules, immutability.
// Used by local mode, the CLI and tests; in a cluster the API server itself does it from the same files.
import { checkMetadata } from './check-metadata.ts';
import { compileRuleCheck, type MatchesRe2, type RuleCheck } from './check-rules.ts';
import { compileSchemaCheck, type SchemaCheck } from './check-schema.ts';
import type { KindDefinition } from './load-crds.ts';
import { type FieldProblem, formatPath, type ManifestProblem } from './manifest-problem.ts';
import type { YamlDocument } from './read-documents.ts';

export type ValidatedManifest =
  | { readonly ok: true; readonly object: KubernetesObject }
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/** Any Kubernetes object, as far as it can be told from others. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/**
 * Validates one document. On success `object` is a copy with the schema's defaults filled in; on failure every problem is listed.
 * `old` is the object as it was accepted before: with it, rules about change (immutability) run too. Never throws.
 */
export type ManifestValidator = (
  document: YamlDocument,
  context: { readonly file: string; readonly old?: unknown },
) => ValidatedManifest;

interface KindChecks {
  readonly schema: SchemaCheck;
  readonly rules: RuleCheck;
}

/** Compiles the checks of all kinds once. `matches` is RE2, see {@link MatchesRe2}. Throws when a CRD itself is malformed. */
export function createManifestValidator(options: {
  readonly kinds: readonly KindDefinition[];
  readonly matches: MatchesRe2;
}): ManifestValidator {
  const checks = new Map<string, KindChecks>(
    options.kinds.map(({ apiVersion, kind, schema }) => [
      `${apiVersion} ${kind}`,
      { schema: compileSchemaCheck(schema), rules: compileRuleCheck(schema, options.matches) },
    ]),
  );
  return (document, context) => {
    const object = withoutNulls(document.value);
    const kind = kindOf(object);
    const found = checks.get(kind);
    const problems =
      found === undefined ? [unknownKind(kind, [...checks.keys()])] : check(found, object, context.old);
    if (problems.length === 0) return { ok: true, object: object as KubernetesObject };
    return { ok: false, problems: problems.map((problem) => locate(problem, document, context.file)) };
  };
}

function check(checks: KindChecks, object: unknown, old: unknown): FieldProblem[] {
  const problems = [...checkMetadata((object as Record<string, unknown>).metadata), ...checks.schema(object)];
  // A rule may only rely on types once the schema holds, so, as in the API server, it waits until then.
  return problems.length > 0 ? problems : checks.rules(object, old);
}

function kindOf(object: unknown): string {
  if (typeof object !== 'object' || object === null) return '';
  const { apiVersion, kind } = object as Record<string, unknown>;
  return `${String(apiVersion ?? '')} ${String(kind ?? '')}`;
}

function unknownKind(kind: string, known: readonly string[]): FieldProblem {
  const named =
    kind.trim() === '' ? 'says neither apiVersion nor kind' : `is of the unknown kind ${kind.trim()}`;
  return { path: [], value: '', message: named, remedy: `known kinds: ${known.join(', ')}` };
}

function locate(problem: FieldProblem, document: YamlDocument, file: string): ManifestProblem {
  return {
    file,
    line: document.lineOf(problem.path),
    object: nameOf(document.value),
    path: formatPath(problem.path),
    value: problem.value,
    message: problem.message,
    remedy: problem.remedy,
  };
}

/** `WeComTenant menshen-demo/acme`, for messages. */
export function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'document';
  const { kind, metadata } = value as { kind?: unknown; metadata?: unknown };
  const { name, namespace } = (metadata ?? {}) as { name?: unknown; namespace?: unknown };
  const full = [namespace, name].filter((part) => typeof part === 'string').join('/');
  return typeof kind === 'string' ? `${kind} ${full}`.trim() : 'document';
}

/** A field whose value is null counts as left out, as in the API server (none of our fields is nullable). Also copies the object. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (child === null ? [] : [[key, withoutNulls(child)]])),
  );
}
