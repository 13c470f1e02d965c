// The border of every process: config.json, as the operator rendered it, is checked once at start. What is wrong is named by field, with what to do.
import { Ajv, type ErrorObject } from 'ajv';
import type { RoleConfig } from './role-config.ts';

export interface RoleConfigProblem {
  /** `ingest.privateKeys[0].file`; empty for the whole file. */
  readonly field: string;
  readonly message: string;
  readonly remedy: string;
}

export type ParsedRoleConfig =
  | { readonly ok: true; readonly config: RoleConfig }
  | { readonly ok: false; readonly problems: readonly RoleConfigProblem[] };

/** Parses the text of config.json. Never throws; secrets are not in it, so values may be shown. */
export function parseRoleConfig(text: string): ParsedRoleConfig {
  const json = parseJson(text);
  if (!json.ok) return { ok: false, problems: [{ field: '', message: json.message, remedy: RENDER_AGAIN }] };
  const valid = validate(json.value);
  if (valid) return { ok: true, config: json.value as RoleConfig };
  return { ok: false, problems: (validate.errors ?? []).filter(isCause).map(explain) };
}

/** One line for the log: `config field ingest.pageLimit: must be <= 990. …` */
export function formatRoleConfigProblem(problem: RoleConfigProblem): string {
  const where = problem.field === '' ? 'config file' : `config field ${problem.field}`;
  return `${where}: ${problem.message}. ${problem.remedy}`;
}

const RENDER_AGAIN = 'The operator writes this file from the WeComTenant; do not edit it by hand';
const OTHER_VERSION = 'Run image and operator of the same version';

function explain(error: ErrorObject): RoleConfigProblem {
  const named: unknown = error.params.additionalProperty ?? error.params.missingProperty;
  const steps = [...error.instancePath.split('/').slice(1), ...(typeof named === 'string' ? [named] : [])];
  const field = steps.reduce(
    (path, step) => (/^\d+$/.test(step) ? `${path}[${step}]` : path === '' ? step : `${path}.${step}`),
    '',
  );
  if (error.keyword === 'additionalProperties')
    return { field, message: 'is not known to this version', remedy: OTHER_VERSION };
  if (error.keyword === 'required') return { field, message: 'is missing', remedy: OTHER_VERSION };
  if (error.keyword === 'discriminator')
    return { field: `${field}.kind`, message: 'must be Folder or S3', remedy: RENDER_AGAIN };
  const allowed = error.keyword === 'enum' ? `: ${(error.params.allowedValues as unknown[]).join(', ')}` : '';
  return { field, message: `${error.message ?? `breaks ${error.keyword}`}${allowed}`, remedy: RENDER_AGAIN };
}

/** `if` and `oneOf` only repeat that something inside them failed. */
const isCause = (error: ErrorObject): boolean => error.keyword !== 'oneOf' && error.keyword !== 'if';

function parseJson(text: string): { ok: true; value: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, message: `is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

type Schema = Record<string, unknown>;

const object = (required: Record<string, Schema>, optional: Record<string, Schema> = {}): Schema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});
const list = (items: Schema): Schema => ({ type: 'array', items });
const oneOf = (...values: (string | number)[]): Schema => ({ enum: values });
const integer = (minimum: number, maximum = Number.MAX_SAFE_INTEGER): Schema => ({
  type: 'integer',
  minimum,
  maximum,
});
const text: Schema = { type: 'string', minLength: 1 };
const flag: Schema = { type: 'boolean' };
const secretFile: Schema = { type: 'string', minLength: 1 };
const url = (schemes: string): Schema => ({ type: 'string', pattern: `^(${schemes})://.` });

const objects: Schema = {
  type: 'object',
  discriminator: { propertyName: 'kind' },
  required: ['kind'],
  oneOf: [
    object({ kind: { const: 'Folder' }, path: text }),
    object(
      {
        kind: { const: 'S3' },
        bucket: text,
        prefix: { type: 'string' },
        region: text,
        forcePathStyle: flag,
        accessKeyIdFile: secretFile,
        secretAccessKeyFile: secretFile,
      },
      { endpoint: url('https?') },
    ),
  ],
};

/** Below this the library and a page do not fit. */
const LEAST_SDK_MEMORY_BYTES = 100 * 1024 * 1024;

const ingestFields = object(
  {
    engine: oneOf('FinanceSDK', 'Simulator'),
    apiUrl: url('https?'),
    archiveSecretFile: secretFile,
    privateKeys: { ...list(object({ version: integer(1), file: secretFile })), minItems: 1 },
    decryptWorkers: integer(1, 64),
    pageLimit: integer(1, 990),
    pullsPerMinute: integer(1, 600),
    pollIntervalMs: integer(1),
    directoryRefreshMs: integer(1),
    media: object({ enabled: flag, concurrency: integer(1, 256), maxBytes: integer(1) }),
  },
  {
    directorySecretFile: secretFile,
    callback: object({ port: integer(0, 65535), tokenFile: secretFile, aesKeyFile: secretFile }),
    sdk: object({
      libraryPath: { type: 'string', pattern: '^/.' },
      callTimeoutSeconds: integer(1, 300),
      memoryLimitBytes: integer(LEAST_SDK_MEMORY_BYTES),
      mediaProcesses: integer(1, 16),
    }),
    proxy: object({ urlFile: secretFile }),
    trust: object({ pins: list(text) }, { caFile: secretFile }),
  },
);

const ingest: Schema = {
  ...ingestFields,
  if: { properties: { engine: { const: 'FinanceSDK' } } },
  // biome-ignore lint/suspicious/noThenProperty: a word of JSON Schema; nobody awaits a schema.
  then: { required: ['sdk'] },
};

const archiver = object({ segmentBytes: integer(1), segmentMaxAgeMs: integer(1), purgeAfterMs: integer(0) });

const scanner = object(
  { batchSize: integer(1), partitioned: flag },
  {
    models: list(
      object(
        { name: text, url: url('https?'), timeoutMs: integer(1), batchSize: integer(1) },
        { tokenFile: secretFile },
      ),
    ),
  },
);

const notifier = object({
  channels: list(
    object(
      { name: text, kind: oneOf('Webhook', 'Alertmanager', 'WeComRobot'), includeContent: flag },
      { url: url('https?'), urlFile: secretFile, signingKeyFile: secretFile },
    ),
  ),
  routes: list(
    object({
      minSeverity: oneOf('Low', 'Medium', 'High', 'Critical'),
      policies: list(text),
      channels: list(text),
      groupBy: list(oneOf('Policy', 'Rule', 'Conversation', 'Sender')),
      groupWaitMs: integer(0),
      repeatIntervalMs: integer(0),
    }),
  ),
});

/** JSON Schema of {@link RoleConfig}. */
export const ROLE_CONFIG_SCHEMA: Schema = object(
  {
    // The corpId becomes part of subjects, stream names and a database name, where a dot or a space would mean something else.
    corpId: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
    tenant: object({ namespace: text, name: text }),
    timeZone: text,
    nats: object(
      { url: text, replicas: integer(1), maxStreamBytes: integer(1) },
      { credentialsFile: secretFile },
    ),
    clickhouse: object(
      { url: url('https?'), username: text, database: text, layout: oneOf('single', 'cluster') },
      { passwordFile: secretFile },
    ),
    objects,
  },
  { ingest, archiver, scanner, notifier },
);

const validate = new Ajv({
  allErrors: true,
  strict: true,
  strictRequired: false,
  discriminator: true,
}).compile(ROLE_CONFIG_SCHEMA);
