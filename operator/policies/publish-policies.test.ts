// What is in force after each publication: for new, changed, bad, mended and withdrawn policies.
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { lexiconObjectKey, type PolicyBundle, type PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import { beforeEach, describe, expect, test } from 'vitest';
import { type PublicationPorts, publishPolicies } from './publish-policies.ts';
import type { PolicyObject } from './select-policies.ts';

const corpId = 'ww1234567890abcdef';

/** Stores in memory that remember the order of writes. */
class World {
  readonly objects = new Map<string, Uint8Array>();
  readonly pointers = new Map<string, PolicyPointer>();
  readonly lexicons = new Map<Digest, Uint8Array>();
  readonly writes: string[] = [];
  failing: string | undefined;

  readonly ports: PublicationPorts = {
    bundles: {
      put: async (key, bytes) => {
        if (key.startsWith(this.failing ?? '\0')) throw new Error('disk full');
        this.writes.push(key.split('/')[0] ?? '');
        this.objects.set(key, bytes);
      },
    },
    pointers: {
      list: async () => [...this.pointers.values()],
      put: async (key, pointer) => {
        this.writes.push('pointer');
        this.pointers.set(key, pointer);
      },
      remove: async (key) => {
        this.pointers.delete(key);
      },
    },
    readLexicon: async (digest) => this.lexicons.get(digest),
  };

  addLexicon(text: string): Digest {
    const bytes = Buffer.from(text);
    const digest = contentDigest(bytes);
    this.lexicons.set(digest, bytes);
    return digest;
  }

  /** Terms the scanners would look for: through the pointer, to the object. */
  inForce(name: string): unknown {
    const pointer = this.pointers.get(`${corpId}.demo.${name}`);
    if (pointer === undefined) return undefined;
    const bytes = this.objects.get(pointer.objectKey) ?? Buffer.from('{}');
    expect(contentDigest(bytes)).toBe(pointer.digest);
    expect(bytes.byteLength).toBe(pointer.sizeBytes);
    const bundle = JSON.parse(Buffer.from(bytes).toString()) as PolicyBundle;
    expect(bundle.generation).toBe(pointer.generation);
    return (bundle.spec as PolicySpec).rules?.[0]?.any?.[0]?.keywords?.terms;
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

function policy(name: string, spec: Partial<PolicySpec> & { term?: string }): PolicyObject {
  const { term = '保本', ...rest } = spec;
  return {
    namespace: 'demo',
    name,
    spec: { rules: [{ name: 'r', any: [{ keywords: { terms: [term] } }] }], ...rest },
  };
}
const pattern = (regex: string): Partial<PolicySpec> => ({
  rules: [{ name: 'r', any: [{ pattern: { regex } }] }],
});
const publish = (...policies: PolicyObject[]) => publishPolicies(corpId, policies, world.ports);
const states = async (...policies: PolicyObject[]): Promise<string[]> =>
  (await publish(...policies)).map(({ name, state }) => `${name} ${state}`);

describe('a policy', () => {
  test('that is new goes into force', async () => {
    expect(await states(policy('a', {}))).toEqual(['a Published']);
    expect(world.inForce('a')).toEqual(['保本']);
  });

  test('that did not change is left alone', async () => {
    await publish(policy('a', {}));
    world.writes.length = 0;
    expect(await states(policy('a', {}))).toEqual(['a Unchanged']);
    expect(world.writes).toEqual([]);
  });

  test('that changed gets the next generation; its earlier revisions are kept', async () => {
    const [first] = await publish(policy('a', {}));
    const [second] = await publish(policy('a', { term: '稳赚' }));
    expect(second).toMatchObject({ state: 'Published', inForce: { generation: 2 } });
    expect(world.inForce('a')).toEqual(['稳赚']);
    expect(world.objects.has(first?.inForce?.objectKey ?? '')).toBe(true);
  });

  test('from the API server keeps its generation', async () => {
    const [published] = await publish({ ...policy('a', {}), generation: 7 });
    expect(published?.inForce?.generation).toBe(7);
  });

  test('that is gone is withdrawn', async () => {
    await publish(policy('a', {}), policy('b', {}));
    expect(await states(policy('b', {}))).toEqual(['b Unchanged', 'a Removed']);
    expect(world.inForce('a')).toBeUndefined();
    expect(world.inForce('b')).toEqual(['保本']);
  });

  test('is written before the pointer that names it', async () => {
    const digest = world.addLexicon('稳赚\n');
    await publish(policy('a', { rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest } } }] }] }));
    expect(world.writes).toEqual(['lexicons', 'policies', 'pointer']);
  });

  test('whose object cannot be written is not pointed to', async () => {
    world.failing = 'policies/';
    await expect(publish(policy('a', {}))).rejects.toThrow('disk full');
    expect(world.pointers.size).toBe(0);
    world.failing = undefined;
    expect(await states(policy('a', {}))).toEqual(['a Published']);
  });
});

