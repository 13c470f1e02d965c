// Whether a revision is sound, and when that is asked again; where its lexicons come from.
import { contentDigest } from '@menshen/contracts/digest';
import type { PolicySpec } from '@menshen/policy-engine/policy-spec';
import { describe, expect, test } from 'vitest';
import type { TenantLink } from '../messaging/tenant-link.ts';
import { tenantExample } from '../tenants/tenants.testkit.ts';
import { createRevisionChecker, LexiconUnavailable } from './check-revision.ts';
import { createLexiconReader } from './read-lexicon.ts';

const list = Buffer.from('稳赚\n');
const digest = contentDigest(list);
const policyAt = (generation: number, spec: Partial<PolicySpec> = {}, uid = 'u') => ({
  namespace: 'n',
  name: 'p',
  uid,
  generation,
  spec: { rules: [{ name: 'r', any: [{ keywords: { terms: ['保本'] } }] }], ...spec },
});
const withLexicon = { rules: [{ name: 'r', any: [{ keywords: { lexiconRef: { digest } } }] }] };
const never = () => Promise.reject(new Error('nobody asks for a lexicon'));

describe('a revision', () => {
  test('that is sound comes with what scanners fetch, of its own generation', async () => {
    const revision = await createRevisionChecker().check(policyAt(7), never);
    expect(revision).toMatchObject({ kind: 'Sound', lexicons: [], tests: { passed: 0, total: 0 } });
    if (revision.kind !== 'Sound') return;
    const { bytes, pointer } = revision.bundle;
    expect(pointer).toMatchObject({ generation: 7, digest: contentDigest(bytes) });
  });

  test('is asked about once, and again when it is another', async () => {
    const checker = createRevisionChecker();
    const first = await checker.check(policyAt(1), never);
    expect(await checker.check(policyAt(1), never)).toBe(first);
    expect(await checker.check(policyAt(2), never)).not.toBe(first);
    // Deleted and made again: another object, which begins with generation 1 too.
    expect(await checker.check(policyAt(2, {}, 'other'), never)).not.toBe(first);
  });

  test('that is refused is remembered too', async () => {
    const checker = createRevisionChecker();
    const bad = policyAt(1, { rules: [{ name: 'r', any: [{ pattern: { regex: 'a(?=b)' } }] }] });
    const refused = await checker.check(bad, never);
    expect(refused).toMatchObject({ kind: 'Refused', problems: [{ rule: 'r' }] });
    expect(await checker.check(bad, never)).toBe(refused);
  });

  test('whose lexicon comes later becomes sound without being touched', async () => {
    const checker = createRevisionChecker();
    const policy = policyAt(1, withLexicon);
    expect(await checker.check(policy, async () => undefined)).toMatchObject({
      kind: 'Refused',
      problems: [{ message: 'there is no lexicon with this digest' }],
    });
    expect(await checker.check(policy, async () => list)).toMatchObject({
      kind: 'Sound',
      lexicons: [digest],
    });
  });

  test('whose lexicon nobody can be asked for is neither sound nor refused', async () => {
    const unavailable = () => Promise.reject(new LexiconUnavailable(digest, new Error('away')));
    const revision = await createRevisionChecker().check(policyAt(1, withLexicon), unavailable);
    expect(revision).toEqual({ kind: 'Unknown', why: `the lexicon ${digest} cannot be read: away` });
  });
});

describe('a lexicon', () => {
  const tenants = [tenantExample('minimal'), tenantExample('scaled')] as const;
  const linkThat = (read: () => Promise<Uint8Array | undefined>) =>
    ({ readLexicon: read }) as unknown as TenantLink;
  const readerOf = (...reads: (() => Promise<Uint8Array | undefined>)[]) =>
    createLexiconReader((tenant) => {
      const read = reads[tenants.findIndex(({ metadata }) => metadata.name === tenant.metadata.name)];
      return read === undefined ? undefined : linkThat(read);
    });
  const absent = async () => undefined;
  const away = () => Promise.reject(new Error('away'));

  test.each<[string, (() => Promise<Uint8Array | undefined>)[], unknown]>([
    ['the first has it', [async () => list, away], list],
    ['the second has it', [absent, async () => list], list],
    ['the first is away, the second has it', [away, async () => list], list],
    ['somebody has other bytes under its name', [async () => Buffer.from('x'), async () => list], list],
    ['nobody has it', [absent, absent], undefined],
  ])('%s', async (_what, reads, expected) => {
    expect(await readerOf(...reads).read(digest, tenants)).toEqual(expected);
  });

  test('that one has not and the other cannot be asked for is not missing', async () => {
    await expect(readerOf(absent, away).read(digest, tenants)).rejects.toBeInstanceOf(LexiconUnavailable);
  });

  test('is not missing where there is nobody to ask', async () => {
    await expect(readerOf(absent, absent).read(digest, [])).rejects.toBeInstanceOf(LexiconUnavailable);
  });

  test('is read once', async () => {
    let reads = 0;
    const reader = readerOf(async () => {
      reads += 1;
      return list;
    });
    await reader.read(digest, tenants);
    await reader.read(digest, tenants);
    expect(reads).toBe(1);
  });
});
