// Who is told of a finding, and together with what: the tenant's routes and the policy's own channels, as plain decisions.
import type { Finding, Severity } from '@menshen/contracts/finding';
import type { AlertChannel, AlertRoute, NotifierConfig } from '@menshen/contracts/role-config';

/** One channel a finding goes to, and how notices are grouped there. */
export interface Destination {
  readonly channel: AlertChannel;
  /** Findings with the same key are told together, e.g. `compliance|menshen-demo/no-guaranteed-return|wr123`. */
  readonly groupKey: string;
  readonly groupWaitMs: number;
  readonly repeatIntervalMs: number;
}

export type Routing =
  | { readonly kind: 'Told'; readonly destinations: readonly Destination[] }
  /** `Shadow`: the policy is being tried, nobody is told. `NoRoute`: the tenant has no route that fits. */
  | { readonly kind: 'Silent'; readonly why: 'Shadow' | 'NoRoute' };

/**
 * Routes one finding. The channels its policy names come before the tenant's routes; when none of them exists in this tenant
 * the routes decide after all, so that a misspelt channel does not silence a policy. A channel is named at most once:
 * of several routes to it, the first in the list that fits decides the grouping.
 */
export function routeFinding(finding: Finding, config: NotifierConfig): Routing {
  if (finding.mode === 'Shadow') return { kind: 'Silent', why: 'Shadow' };
  const fitting = config.routes.filter((route) => fits(route, finding));
  const own = existing(finding.channels, config);
  const channels = own.length > 0 ? own : routedChannels(fitting, config);
  if (channels.length === 0) return { kind: 'Silent', why: 'NoRoute' };
  const destinations = channels.map((channel) =>
    destinationOf(finding, channel, groupingFor(channel.name, fitting, config.routes)),
  );
  return { kind: 'Told', destinations };
}

/** Names in `channels` that the tenant does not have: worth a metric, because the policy's author expects them. */
export function listUnknownChannels(finding: Finding, config: NotifierConfig): readonly string[] {
  return finding.channels.filter((name) => !config.channels.some((channel) => channel.name === name));
}

function routedChannels(routes: readonly AlertRoute[], config: NotifierConfig): readonly AlertChannel[] {
  return existing([...new Set(routes.flatMap((route) => route.channels))], config);
}

function existing(names: readonly string[], config: NotifierConfig): readonly AlertChannel[] {
  return config.channels.filter((channel) => names.includes(channel.name));
}

function fits(route: AlertRoute, finding: Finding): boolean {
  return (
    severityRank(finding.severity) >= severityRank(route.minSeverity) &&
    (route.policies.length === 0 || route.policies.includes(finding.policy.name))
  );
}

type Grouping = Pick<AlertRoute, 'groupBy' | 'groupWaitMs' | 'repeatIntervalMs'>;

/** The defaults of `spec.alerting.routes`: what holds for a channel that only policies name. */
const DEFAULT_GROUPING: Grouping = {
  groupBy: ['Policy', 'Conversation'],
  groupWaitMs: 1_000,
  repeatIntervalMs: 300_000,
};

function groupingFor(channel: string, fitting: readonly AlertRoute[], all: readonly AlertRoute[]): Grouping {
  const names = (route: AlertRoute): boolean => route.channels.includes(channel);
  return fitting.find(names) ?? all.find(names) ?? DEFAULT_GROUPING;
}

function destinationOf(finding: Finding, channel: AlertChannel, grouping: Grouping): Destination {
  const { groupWaitMs, repeatIntervalMs } = grouping;
  return { channel, groupKey: groupKeyOf(finding, channel.name, grouping), groupWaitMs, repeatIntervalMs };
}

function groupKeyOf(finding: Finding, channel: string, { groupBy }: Grouping): string {
  const parts = PART_ORDER.filter((part) => groupBy.includes(part)).map((part) => partOf(finding, part));
  return [channel, ...parts].join('|');
}

type GroupPart = AlertRoute['groupBy'][number];
const PART_ORDER: readonly GroupPart[] = ['Policy', 'Rule', 'Conversation', 'Sender'];

function partOf(finding: Finding, part: GroupPart): string {
  switch (part) {
    case 'Policy':
      return policyName(finding);
    case 'Rule':
      return finding.rule;
    case 'Conversation':
      return finding.conversationId;
    case 'Sender':
      return finding.senderId;
  }
}

/** `namespace/name`. */
export function policyName(finding: Finding): string {
  return `${finding.policy.namespace}/${finding.policy.name}`;
}

const SEVERITIES: readonly Severity[] = ['Low', 'Medium', 'High', 'Critical'];

/** 0 for Low to 3 for Critical. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
