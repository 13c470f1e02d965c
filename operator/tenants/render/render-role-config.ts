// WeComTenant → config.json of one process, and the secret files it names. Both are made in one pass, so they cannot disagree.
// A process gets the sections and the secrets of its own roles only: the scanner never sees a private key.

import type * as contract from '@menshen/contracts/role-config';
import type { SecretKeyRef } from '@menshen/crds/types/wecomtenants';
import { parseDurationMs } from '../parse-duration.ts';
import { parseQuantityBytes } from '../parse-quantity.ts';
import {
  asksClickHouse,
  clickHouseUser,
  componentOf,
  credentialsRef,
} from '../provision/name-credentials.ts';
import type { SettledSpec, SettledTenant } from '../settled-tenant.ts';
import type { Role } from './plan-workloads.ts';
import { sdkLibraryPath } from './render-sdk.ts';

/** Where config.json and `secrets/` are mounted. */
export const CONFIG_FOLDER = '/etc/menshen';
/** Where the volume of a Folder object store is mounted. */
export const OBJECTS_FOLDER = '/var/lib/menshen/objects';
/** Port of the event server that WeCom calls. */
export const CALLBACK_PORT = 8090;

/** Stream messages younger than this are never purged, whatever was archived (design: durable). */
const PURGE_AFTER_MS = 7 * 24 * 3_600_000;

export interface MountedSecret {
  /** Relative to {@link CONFIG_FOLDER}. */
  readonly path: string;
  readonly ref: SecretKeyRef;
}

export interface RenderedRoleConfig {
  readonly config: contract.RoleConfig;
  readonly secrets: readonly MountedSecret[];
}

/** The configuration of a process that runs `roles`. */
export function renderRoleConfig(tenant: SettledTenant, roles: readonly Role[]): RenderedRoleConfig {
  const mounts = new SecretMounts();
  const { spec } = tenant;
  const runs = (role: Role): boolean => roles.includes(role);
  const config: contract.RoleConfig = {
    corpId: spec.corpId,
    tenant: { namespace: tenant.metadata.namespace, name: tenant.metadata.name },
    timeZone: spec.timeZone,
    nats: renderNats(tenant, roles, mounts),
    clickhouse: renderClickHouse(tenant, roles, mounts),
    objects: renderObjects(spec, mounts),
    ...(runs('ingest') ? { ingest: renderIngest(spec, mounts) } : {}),
    ...(runs('archiver') ? { archiver: renderArchiver(spec) } : {}),
    ...(runs('scanner') ? { scanner: renderScanner(spec, mounts) } : {}),
    ...(runs('notifier') ? { notifier: renderNotifier(spec, mounts) } : {}),
  };
  return { config, secrets: mounts.list() };
}

/** Collects the secrets a configuration names, and gives each its file. */
class SecretMounts {
  readonly #mounts: MountedSecret[] = [];

  /** Path of the file in the container. */
  file(name: string, ref: SecretKeyRef): string {
    const path = `secrets/${name}`;
    this.#mounts.push({ path, ref });
    return `${CONFIG_FOLDER}/${path}`;
  }

  list(): readonly MountedSecret[] {
    return this.#mounts;
  }
}

function renderNats(
  tenant: SettledTenant,
  roles: readonly Role[],
  mounts: SecretMounts,
): contract.RoleConfig['nats'] {
  const { url, credentialsSecretRef, replicas, maxStreamBytes } = tenant.spec.messaging;
  const made = tenant.made?.nats === true ? credentialsRef(tenant, componentOf(roles), 'nats') : undefined;
  const ref = credentialsSecretRef ?? made;
  return {
    url,
    ...(ref === undefined ? {} : { credentialsFile: mounts.file('nats.creds', ref) }),
    replicas,
    maxStreamBytes: parseQuantityBytes(maxStreamBytes),
  };
}

function renderClickHouse(
  tenant: SettledTenant,
  roles: readonly Role[],
  mounts: SecretMounts,
): contract.RoleConfig['clickhouse'] {
  const { corpId, storage } = tenant.spec;
  const { url, username, passwordSecretRef, layout } = storage.clickhouse;
  const component = componentOf(roles);
  const isMade = tenant.made?.clickhouse === true;
  const made = asksClickHouse(roles) ? credentialsRef(tenant, component, 'clickhouse') : undefined;
  const ref = isMade ? made : passwordSecretRef;
  return {
    url,
    username: isMade ? clickHouseUser(corpId, component) : username,
    ...(ref ? { passwordFile: mounts.file('clickhouse-password', ref) } : {}),
    database: `wecom_${corpId}`,
    layout: layout === 'Cluster' ? 'cluster' : 'single',
  };
}

