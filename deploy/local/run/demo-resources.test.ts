// The files the demo runs with are good: every manifest is valid, every policy of the library compiles and passes its own tests,
// and the tenant's Secrets are those the demo makes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCrds } from '@menshen/crds/load-crds';
import { formatProblem } from '@menshen/crds/manifest-problem';
import { createManifestValidator } from '@menshen/crds/validate-manifest';
import { checkPolicy } from '@menshen/operator/policies/check-policy';
import { renderTenant } from '@menshen/operator/tenants/render/render-tenant';
import { matchesRe2 } from '@menshen/policy-engine/patterns/matches-re2';
import { beforeAll, describe, expect, test } from 'vitest';
import { type LoadedManifests, ManifestLoader } from '../manifests/load-manifests.ts';
import { listManifestFiles } from '../manifests/watch-files.ts';
import { makeSecrets } from './make-secrets.ts';

const folders = ['../demo', '../../policies'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
let loaded: LoadedManifests;
beforeAll(async () => {
  const loader = new ManifestLoader(createManifestValidator({ kinds: loadCrds(), matches: matchesRe2 }));
  loaded = await loader.load((await Promise.all(folders.map(listManifestFiles))).flat());
});

test('every manifest is valid', () => {
  expect(loaded.problems.map(formatProblem)).toEqual([]);
  expect(loaded.tenants.map((tenant) => tenant.metadata.name)).toEqual(['acme']);
  expect(loaded.policies.length).toBeGreaterThan(5);
});

test('every policy of the library compiles, has tests, and passes them', () => {
  for (const policy of loaded.policies) {
    const { problems, tests } = checkPolicy(policy, new Map());
    expect(problems).toEqual([]);
    expect([policy.name, tests.total > 0, tests.passed]).toEqual([policy.name, true, tests.total]);
  }
});

describe('the tenant of the demo', () => {
  test('refers to no Secret and no key that the demo does not make', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'menshen-keys-'));
    const pem = join(folder, 'v.pem');
    await writeFile(pem, 'PEM');
    const simulator = {
      url: 'http://127.0.0.1:1',
      corpId: 'ww1234567890abcdef',
      secret: 'a',
      directorySecret: 'd',
      privateKeyFiles: { '1': pem, '2': pem },
      truthFile: '',
    };
    const made = await makeSecrets({
      namespace: 'menshen-demo',
      simulator,
      clickhousePassword: 'p',
      signingKey: 'k',
    });
    await rm(folder, { recursive: true });
    const has = new Set(
      made.flatMap((secret) => Object.keys(secret.data).map((key) => `${secret.name}/${key}`)),
    );
    const [tenant] = loaded.tenants;
    const objects = tenant === undefined ? [] : renderTenant(tenant, { image: 'menshen:local' });
    const wanted = objects.flatMap((object) => {
      if (object.kind !== 'Deployment') return [];
      const sources = object.spec.template.spec.volumes.flatMap((volume) =>
        'projected' in volume ? volume.projected.sources : [],
      );
      return sources.flatMap((source) =>
        'secret' in source ? source.secret.items.map((item) => `${source.secret.name}/${item.key}`) : [],
      );
    });
    expect(wanted.length).toBeGreaterThan(5);
    expect(wanted.filter((key) => !has.has(key))).toEqual([]);
  });
});
