import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import { describe, expect, it } from 'vitest';
import { type Candidate, chooseRevisions, type Revision } from './choose-revisions.ts';
import { termPolicy } from './scanner.testkit.ts';

const inputOf = (name: string, term: string): Revision['input'] => ({
  source: { namespace: 'acme', name, spec: termPolicy(term) },
  lexicons: new Map(),
});
const pointerOf = (name: string, generation: number): PolicyPointer => ({
  namespace: 'acme',
  name,
  generation,
  digest: `sha256:${name}${generation}`,
  objectKey: 'k',
  sizeBytes: 1,
});
const sound = (name: string, generation: number): Candidate => ({
  key: `ww1.acme.${name}`,
  pointer: pointerOf(name, generation),
  fetched: { ok: true, input: inputOf(name, `v${generation}`) },
});
const unsound = (name: string, generation: number): Candidate => ({
  ...sound(name, generation),
  fetched: { ok: false, detail: 'the bundle is not in the object store', storeAway: false },
});
const goodRevision = (name: string, generation: number): [string, Revision] => [
  `ww1.acme.${name}`,
  { generation, digest: `sha256:${name}${generation}`, input: inputOf(name, `v${generation}`) },
];

interface Case {
  readonly name: string;
  readonly candidates: readonly Candidate[];
  readonly lastGood?: readonly [string, Revision][];
  /** Digest → why it does not compile. */
  readonly refused?: readonly [string, string][];
  /** Policy → generation that judges. */
  readonly judges: Readonly<Record<string, number>>;
  readonly rejected?: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'the wanted one, when it is sound',
    candidates: [sound('a', 2)],
    lastGood: [goodRevision('a', 1)],
    judges: { a: 2 },
  },
  {
    name: 'the last good one, when the wanted one cannot be fetched',
    candidates: [unsound('a', 2)],
    lastGood: [goodRevision('a', 1)],
    judges: { a: 1 },
    rejected: ['acme/a: the bundle is not in the object store'],
  },
  {
    name: 'the last good one, when the wanted one does not compile',
    candidates: [sound('a', 2)],
    lastGood: [goodRevision('a', 1)],
    refused: [['sha256:a2', 'bad regex']],
    judges: { a: 1 },
    rejected: ['acme/a: bad regex'],
  },
  {
    name: 'none, when there never was a good one; the others are not touched',
    candidates: [unsound('a', 1), sound('b', 1)],
    judges: { b: 1 },
    rejected: ['acme/a: the bundle is not in the object store'],
  },
  {
    name: 'none, when its pointer is gone',
    candidates: [sound('b', 1)],
    lastGood: [goodRevision('a', 1), goodRevision('b', 1)],
    judges: { b: 1 },
  },
  {
    name: 'the next one, when it is sound again',
    candidates: [sound('a', 3)],
    lastGood: [goodRevision('a', 1)],
    refused: [['sha256:a2', 'bad regex']],
    judges: { a: 3 },
  },
  {
    name: 'the last good one, when the value is no pointer',
    candidates: [{ ...sound('a', 2), pointer: undefined }],
    lastGood: [goodRevision('a', 1)],
    judges: { a: 1 },
    rejected: ['ww1.acme.a: the value in the POLICY bucket is not a policy pointer'],
  },
];

describe('which revision of each policy judges', () => {
  it.each(cases)('$name', ({ candidates, lastGood = [], refused = [], judges, rejected = [] }) => {
    const choice = chooseRevisions(candidates, new Map(lastGood), new Map(refused));
    const chosen = [...choice.revisions.values()].map((one) => [one.input.source.name, one.generation]);
    expect(Object.fromEntries(chosen)).toEqual(judges);
    expect(choice.rejected.map(({ policy, detail }) => `${policy}: ${detail}`)).toEqual(rejected);
  });
});