describe('a bad policy', () => {
  const bad: [string, PolicyObject, object][] = [
    [
      'with a pattern RE2 refuses',
      policy('a', pattern('a(?=b)')),
      { rule: 'r', path: 'spec.rules[0].any[0].pattern.regex', remedy: /RE2 syntax/ },
    ],
    [
      'with a failing test',
      policy('a', { tests: [{ name: 'finds it', message: { text: '无事' }, expect: { rule: 'r' } }] }),
      { path: 'spec.tests[0]', message: /"finds it" fails: expected rule r to hold, but no rule held/ },
    ],
    [
      'with a lexicon nobody has',
      policy('a', {
        rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest: `sha256:${'0'.repeat(64)}` } } }] }],
      }),
      {
        rule: 'r',
        path: 'spec.rules[0].any[0].keywords.lexiconRef.digest',
        message: 'there is no lexicon with this digest',
      },
    ],
    ['without rules', policy('a', { rules: [] }), { path: 'spec.rules' }],
  ];

  test.each(bad)('%s is rejected with the field and what to do', async (_what, rejected, problem) => {
    const [publication] = await publish(rejected);
    expect(publication).toMatchObject({ state: 'Rejected', inForce: undefined });
    expect(publication?.problems).toHaveLength(1);
    const expected = Object.fromEntries(
      Object.entries(problem).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]),
    );
    expect(publication?.problems[0]).toMatchObject({ policy: 'demo/a', ...expected });
    expect(publication?.problems[0]?.remedy).not.toBe('');
    expect(world.inForce('a')).toBeUndefined();
  });

  test.each(bad)('%s leaves its last good revision in force', async (_what, rejected) => {
    const [good] = await publish(policy('a', {}));
    expect(await publish(rejected)).toMatchObject([{ state: 'Rejected', inForce: good?.inForce }]);
    expect(world.inForce('a')).toEqual(['保本']);
    expect(await states(policy('a', { term: '稳赚' }))).toEqual(['a Published']);
    expect(world.inForce('a')).toEqual(['稳赚']);
  });

  test.each(bad)('%s does not stop the others', async (_what, rejected) => {
    expect(await states(rejected, policy('b', {}))).toEqual(['a Rejected', 'b Published']);
    expect(world.inForce('b')).toEqual(['保本']);
  });
});

describe('tests of a policy', () => {
  test('are counted', async () => {
    const tests = [
      { name: 'one', message: { text: '保本' }, expect: { rule: 'r', text: '保本' } },
      { name: 'two', message: { text: '不' }, expect: { none: true } },
    ];
    expect(await publish(policy('a', { tests }))).toMatchObject([{ tests: { passed: 2, total: 2 } }]);
  });
});

describe('a lexicon', () => {
  const using = (digest: Digest): PolicyObject =>
    policy('a', {
      rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest } } }] }],
      tests: [
        {
          name: 'finds a term of the list',
          message: { text: '这个稳赚' },
          expect: { rule: 'r', text: '稳赚' },
        },
      ],
    });

  test('is copied to where scanners look, and tests see its terms', async () => {
    const digest = world.addLexicon('# list\n稳赚\n');
    expect(await publish(using(digest))).toMatchObject([
      { state: 'Published', tests: { passed: 1, total: 1 } },
    ]);
    expect(world.objects.get(lexiconObjectKey(digest))).toEqual(world.lexicons.get(digest));
  });

  test('that is empty is a problem with its reason', async () => {
    const [publication] = await publish(using(world.addLexicon('# nothing\n')));
    expect(publication?.problems.map((problem) => problem.message)).toContain(
      'the lexicon has no terms: write one term a line',
    );
  });
});
