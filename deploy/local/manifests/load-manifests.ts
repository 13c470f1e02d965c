// Files of manifests → tenants, policies, secrets and namespaces, each validated. What is bad is named with file, line, field and remedy,
// and while it is bad its last good version stays; everything else goes on.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { type FieldProblem, formatPath, type ManifestProblem } from '@menshen/crds/manifest-problem';
import { readDocuments, type YamlDocument } from '@menshen/crds/read-documents';
import type { WeComTenant } from '@menshen/crds/types/wecomtenants';
import { type ManifestValidator, nameOf } from '@menshen/crds/validate-manifest';
import type { Labels, PolicyObject } from '@menshen/operator/policies/select-policies';
import { checkTenant } from '@menshen/operator/tenants/check-tenant';
import { type SettledTenant, settleTenant } from '@menshen/operator/tenants/settled-tenant';
import type { LocalSecret } from '../supervisor/local-cluster.ts';
import { checkNamespace, readSecret } from './read-secret.ts';

export interface LoadedManifests {
  readonly tenants: readonly SettledTenant[];
  readonly policies: readonly PolicyObject[];
  readonly secrets: readonly LocalSecret[];
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** `*.txt` files, by digest. */
  readonly lexicons: ReadonlyMap<Digest, Uint8Array>;
  readonly problems: readonly ManifestProblem[];
}

/** Something a document declares. */
type Loaded =
  | { readonly kind: 'WeComTenant'; readonly tenant: SettledTenant; readonly source: unknown }
  | { readonly kind: 'CompliancePolicy'; readonly policy: PolicyObject; readonly source: unknown }
  | { readonly kind: 'Secret'; readonly secret: LocalSecret }
  | { readonly kind: 'Namespace'; readonly name: string; readonly labels: Labels };

type Read =
  | { readonly ok: true; readonly loaded: Loaded }
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

/** Objects of one file by `Kind namespace/name`. */
type FileObjects = ReadonlyMap<string, Loaded>;

/** Loads files again and again, and remembers what was last good in each. */
export class ManifestLoader {
  readonly #validate: ManifestValidator;
  readonly #namespace: string;
  #lastGood = new Map<string, FileObjects>();

  /** `namespace`: where policies go that name none, as with `kubectl apply --namespace`. Those of the library name none. */
  constructor(validate: ManifestValidator, namespace = 'default') {
    this.#validate = validate;
    this.#namespace = namespace;
  }

  /** Reads every file. Never rejects: a file that cannot be read is a problem like any other. */
  async load(files: readonly string[]): Promise<LoadedManifests> {
    const problems: ManifestProblem[] = [];
    const lexicons = new Map<Digest, Uint8Array>();
    const good = new Map<string, FileObjects>();
    for (const file of files) {
      const bytes = await readOrExplain(file, problems);
      if (file.endsWith('.txt')) {
        if (bytes !== undefined) lexicons.set(contentDigest(bytes), bytes);
        continue;
      }
      const text = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
      good.set(file, this.#readFile(file, text, problems));
    }
    this.#lastGood = good;
    return { ...collect(good, problems), lexicons, problems };
  }

  #readFile(file: string, text: string, problems: ManifestProblem[]): FileObjects {
    const before: FileObjects = this.#lastGood.get(file) ?? new Map();
    const objects = new Map<string, Loaded>();
    let unreadable = false;
    for (const read of readDocuments(text)) {
      if (!read.ok) {
        unreadable = true;
        problems.push(notYaml(file, read));
        continue;
      }
      const key = nameOf(read.document.value);
      const result = this.#readDocument(read.document, { file, old: before.get(key) });
      const loaded = result.ok ? result.loaded : before.get(key);
      if (loaded !== undefined) objects.set(key, loaded);
      if (!result.ok) problems.push(...result.problems);
    }
    // What a malformed document was to say is not known, so nothing the file said before is given up.
    return unreadable ? new Map([...before, ...objects]) : objects;
  }

