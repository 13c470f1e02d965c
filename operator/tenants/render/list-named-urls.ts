// Which URLs of a tenant's spec lead out of a pod, by which setting, and which roles need them. NetworkPolicies open what their roles need, and
// the status names the setting that opens more than anybody wants.
import { asksClickHouse } from '../provision/name-credentials.ts';
import type { SettledSpec } from '../settled-tenant.ts';
import type { Role } from './plan-workloads.ts';

export interface NamedUrl {
  /** Path of the field, for people. */
  readonly setting: string;
  /** One, or several that are separated by commas. */
  readonly url: string;
}

export const WECOM_HOST = 'qyapi.weixin.qq.com';

/** Notices are made from the streams alone: whoever sends them sees no record. */
const KEEPERS_OF_OBJECTS: readonly Role[] = ['ingest', 'archiver', 'scanner'];

/** Everything that a process of these roles calls, but for WeCom itself, which is a matter of its own. */
export function listNamedUrls(spec: SettledSpec, roles: readonly Role[]): NamedUrl[] {
  const { messaging, storage } = spec;
  const urls: NamedUrl[] = [{ setting: 'spec.messaging.url', url: messaging.url }];
  if (asksClickHouse(roles))
    urls.push({ setting: 'spec.storage.clickhouse.url', url: storage.clickhouse.url });
  if (roles.some((role) => KEEPERS_OF_OBJECTS.includes(role))) urls.push(...objectUrls(spec));
  if (roles.includes('ingest') && !isWeComItself(spec))
    urls.push({ setting: 'spec.source.apiUrl', url: spec.source.apiUrl });
  if (roles.includes('scanner')) urls.push(...modelUrls(spec));
  if (roles.includes('notifier')) urls.push(...channelUrls(spec));
  return urls;
}

/** A gateway on the way to WeCom, and the simulator, are addresses like any other. */
export const isWeComItself = ({ source }: SettledSpec): boolean =>
  new URL(source.apiUrl).hostname === WECOM_HOST;

function objectUrls({ storage }: SettledSpec): NamedUrl[] {
  const { s3 } = storage.objects;
  if (s3 === undefined) return [];
  // Without an endpoint it is AWS by region.
  if (s3.endpoint === undefined)
    return [{ setting: 'spec.storage.objects.s3', url: 'https://s3.amazonaws.com' }];
  return [{ setting: 'spec.storage.objects.s3.endpoint', url: s3.endpoint }];
}

const modelUrls = ({ models = [] }: SettledSpec): NamedUrl[] =>
  models.map(({ name, url }) => ({ setting: `spec.models[${name}].url`, url }));

function channelUrls({ alerting }: SettledSpec): NamedUrl[] {
  return alerting.channels.flatMap(({ name, webhook, alertmanager }) => {
    const at = `spec.alerting.channels[${name}]`;
    if (webhook !== undefined) return [{ setting: `${at}.webhook.url`, url: webhook.url }];
    if (alertmanager !== undefined) return [{ setting: `${at}.alertmanager.url`, url: alertmanager.url }];
    return [];
  });
}
