// Where the API server is and as whom we speak to it: from a kubeconfig, or, inside a pod, from its ServiceAccount.
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { execCredentials } from './exec-credentials.ts';

/** Reads a file; rejects when it cannot. */
export type ReadFile = (path: string) => Promise<string>;

export interface ClusterConfig {
  /** `https://host:port`. */
  readonly server: string;
  /** PEM; absent: the certificates that the machine trusts. */
  readonly ca?: string;
  /** PEM, both or neither. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Name to verify the server's certificate against, when not the host's. */
  readonly tlsServerName?: string;
  readonly isVerified: boolean;
  /** The bearer token now. Read again from its file each minute: the kubelet renews it every hour. */
  readonly token?: () => Promise<string>;
  /** Namespace of the ServiceAccount or of the context; `default` when it names none. */
  readonly namespace: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Client-go's period. */
const TOKEN_AGE_MS = 60_000;

/** Configuration of a pod. Throws when this is not one: `env` lacks KUBERNETES_SERVICE_HOST, or no token is mounted. */
export async function inClusterConfig(
  env: Readonly<Record<string, string | undefined>>,
  { readFile, nowMs }: { readFile: ReadFile; nowMs: () => number },
): Promise<ClusterConfig> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === undefined || host === '')
    throw new Error('not inside a cluster: KUBERNETES_SERVICE_HOST is not set; give a kubeconfig instead');
  const read = async (name: string): Promise<string> =>
    await readNamed(readFile, join(SERVICE_ACCOUNT, name));
  const token = rereadToken(join(SERVICE_ACCOUNT, 'token'), readFile, nowMs);
  await token();
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await read('ca.crt'),
    isVerified: true,
    token,
    namespace: (await read('namespace')).trim(),
  };
}

/**
 * Configuration from a kubeconfig file, for `context` or its current one. Throws when something is missing, and for ways to
 * authenticate that are not understood (auth-provider plugins, basic auth, impersonation, proxies): silently doing without would be worse.
 */
export async function kubeconfigFile(
  path: string,
  { readFile, nowMs, context }: { readFile: ReadFile; nowMs: () => number; context?: string },
): Promise<ClusterConfig> {
  const document = record(parse(await readNamed(readFile, path)), path);
  const contextName = context ?? text(document['current-context']);
  if (contextName === undefined) throw new Error(`${path}: no current-context`);
  const chosen = named(document, 'contexts', contextName, path);
  const cluster = named(document, 'clusters', text(chosen['cluster']) ?? '', path);
  const user = named(document, 'users', text(chosen['user']) ?? '', path);
  refuseUnknown(cluster, ['proxy-url'], path);
  refuseUnknown(user, ['auth-provider', 'username', 'as'], path);

  const material = async (from: Entry, name: string): Promise<string | undefined> => {
    const data = text(from[`${name}-data`]);
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    const file = text(from[name]);
    return file === undefined ? undefined : await readNamed(readFile, beside(path, file));
  };
  const server = text(cluster['server']);
  if (server === undefined) throw new Error(`${path}: the cluster of context ${contextName} has no server`);
  const own = {
    clientCertificate: await material(user, 'client-certificate'),
    clientKey: await material(user, 'client-key'),
    token: tokenOf(user, path, { readFile, nowMs }),
  };
  const credentials =
    user['exec'] === undefined ? own : { ...own, ...(await execCredentials(path, context)) };
  return defined({
    server,
    ca: await material(cluster, 'certificate-authority'),
    tlsServerName: text(cluster['tls-server-name']),
    isVerified: cluster['insecure-skip-tls-verify'] !== true,
    ...credentials,
    namespace: text(chosen['namespace']) ?? 'default',
  });
}

type Entry = Readonly<Record<string, unknown>>;

function tokenOf(
  user: Entry,
  path: string,
  { readFile, nowMs }: { readFile: ReadFile; nowMs: () => number },
): (() => Promise<string>) | undefined {
  const fixed = text(user['token']);
  if (fixed !== undefined) return () => Promise.resolve(fixed);
  const file = text(user['tokenFile']);
  return file === undefined ? undefined : rereadToken(beside(path, file), readFile, nowMs);
}

/** A token file as it is now, at most a minute old. When it cannot be read again the last token is used: it may still be good. */
function rereadToken(path: string, readFile: ReadFile, nowMs: () => number): () => Promise<string> {
  let known: { readonly token: string; readonly readAtMs: number } | undefined;
  return async () => {
    if (known !== undefined && nowMs() - known.readAtMs < TOKEN_AGE_MS) return known.token;
    try {
      known = { token: (await readNamed(readFile, path)).trim(), readAtMs: nowMs() };
    } catch (error) {
      if (known === undefined) throw error;
    }
    return known.token;
  };
}

async function readNamed(readFile: ReadFile, path: string): Promise<string> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new Error(`cannot read ${path}`, { cause });
  }
}

/** `contexts`, `clusters` and `users` are lists of `{name, context | cluster | user}`. */
function named(document: Entry, list: 'contexts' | 'clusters' | 'users', name: string, path: string): Entry {
  const entries: unknown = document[list];
  const found = Array.isArray(entries)
    ? entries.map((entry) => record(entry, path)).find((entry) => entry['name'] === name)
    : undefined;
  if (found === undefined) throw new Error(`${path}: no "${name}" among ${list}`);
  return record(found[list.slice(0, -1)] ?? {}, path);
}

function refuseUnknown(entry: Entry, fields: readonly string[], path: string): void {
  const found = fields.find((field) => entry[field] !== undefined);
  if (found !== undefined)
    throw new Error(
      `${path}: "${found}" is not supported; use a token, a token file or a client certificate`,
    );
}

function record(value: unknown, path: string): Entry {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${path} is not a kubeconfig`);
  return value as Entry;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function beside(path: string, file: string): string {
  return isAbsolute(file) ? file : join(dirname(path), file);
}

/** Optional properties are left out instead of being undefined. */
function defined(config: { [Key in keyof ClusterConfig]: ClusterConfig[Key] | undefined }): ClusterConfig {
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as unknown as ClusterConfig;
}
