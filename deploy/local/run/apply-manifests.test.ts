// From loaded manifests to what runs: policies before Deployments, one bad thing never stops the rest, and all of it is told.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { PublicationPorts } from '@menshen/operator/policies/publish-policies';
import type { PolicyObject } from '@menshen/operator/policies/select-policies';
import type { Deployment, RenderedObject } from '@menshen/operator/tenants/render/manifest-types';
import { SECRETS_CHECKSUM } from '@menshen/operator/tenants/render/render-deployment';
import { beforeEach, expect, test } from 'vitest';
import type { LoadedManifests } from '../manifests/load-manifests.ts';
import type { LocalSecret } from '../supervisor/local-cluster.ts';
import type { Applied, Supervisor } from '../supervisor/supervisor.ts';
import { tenantExample } from '../supervisor/tenant-example.testkit.ts';
import { applyManifests, type ManifestTarget } from './apply-manifests.ts';

let log: string[];
let pointers: Map<string, PolicyPointer>;
let applied: readonly RenderedObject[];
let answer: Applied;
beforeEach(() => {
  log = [];
  pointers = new Map();
  applied = [];
  answer = { ok: true, ignored: [] };
});

const supervisor: Supervisor = {
  apply: async (objects) => {
    log.push('apply');
    applied = objects;
    return answer;
  },
  status: () => [],
  serviceAddress: () => undefined,
  stop: async () => {},
};
const ports: PublicationPorts = {
  bundles: { put: async () => {} },
  pointers: {
    list: async () => [...pointers.values()],
    put: async (key, pointer) => {
      log.push(`publish ${pointer.name}`);
      pointers.set(key, pointer);
    },
    remove: async (key) => void pointers.delete(key),
  },
  readLexicon: async () => undefined,
};
const target: ManifestTarget = {
  supervisor,
  image: 'menshen:local',
  madeSecrets: [],
  portsFor: async () => ports,
};

const tenant = tenantExample('minimal');
const policy = (name: string, more: Partial<PolicyObject> = {}): PolicyObject => ({
  namespace: 'menshen-demo',
  name,
  spec: { rules: [{ name: 'r', any: [{ keywords: { terms: ['保本'] } }] }] },
  ...more,
});
const loaded = (more: Partial<LoadedManifests> = {}): LoadedManifests => ({
  tenants: [tenant],
  policies: [policy('p')],
  secrets: [],
  namespaces: new Map(),
  lexicons: new Map(),
  problems: [],
  ...more,
});
const texts = async (manifests: LoadedManifests): Promise<string[]> =>
  (await applyManifests(manifests, target)).map(({ good, text }) => `${good ? '+' : '-'} ${text}`);

test('policies are in force before a process starts that judges by them', async () => {
  expect(await texts(loaded())).toEqual(['+ menshen-demo/p: revision 1 is in force; 0 tests passed']);
  expect(log).toEqual(['publish p', 'apply']);
  expect(applied.filter((object) => object.kind === 'Deployment')).toHaveLength(1);
});

test('what did not change is not told again', async () => {
  await texts(loaded());
  expect(await texts(loaded())).toEqual([]);
});

test('a bad policy is told with field, remedy and what stays in force', async () => {
  await texts(loaded());
  const bad = policy('p', { spec: { rules: [{ name: 'r', any: [{ pattern: { regex: '(' } }] }] } });
  expect(await texts(loaded({ policies: [bad, policy('q')] }))).toEqual([
    expect.stringMatching(
      /^- menshen-demo\/p: spec\.rules\[0\]\.any\[0\]\.pattern\.regex: .*; revision 1 stays in force$/,
    ),
    '+ menshen-demo/q: revision 1 is in force; 0 tests passed',
  ]);
});

test('a policy that is gone is withdrawn', async () => {
  await texts(loaded({ policies: [policy('p'), policy('q')] }));
  expect(await texts(loaded())).toEqual(['+ menshen-demo/q: withdrawn']);
});

test('policies of other namespaces and for other tenants are not published', async () => {
  const others = [
    policy('a', { namespace: 'elsewhere' }),
    policy('b', { spec: { ...policy('b').spec, tenants: { matchLabels: { region: 'moon' } } } }),
  ];
  expect(await texts(loaded({ policies: others }))).toEqual([
    '- no policy is for the tenant menshen-demo/acme: its messages are archived, and nothing is found',
  ]);
  expect(pointers.size).toBe(0);
});

test('problems of the files are told, and what is good is applied', async () => {
  const problem = {
    file: 'a.yaml',
    line: 3,
    object: 'document',
    path: '',
    value: '',
    message: 'is not YAML',
    remedy: 'mend it',
  };
  expect(await texts(loaded({ problems: [problem] }))).toEqual([
    '- a.yaml:3: document: is not YAML. Mend it.',
    '+ menshen-demo/p: revision 1 is in force; 0 tests passed',
  ]);
});

test('a field the supervisor does not understand is told', async () => {
  answer = {
    ok: false,
    unsupported: [
      { object: 'Deployment acme', field: 'spec.paused', message: 'is not understood by local mode' },
    ],
  };
  expect(await texts(loaded())).toContain('- Deployment acme: spec.paused is not understood by local mode');
});

test('a Secret whose content changed restarts the pods that use it', async () => {
  const secret = (archive: string): LocalSecret => ({
    name: 'acme-wecom',
    namespace: 'menshen-demo',
    data: { archive: Buffer.from(archive) },
  });
  const checksum = async (secrets: LocalSecret[]): Promise<string | undefined> => {
    await applyManifests(loaded({ secrets }), target);
    const deployment = applied.find((object): object is Deployment => object.kind === 'Deployment');
    return deployment?.spec.template.metadata.annotations[SECRETS_CHECKSUM];
  };
  const before = await checksum([secret('one')]);
  expect(await checksum([secret('one')])).toBe(before);
  expect(await checksum([secret('two')])).not.toBe(before);
});