function renderObjects(spec: SettledSpec, mounts: SecretMounts): contract.ObjectsConfig {
  const { s3 } = spec.storage.objects;
  if (s3 === undefined) return { kind: 'Folder', path: OBJECTS_FOLDER };
  return {
    kind: 'S3',
    bucket: s3.bucket,
    prefix: s3.prefix,
    ...(s3.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
    region: s3.region,
    forcePathStyle: s3.forcePathStyle,
    accessKeyIdFile: mounts.file('s3-access-key-id', s3.accessKeyIdSecretRef),
    secretAccessKeyFile: mounts.file('s3-secret-access-key', s3.secretAccessKeySecretRef),
  };
}

/** How often the directory would be read; ingest ignores it when the tenant has none. */
const NO_DIRECTORY_REFRESH = '1h';

function renderIngest(spec: SettledSpec, mounts: SecretMounts): contract.IngestConfig {
  const { source, archive, directory, media, callback } = spec;
  return {
    engine: source.engine,
    apiUrl: source.apiUrl,
    ...(source.engine === 'FinanceSDK' ? renderSdk(source, mounts) : {}),
    archiveSecretFile: mounts.file('archive-secret', archive.secretRef),
    ...(directory ? { directorySecretFile: mounts.file('directory-secret', directory.secretRef) } : {}),
    privateKeys: archive.privateKeys.map(({ version, secretRef }) => ({
      version,
      file: mounts.file(`private-keys/${version}.pem`, secretRef),
    })),
    decryptWorkers: source.decryptWorkers,
    pageLimit: source.pageLimit,
    pullsPerMinute: source.pullsPerMinute,
    pollIntervalMs: parseDurationMs(source.pollInterval),
    directoryRefreshMs: parseDurationMs(directory?.refreshInterval ?? NO_DIRECTORY_REFRESH),
    media: {
      enabled: media.enabled,
      concurrency: media.concurrency,
      maxBytes: parseQuantityBytes(media.maxBytes),
    },
    ...(callback
      ? {
          callback: {
            port: CALLBACK_PORT,
            tokenFile: mounts.file('callback-token', callback.tokenSecretRef),
            aesKeyFile: mounts.file('callback-aes-key', callback.aesKeySecretRef),
          },
        }
      : {}),
  };
}

type SdkParts = Pick<contract.IngestConfig, 'sdk' | 'proxy' | 'trust'>;

function renderSdk({ sdk, proxy, trust }: SettledSpec['source'], mounts: SecretMounts): SdkParts {
  const authorities = trust?.caSecretRef;
  return {
    sdk: {
      libraryPath: sdkLibraryPath(sdk),
      callTimeoutSeconds: Math.round(parseDurationMs(sdk.callTimeout) / 1000),
      memoryLimitBytes: parseQuantityBytes(sdk.memoryLimit),
      mediaProcesses: sdk.mediaProcesses,
    },
    ...(proxy ? { proxy: { urlFile: mounts.file('proxy-url', proxy.urlSecretRef) } } : {}),
    ...(trust
      ? {
          trust: {
            pins: trust.pins,
            ...(authorities ? { caFile: mounts.file('wecom-authorities.pem', authorities) } : {}),
          },
        }
      : {}),
  };
}

function renderArchiver(spec: SettledSpec): contract.ArchiverConfig {
  return {
    segmentBytes: parseQuantityBytes(spec.storage.segments.maxBytes),
    segmentMaxAgeMs: parseDurationMs(spec.storage.segments.maxAge),
    purgeAfterMs: PURGE_AFTER_MS,
  };
}

function renderScanner(spec: SettledSpec, mounts: SecretMounts): contract.ScannerConfig {
  const models = (spec.models ?? []).map(({ name, url, timeout, batchSize, tokenSecretRef }) => ({
    name,
    url,
    timeoutMs: parseDurationMs(timeout),
    batchSize,
    ...(tokenSecretRef ? { tokenFile: mounts.file(`models/${name}/token`, tokenSecretRef) } : {}),
  }));
  return {
    batchSize: spec.scanner.batchSize,
    partitioned: spec.scanner.maxReplicas > 1,
    ...(models.length === 0 ? {} : { models }),
  };
}

function renderNotifier(spec: SettledSpec, mounts: SecretMounts): contract.NotifierConfig {
  return {
    channels: spec.alerting.channels.map((channel) => renderChannel(channel, mounts)),
    routes: spec.alerting.routes.map((route) => ({
      minSeverity: route.minSeverity,
      policies: route.policies,
      channels: route.channels,
      groupBy: route.groupBy,
      groupWaitMs: parseDurationMs(route.groupWait),
      repeatIntervalMs: parseDurationMs(route.repeatInterval),
    })),
  };
}

function renderChannel(
  channel: SettledSpec['alerting']['channels'][number],
  mounts: SecretMounts,
): contract.AlertChannel {
  const { name, includeContent, webhook, alertmanager, weComRobot } = channel;
  if (webhook !== undefined) {
    const key = webhook.signingKeySecretRef;
    const signing = key ? { signingKeyFile: mounts.file(`channels/${name}/signing-key`, key) } : {};
    return { name, kind: 'Webhook', url: webhook.url, ...signing, includeContent };
  }
  if (alertmanager !== undefined)
    return { name, kind: 'Alertmanager', url: alertmanager.url, includeContent };
  if (weComRobot !== undefined)
    return {
      name,
      kind: 'WeComRobot',
      urlFile: mounts.file(`channels/${name}/url`, weComRobot.urlSecretRef),
      includeContent,
    };
  throw new Error(`channel ${name} is of no kind, which the CRD refuses`);
}
