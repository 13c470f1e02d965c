// The tenants and policies of a soak, as specs: a department's namespace for every ten tenants, and a few policies of the whole group that
// only some tenants admit.
import { contentDigest } from '@menshen/contracts/digest';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';

export const REGIONS = ['north', 'south', 'east'] as const;
export type Region = (typeof REGIONS)[number];

/** Where the group's own policies are. */
export const GROUP_NAMESPACE = 'soak-group';
const GROUP_LABEL = { 'menshen.dev/policies': 'group-wide' };
/** Tenants from this number on are made at the very end. */
export const FRESH_NUMBER = 900_000;
const TENANTS_A_NAMESPACE = 10;
/** Every so many policies one is the group's. */
const GROUP_EVERY = 25;
/** 500 policies have 20,000 terms in all. */
const TERMS_A_POLICY = 40;

export interface FleetTenant {
  readonly namespace: string;
  readonly name: string;
  readonly corpId: string;
  readonly number: number;
  region: Region;
  admitsGroup: boolean;
  profile: 'Compact' | 'Scaled';
  isSuspended: boolean;
  isThere: boolean;
  ails: 'SpecInvalid' | 'SecretMissing' | undefined;
}

export interface FleetPolicy {
  readonly namespace: string;
  readonly name: string;
  readonly number: number;
  /** Tenants of this region only. */
  region: Region | undefined;
  /** Of its words; each sound edit has others. */
  version: number;
  isThere: boolean;
  ails: 'TestsFailed' | 'LexiconMissing' | undefined;
}

export interface Fleet {
  readonly tenants: FleetTenant[];
  readonly policies: FleetPolicy[];
  readonly namespaces: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
}

export function planFleet(counts: { readonly tenants: number; readonly policies: number }): Fleet {
  const departments = Math.ceil(counts.tenants / TENANTS_A_NAMESPACE);
  const nameOf = (department: number): string => `soak-${department % departments}`;
  const tenants = Array.from({ length: counts.tenants }, (_, number) => planTenant(number, nameOf(number)));
  const policies = Array.from({ length: counts.policies }, (_, number): FleetPolicy => {
    const isGroup = number % GROUP_EVERY === 0;
    return {
      namespace: isGroup ? GROUP_NAMESPACE : nameOf(number),
      name: `policy-${number}`,
      number,
      // Half of them mean every tenant of their namespace.
      region: number % 2 === 0 ? undefined : REGIONS[number % REGIONS.length],
      version: 1,
      isThere: false,
      ails: undefined,
    };
  });
  const names = Array.from({ length: departments }, (_, department) => ({
    name: nameOf(department),
    labels: {},
  }));
  return { tenants, policies, namespaces: [...names, { name: GROUP_NAMESPACE, labels: GROUP_LABEL }] };
}

export function planTenant(number: number, namespace: string): FleetTenant {
  return {
    namespace,
    name: `tenant-${number}`,
    corpId: `wwsoak${String(number).padStart(12, '0')}`,
    number,
    region: REGIONS[number % REGIONS.length] ?? 'north',
    admitsGroup: number % 4 === 0,
    profile: number % 5 === 0 ? 'Scaled' : 'Compact',
    isSuspended: false,
    isThere: false,
    ails: undefined,
  };
}

/** What the resources say of themselves: on purpose not the operator's own way to decide it. */
export function isMeantFor(policy: FleetPolicy, tenant: FleetTenant): boolean {
  const isAdmitted =
    policy.namespace === tenant.namespace || (policy.namespace === GROUP_NAMESPACE && tenant.admitsGroup);
  return isAdmitted && (policy.region === undefined || policy.region === tenant.region);
}

export const secretsOf = ({ name }: Pick<FleetTenant, 'name'>) => ({
  archive: `${name}-wecom`,
  keys: `${name}-wecom-keys`,
});

export function admissionOf(admitsGroup: boolean): object {
  return admitsGroup
    ? { from: 'Selector', namespaceSelector: { matchLabels: GROUP_LABEL } }
    : { from: 'Same', namespaceSelector: null };
}

/** Where the engines are. */
export interface Engines {
  readonly natsUrl: string;
  readonly clickhouseUrl: string;
}

/** Of the record: made in every namespace, mounted by nobody. */
export const VOLUME_CLAIM = 'record';
/** Key of the password of ClickHouse beside the archive's secret. */
export const CLICKHOUSE_KEY = 'clickhouse';

/** The whole spec, for creation; nothing in it is null. */
export function tenantSpec(tenant: FleetTenant, engines: Engines): Record<string, unknown> {
  const { archive, keys } = secretsOf(tenant);
  return {
    corpId: tenant.corpId,
    archive: {
      secretRef: { name: archive, key: 'archive' },
      privateKeys: [{ version: 1, secretRef: { name: keys, key: 'v1.pem' } }],
    },
    source: { engine: 'Simulator', apiUrl: 'http://wecom-simulator.test.svc:8080' },
    // NATS reserves what a stream may hold: 200 tenants must fit on one disk.
    messaging: { url: engines.natsUrl, maxStreamBytes: '64Mi' },
    storage: {
      objects: { folder: { volumeClaimName: VOLUME_CLAIM } },
      clickhouse: {
        url: engines.clickhouseUrl,
        username: LOCAL_CLICKHOUSE_USER.username,
        passwordSecretRef: { name: archive, key: CLICKHOUSE_KEY },
      },
    },
    policies: tenant.admitsGroup ? admissionOf(true) : { from: 'Same' },
    deployment: { profile: tenant.profile },
    suspend: tenant.isSuspended,
  };
}

/** Rules and tests of a version; every version is another digest. */
export function soundRules({ number, version }: FleetPolicy): Record<string, unknown> {
  const terms = Array.from({ length: TERMS_A_POLICY }, (_, n) => `promise${number}v${version}n${n}`);
  return {
    rules: [{ name: 'r', any: [{ keywords: { terms } }] }],
    tests: [{ name: 'finds it', message: { text: `a ${terms[0]} indeed` }, expect: { rule: 'r' } }],
  };
}

export const failingTest = {
  tests: [{ name: 'finds it', message: { text: 'nothing of the kind' }, expect: { rule: 'r' } }],
};

/** No RE2 pattern. */
export const refusedPattern = { rules: [{ name: 'r', any: [{ pattern: { regex: '(' } }] }] };
/** Immutable. */
export const refusedCorp = { corpId: 'wwanother0000' };

export const missingLexicon = {
  rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest: contentDigest('nobody has this') } } }] }],
  tests: [],
};

export function selectorOf(region: Region | undefined): Record<string, unknown> {
  return region === undefined ? {} : { tenants: { matchLabels: { region } } };
}
