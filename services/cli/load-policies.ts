// Policies of a folder, checked as the API server and the operator check them: schema, rules across fields, and what the engine says.
// A bad policy is left out by itself; what is wrong is said with file, line, field and remedy.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { loadCrds } from '@menshen/crds/load-crds';
import {
  type FieldPath,
  formatProblem,
  formatValue,
  type ManifestProblem,
} from '@menshen/crds/manifest-problem';
import { readDocuments, type YamlDocument } from '@menshen/crds/read-documents';
import { createManifestValidator, type ManifestValidator } from '@menshen/crds/validate-manifest';
import { compilePolicy, type PolicySource } from '@menshen/policy-engine/compile-policy';
import { parseLexicon } from '@menshen/policy-engine/parse-lexicon';
import { matchesRe2 } from '@menshen/policy-engine/patterns/matches-re2';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import { Refusal } from './command.ts';

export interface LoadedPolicy extends PolicySource {
  readonly spec: PolicySpec;
  readonly file: string;
  /** 1-based line of a field of the policy: `['spec', 'rules', 0]`. */
  readonly lineOf: (path: FieldPath) => number;
}

export interface LoadedPolicies {
  /** Those that compile. */
  readonly policies: readonly LoadedPolicy[];
  readonly lexicons: ReadonlyMap<Digest, readonly string[]>;
  /** A line for each thing that is wrong; its policy is not among {@link policies}. */
  readonly problems: readonly string[];
}

/**
 * Reads every `.yaml` and `.yml` below a folder, or one file; `.txt` files are lexicons, known by their digest. Other kinds of object
 * are passed over. Throws {@link Refusal} when there is no such path.
 */
export function loadPolicies(flag: string, path: string): LoadedPolicies {
  const files = listFiles(flag, path);
  const problems: string[] = [];
  const lexicons = readLexicons(files, problems);
  const validate = createManifestValidator({ kinds: loadCrds(), matches: matchesRe2 });
  const policies: LoadedPolicy[] = [];
  const seen = new Map<string, string>();
  for (const policy of files
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => readFile(file, validate, problems))) {
    const name = `${policy.namespace}/${policy.name}`;
    const known = seen.get(name);
    if (known !== undefined)
      problems.push(`${policy.file}: CompliancePolicy ${name}: is in ${known} as well. Rename one of them.`);
    seen.set(name, known ?? policy.file);
    const compiled = compilePolicy(policy, lexicons);
    if (!compiled.ok)
      problems.push(
        ...compiled.problems.map((problem) => formatProblem({ ...problem, ...placeOf(policy, problem) })),
      );
    else if (known === undefined) policies.push(policy);
  }
  return { policies, lexicons, problems };
}

function listFiles(flag: string, path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => join(path, name))
      .filter((file) => /\.(ya?ml|txt)$/.test(file) && statSync(file).isFile());
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refusal(
      'Usage',
      `${flag} is ${path}, which cannot be read (${code}): give a folder of policies`,
      error,
    );
  }
}

function readLexicons(files: readonly string[], problems: string[]): Map<Digest, readonly string[]> {
  const lexicons = new Map<Digest, readonly string[]>();
  for (const file of files.filter((name) => name.endsWith('.txt'))) {
    const bytes = readFileSync(file);
    const parsed = parseLexicon(bytes);
    if (parsed.ok) lexicons.set(contentDigest(bytes), parsed.terms);
    else problems.push(`${file}: ${parsed.message}`);
  }
  return lexicons;
}

function readFile(file: string, validate: ManifestValidator, problems: string[]): LoadedPolicy[] {
  return readDocuments(readFileSync(file, 'utf8')).flatMap((read) => {
    if (!read.ok) {
      problems.push(`${file}:${read.line}: not YAML: ${read.message}`);
      return [];
    }
    if (isOther(read.document.value)) return [];
    const validated = validate(read.document, { file });
    if (validated.ok) return [toPolicy(validated.object, read.document, file)];
    problems.push(...validated.problems.map(formatProblem));
    return [];
  });
}

/** Folders hold tenants, secrets and namespaces as well; a mistyped kind of ours is still told. */
function isOther(value: unknown): boolean {
  const { apiVersion, kind } = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown };
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  return kind === 'WeComTenant' || !apiVersion.startsWith('menshen.dev/');
}

function toPolicy(object: unknown, document: YamlDocument, file: string): LoadedPolicy {
  const { metadata, spec } = object as {
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly spec: PolicySpec;
  };
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    spec,
    file,
    lineOf: document.lineOf,
  };
}

function placeOf(
  policy: LoadedPolicy,
  problem: { readonly policy: string; readonly path: string; readonly value: unknown },
) {
  const line = policy.lineOf(toPath(problem.path));
  return {
    file: policy.file,
    line,
    object: `CompliancePolicy ${problem.policy}`,
    value: formatValue(problem.value),
  } satisfies Partial<ManifestProblem>;
}

/** `spec.rules[0].any` → its steps. */
const toPath = (path: string): FieldPath =>
  (path.match(/[^.[\]]+/g) ?? []).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
