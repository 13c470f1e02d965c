// Which Secrets and keys are missing, in words that say what to do; and when they are looked at again.
import { describe, expect, test } from 'vitest';
import { fakeClock } from '../kube/clock.testkit.ts';
import { checkReferences } from './check-references.ts';
import { listReferences } from './list-references.ts';
import { rememberReferences } from './remember-references.ts';
import { tenantExample } from './tenants.testkit.ts';

type Secrets = Record<string, readonly string[]>;

/** An API server that knows these keys of these Secrets. */
function knowing(secrets: Secrets) {
  const asked: string[] = [];
  return {
    asked,
    get: async (_resource: unknown, { name }: { name: string }) => {
      asked.push(name);
      const keys = secrets[name];
      if (keys === undefined) return undefined;
      return {
        metadata: { name, resourceVersion: `v-${keys.join('-')}` },
        data: Object.fromEntries(keys.map((key) => [key, 'c2VjcmV0'])),
      } as never;
    },
  };
}

const minimal = tenantExample('minimal');
const whole: Secrets = { 'acme-wecom': ['archive'], 'acme-wecom-keys': ['v1.pem'] };

describe('references', () => {
  test.each<[string, Secrets, string | undefined, RegExp]>([
    ['all there', whole, undefined, /^$/],
    [
      'a Secret missing',
      { 'acme-wecom': ['archive'] },
      'SecretMissing',
      /^Secret menshen-demo\/acme-wecom-keys with the key v1\.pem does not exist \(spec\.archive\.privateKeys\[version=1\]\.secretRef\): create it$/,
    ],
    [
      'a key missing',
      { ...whole, 'acme-wecom': ['archiv'] },
      'KeyMissing',
      /^Secret menshen-demo\/acme-wecom has no key archive \(spec\.archive\.secretRef\): add it/,
    ],
    [
      'both',
      { 'acme-wecom': [] },
      'SecretMissing',
      /acme-wecom has no key archive.*; .*acme-wecom-keys.*does not exist/,
    ],
  ])('%s', async (_what, secrets, reason, message) => {
    const { problem } = await checkReferences(knowing(secrets), minimal);
    expect(problem?.reason).toBe(reason);
    expect(problem?.message ?? '').toMatch(message);
  });

  test('are asked for one Secret at a time, each once, and nothing of them is kept but the version', async () => {
    const api = knowing({});
    const scaled = tenantExample('scaled');
    const found = await checkReferences(api, scaled);
    expect(api.asked).toEqual([...new Set(listReferences(scaled.spec).map(({ ref }) => ref.name))]);
    expect(JSON.stringify(await checkReferences(knowing(whole), minimal))).not.toContain('c2VjcmV0');
    expect(found.versions).toEqual({});
  });

  test('of every kind that a spec can name are found', () => {
    const spec = tenantExample('scaled').spec;
    // Every secretRef anywhere in the spec, found by its shape.
    const everywhere = [
      ...JSON.stringify(spec).matchAll(/"(?:\w*[sS]ecretRef)":\{"name":"([^"]+)","key":"([^"]+)"\}/g),
    ];
    expect(everywhere.length).toBeGreaterThan(8);
    expect(
      listReferences(spec)
        .map(({ ref }) => `${ref.name}/${ref.key}`)
        .sort(),
    ).toEqual(everywhere.map(([, name, key]) => `${name}/${key}`).sort());
  });
});

describe('Secrets', () => {
  const context = { isForced: false, signal: new AbortController().signal };
  const open = (secrets: Secrets) => {
    const api = knowing(secrets);
    const clock = fakeClock();
    return { api, clock, memory: rememberReferences(api, { clock, random: () => 0, everyMs: 600_000 }) };
  };
  const owned = { ...minimal, metadata: { ...minimal.metadata, uid: 'u-1' } };

  test.each<[string, Secrets, number, number]>([
    ['are not asked for again before their time', whole, 599_000, 2],
    ['are asked for again when it has come', whole, 600_000, 4],
    ['that are missing are asked for soon', { 'acme-wecom': ['archive'] }, 15_000, 4],
  ])('%s', async (_what, secrets, afterMs, asked) => {
    const { api, clock, memory } = open(secrets);
    await memory.check(owned, context);
    clock.jump(afterMs);
    await memory.check(owned, context);
    expect(api.asked).toHaveLength(asked);
  });

  test('are asked for at once when somebody says so, or names others', async () => {
    const { api, memory } = open(whole);
    await memory.check(owned, context);
    await memory.check(owned, { ...context, isForced: true });
    expect(api.asked).toHaveLength(4);
    const other = tenantExample('minimal', (spec) => (spec.archive.secretRef.name = 'another'));
    await memory.check({ ...other, metadata: owned.metadata }, context);
    expect(api.asked).toHaveLength(6);
  });
});
