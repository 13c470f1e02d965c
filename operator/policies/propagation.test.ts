// To which tenants a revision goes, from which it is taken back, what one that does not answer means for the others, and what is seen of it.
import { contentDigest, type Digest, shortDigest } from '@menshen/contracts/digest';
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import { describe, expect, test } from 'vitest';
import { NatsUnreachable } from '../messaging/pool-connections.ts';
import type { Bundle, LinkState, TenantLink } from '../messaging/tenant-link.ts';
import { tenantExample } from '../tenants/tenants.testkit.ts';
import type { Revision } from './check-revision.ts';
import { publishRevision, withdrawPolicy } from './publish-revision.ts';
import { watchPropagation } from './watch-propagation.ts';

const KEY = 'n/p';
const pointerTo = (text: string): PolicyPointer => {
  const digest = contentDigest(text);
  return { namespace: 'n', name: 'p', generation: 1, digest, objectKey: 'policies/x', sizeBytes: 1 };
};
const pointer = pointerTo('new');
const soundWith = (lexicons: readonly Digest[] = []): Extract<Revision, { kind: 'Sound' }> => ({
  kind: 'Sound',
  bundle: { bytes: Buffer.from('new'), pointer },
  lexicons,
  tests: { passed: 0, total: 0 },
});

/** A line in memory that writes down what it was asked. */
function lineOf(
  corpId: string,
  of: { has?: PolicyPointer; state?: LinkState['kind']; isDeaf?: boolean } = {},
) {
  const asked: string[] = [];
  const pointers = new Map(of.has === undefined ? [] : [[KEY, of.has]]);
  const state = { kind: of.state ?? 'Open', why: '' } as LinkState;
  const act = async (what: string): Promise<void> => {
    asked.push(what);
    if (of.isDeaf === true) throw new NatsUnreachable(corpId, new Error('timeout'));
  };
  const link: TenantLink = {
    corpId,
    state,
    pointers,
    reports: new Map(),
    scanners: new Map(),
    publish: async ({ pointer: to, lexicons }: Bundle) =>
      await act(`publish ${to.digest === pointer.digest} ${lexicons.size}`),
    withdraw: async () => await act('withdraw'),
    readLexicon: async () => undefined,
  };
  return { link, asked };
}
type Line = ReturnType<typeof lineOf>;
const publish = (wanted: Line[], others: Line[] = [], lexicons: readonly Digest[] = []) =>
  publishRevision({
    policy: KEY,
    revision: soundWith(lexicons),
    wanted: wanted.map(({ link }) => link),
    all: [...wanted, ...others].map(({ link }) => link),
    readLexicon: async () => Buffer.from('list'),
  });

describe('a revision', () => {
  test.each<[string, Line, string[]]>([
    ['goes to a tenant that has none', lineOf('a'), ['publish true 0']],
    ['goes to a tenant that has another', lineOf('a', { has: pointerTo('old') }), ['publish true 0']],
    ['does not go where it is already', lineOf('a', { has: pointer }), []],
    ['does not wait for a tenant that cannot be reached', lineOf('a', { state: 'Unreachable' }), []],
  ])('%s', async (_what, line, asked) => {
    expect(await publish([line])).toEqual({ failures: new Map(), isNew: asked.length > 0 });
    expect(line.asked).toEqual(asked);
  });

  test('takes its lexicons along', async () => {
    const line = lineOf('a');
    await publish([line], [], [contentDigest('one'), contentDigest('two')]);
    expect(line.asked).toEqual(['publish true 2']);
  });

  test('is taken back where it is not meant any more', async () => {
    const [meant, left, never] = [lineOf('a', { has: pointer }), lineOf('b', { has: pointer }), lineOf('c')];
    await publish([meant], [left, never]);
    expect([meant.asked, left.asked, never.asked]).toEqual([[], ['withdraw'], []]);
  });

  test('goes to the others when one does not answer, which is told', async () => {
    const [deaf, good, leftDeaf] = [
      lineOf('a', { isDeaf: true }),
      lineOf('b'),
      lineOf('c', { has: pointer, isDeaf: true }),
    ];
    const { failures, isNew } = await publish([deaf, good], [leftDeaf]);
    expect([[...failures.keys()], isNew]).toEqual([['a', 'c'], true]);
    expect((await publish([deaf])).isNew).toBe(false);
    expect(good.asked).toEqual(['publish true 0']);
  });

  test('that is gone is taken back everywhere', async () => {
    const lines = [lineOf('a', { has: pointer }), lineOf('b', { has: pointerTo('old') }), lineOf('c')];
    await withdrawPolicy(
      KEY,
      lines.map(({ link }) => link),
    );
    expect(lines.map(({ asked }) => asked)).toEqual([['withdraw'], ['withdraw'], []]);
  });
});

describe('what is seen of it', () => {
  const running = { digests: new Map([[KEY, shortDigest(pointer.digest)]]), rejected: new Map() };
  const behind = { digests: new Map([[KEY, shortDigest(contentDigest('old'))]]), rejected: new Map() };
  const refusing = { ...behind, rejected: new Map([[KEY, 'no such detector']]) };
  type View = typeof running;

  test.each<[string, View[], LinkState['kind'] | 'None', object]>([
    ['all run it', [running, running], 'Open', { state: 'Propagated', scanners: 2, running: 2 }],
    ['one is behind', [running, behind], 'Open', { state: 'Propagating', scanners: 2, running: 1 }],
    ['one refuses it', [refusing], 'Open', { state: 'RefusedByScanner', detail: 'no such detector' }],
    ['nobody reports', [], 'Open', { state: 'NoScanner', scanners: 0 }],
    ['the line opens', [], 'Opening', { state: 'Propagating' }],
    ['there is no line yet', [], 'None', { state: 'Propagating' }],
    ['the line is broken', [running], 'Unreachable', { state: 'NatsUnreachable' }],
  ])('%s', (_what, views, kind, expected) => {
    const tenant = tenantExample('minimal');
    const line = lineOf(tenant.spec.corpId, { has: pointer, state: kind === 'None' ? 'Open' : kind });
    const link = { ...line.link, scanners: new Map(views.map((view, at) => [`s${at}`, view])) };
    const selected = [{ tenant, link: kind === 'None' ? undefined : link }];
    const [seen] = watchPropagation(KEY, pointer.digest, selected, () => false);
    expect(seen).toMatchObject({ name: 'acme', ...expected });
  });

  test('publishing failed', () => {
    const tenant = tenantExample('minimal');
    const { link } = lineOf(tenant.spec.corpId);
    const [seen] = watchPropagation(KEY, pointer.digest, [{ tenant, link }], () => true);
    expect(seen?.state).toBe('NatsUnreachable');
  });

  test('a suspended tenant needs no scanner', () => {
    const tenant = tenantExample('minimal', (spec) => {
      spec.suspend = true;
    });
    const { link } = lineOf(tenant.spec.corpId, { has: pointer });
    const [seen] = watchPropagation(KEY, pointer.digest, [{ tenant, link }], () => false);
    expect(seen?.state).toBe('Suspended');
  });
});