  #readDocument(document: YamlDocument, at: { file: string; old: Loaded | undefined }): Read {
    const object = document.value as Readonly<Record<string, unknown>>;
    const explain = (found: readonly FieldProblem[]): Read => ({
      ok: false,
      problems: found.map((problem) => locate(problem, document, at.file)),
    });
    if (object['apiVersion'] === 'v1' && object['kind'] === 'Secret') {
      const read = readSecret(object);
      return read.ok ? { ok: true, loaded: { kind: 'Secret', secret: read.secret } } : explain(read.problems);
    }
    if (object['apiVersion'] === 'v1' && object['kind'] === 'Namespace') {
      const problems = checkNamespace(object);
      return problems.length > 0 ? explain(problems) : { ok: true, loaded: namespaceOf(object) };
    }
    const old = at.old !== undefined && 'source' in at.old ? at.old.source : undefined;
    const result = this.#validate(document, { file: basename(at.file), old });
    if (!result.ok) return result;
    if (result.object.kind === 'WeComTenant') return tenantOf(result.object as WeComTenant, explain);
    return { ok: true, loaded: policyOf(result.object, this.#namespace) };
  }
}

async function readOrExplain(file: string, problems: ManifestProblem[]): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    problems.push({ ...whole(file, 1), message, remedy: 'check the path and its permissions' });
    return undefined;
  }
}

function notYaml(file: string, read: { readonly line: number; readonly message: string }): ManifestProblem {
  return { ...whole(file, read.line), message: `is not YAML: ${read.message}`, remedy: 'mend the document' };
}

const whole = (
  file: string,
  line: number,
): Pick<ManifestProblem, 'file' | 'line' | 'object' | 'path' | 'value'> => ({
  file: basename(file),
  line,
  object: 'document',
  path: '',
  value: '',
});

function locate(problem: FieldProblem, document: YamlDocument, file: string): ManifestProblem {
  return {
    ...problem,
    file: basename(file),
    line: document.lineOf(problem.path),
    object: nameOf(document.value),
    path: formatPath(problem.path),
  };
}

function namespaceOf(object: Readonly<Record<string, unknown>>): Loaded {
  const { name, labels = {} } = object['metadata'] as { name: string; labels?: Labels };
  return { kind: 'Namespace', name, labels };
}

function tenantOf(accepted: WeComTenant, explain: (problems: readonly FieldProblem[]) => Read): Read {
  const tenant = settleTenant(accepted);
  const problems = checkTenant(tenant);
  return problems.length > 0
    ? explain(problems)
    : { ok: true, loaded: { kind: 'WeComTenant', tenant, source: accepted } };
}

function policyOf(
  accepted: { readonly metadata: { readonly name: string; readonly namespace?: string } },
  standard: string,
): Loaded {
  const { name, namespace = standard } = accepted.metadata;
  const { spec } = accepted as unknown as { readonly spec: PolicyObject['spec'] };
  return { kind: 'CompliancePolicy', policy: { namespace, name, spec }, source: accepted };
}

function collect(
  files: ReadonlyMap<string, FileObjects>,
  problems: ManifestProblem[],
): Omit<LoadedManifests, 'lexicons' | 'problems'> {
  const firstFile = new Map<string, string>();
  const all: Loaded[] = [];
  for (const [file, objects] of files)
    for (const [key, loaded] of objects) {
      const first = firstFile.get(key);
      if (first === undefined) {
        firstFile.set(key, file);
        all.push(loaded);
      } else
        problems.push({
          ...whole(file, 1),
          object: key,
          message: `is also in ${basename(first)}, which is used`,
          remedy: 'remove one of the two',
        });
    }
  return {
    tenants: all.flatMap((loaded) => (loaded.kind === 'WeComTenant' ? [loaded.tenant] : [])),
    policies: all.flatMap((loaded) => (loaded.kind === 'CompliancePolicy' ? [loaded.policy] : [])),
    secrets: all.flatMap((loaded) => (loaded.kind === 'Secret' ? [loaded.secret] : [])),
    namespaces: new Map(
      all.flatMap((loaded) => (loaded.kind === 'Namespace' ? [[loaded.name, loaded.labels]] : [])),
    ),
  };
}
