// Shared by the tests of this package: the validator as production builds it, and examples with one field changed.
import { readFileSync } from 'node:fs';
import { RE2JS } from 're2js';
import { parse, stringify } from 'yaml';
import { CRD_FOLDER, loadCrds } from './load-crds.ts';
import { formatProblem } from './manifest-problem.ts';
import { readDocuments } from './read-documents.ts';
import { createManifestValidator, type ValidatedManifest } from './validate-manifest.ts';

export const kinds = loadCrds();
export const examples = new URL('examples/', CRD_FOLDER);

// In production the policy engine's own RE2 is handed in, so that both refuse the same patterns.
const matches = (text: string, pattern: string): boolean => RE2JS.compile(pattern).matcher(text).find();
export const validate = createManifestValidator({ kinds, matches });

type Tree = { [key: string]: Tree } & Tree[];

export function example(name: string): Tree {
  return parse(readFileSync(new URL(`${name}.yaml`, examples), 'utf8')) as Tree;
}

/** The example with the field at `path` (dots and [n]) replaced; `undefined` removes it. */
export function changed(name: string, path: string, value: unknown): string {
  const root = example(name);
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() ?? '';
  const parent = steps.reduce<Tree>((node, step) => node[step] as Tree, root);
  if (value === undefined) delete parent[last];
  else parent[last] = value as Tree;
  return stringify(root);
}

export function validateText(text: string, old?: unknown): ValidatedManifest {
  const [read] = readDocuments(text);
  if (read === undefined || !read.ok) throw new Error(`the test's own YAML is malformed: ${text}`);
  return validate(read.document, { file: 'acme.yaml', old });
}

export function problemPaths(result: ValidatedManifest): string[] {
  return result.ok ? [] : result.problems.map((problem) => problem.path);
}

export function problemLines(result: ValidatedManifest): string[] {
  return result.ok ? [] : result.problems.map(formatProblem);
}
