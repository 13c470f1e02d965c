// The demo's policies against the simulator's truth: every planted violation found, with the text that was planted, and nothing invented.
// Generator and engine know nothing of each other; this is where they meet.
import { parseMessage } from '@menshen/contracts/parse-message';
import { Directory, type NewFact } from '@menshen/ingest/directory/directory';
import { stampMessage } from '@menshen/ingest/stamp-message';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import { runPolicyTests } from '@menshen/policy-engine/run-policy-tests';
import { toFacts } from '@menshen/policy-engine/to-facts';
import { type Acme, foundAcme } from '@menshen/wecom-simulator/acme';
import { createGenerator } from '@menshen/wecom-simulator/generate-conversations';
import { createMediaShelf } from '@menshen/wecom-simulator/media-shelf';
import type { SourceMessage } from '@menshen/wecom-simulator/message-log';
import { FAMILIES } from '@menshen/wecom-simulator/planted-violations';
import { describe, expect, it } from 'vitest';
import { readLibrary } from './read-library.ts';

const policies = readLibrary();
const { engine, rejected } = compilePolicySet(policies, new Map());

/** The directory as a finished sync leaves it. */
function directoryOf(acme: Acme): Directory {
  const directory = new Directory({ nowMs: () => 0 });
  const paths = new Map<number, string>();
  const facts: NewFact[] = [];
  for (const { id, name, parentId } of acme.departments) {
    const path = parentId === 0 ? name : `${paths.get(parentId)}/${name}`;
    paths.set(id, path);
    facts.push({
      kind: 'Department',
      id: String(id),
      deleted: false,
      name,
      parentId: String(parentId),
      path,
    });
  }
  for (const { userid, name, departmentIds } of acme.staff)
    facts.push({ kind: 'User', id: userid, deleted: false, name, departmentIds: departmentIds.map(String) });
  directory.update(facts);
  return directory;
}

const CORP = 'ww1234567890abcdef';

function judge(message: SourceMessage, i: number, directory: Directory) {
  const raw = Buffer.from(message.plaintext);
  const parsed = parseMessage(raw);
  if (!parsed.ok) throw new Error(`${message.msgid}: ${parsed.detail}`);
  const capture = {
    corpId: CORP,
    seq: String(i + 1),
    publickeyVer: 1,
    message: parsed.message,
    raw,
    salt: Buffer.alloc(32),
    capturedAtMs: 1_764_000_000_000,
    mediaEnabled: true,
  };
  return evaluate(engine, toFacts(stampMessage(capture, directory), parsed.message));
}

const story = (seed: number, messages: number): { acme: Acme; all: SourceMessage[] } => {
  const acme = foundAcme(seed);
  const generate = createGenerator({
    seed,
    acme,
    shelf: createMediaShelf(),
    timeOf: (i) => 1_764_000_000_000 + i * 1000,
  });
  return { acme, all: Array.from({ length: messages }, (_, i) => generate(i)) };
};

/** What was planted and not found, and what was found and not planted. */
function compare({ acme, all }: { acme: Acme; all: readonly SourceMessage[] }): {
  missed: string[];
  unexpected: string[];
} {
  const directory = directoryOf(acme);
  const missed: string[] = [];
  const unexpected: string[] = [];
  for (const [i, message] of all.entries()) {
    const findings = judge(message, i, directory);
    const planted = new Map(message.planted.map((one) => [`${one.policy}/${one.rule}`, one.text]));
    const found = new Map(
      findings.map((one) => [`${one.policy.name}/${one.rule}`, one.evidence.map(({ text }) => text)]),
    );
    for (const [rule, text] of planted)
      if (!found.get(rule)?.some((seen) => text.includes(seen) || seen.includes(text)))
        missed.push(`${rule}: ${message.plaintext}`);
    for (const [rule, texts] of found)
      if (!planted.has(rule)) unexpected.push(`${rule} "${texts[0]}": ${message.plaintext}`);
  }
  return { missed, unexpected };
}

describe('the demo policies', () => {
  it('compile and pass their own tests', () => {
    expect(rejected).toEqual([]);
    for (const policy of policies) {
      const run = runPolicyTests(policy, new Map());
      expect(run.ok && run.results.filter((result) => !result.passed), policy.name).toEqual([]);
      expect(run.ok && run.results.length, policy.name).toBeGreaterThan(1);
    }
  });

  it.each([1, 2, 3])('find every planted violation and nothing else (seed %i)', (seed) => {
    const { missed, unexpected } = compare(story(seed, 8000));
    expect({ missed, unexpected }).toEqual({ missed: [], unexpected: [] });
  });
});

describe('the story', () => {
  const { all } = story(1, 5000);
  const share = (of: (message: SourceMessage) => boolean): number => all.filter(of).length / all.length;

  it('plants about one violation in fifty messages, and near misses in at least three of ten', () => {
    expect(share((message) => message.planted.length > 0)).toBeGreaterThan(0.015);
    expect(share((message) => message.planted.length > 0)).toBeLessThan(0.04);
    expect(share((message) => message.nearMiss !== undefined)).toBeGreaterThanOrEqual(0.3);
  });

  it('hardly repeats itself', () => {
    const texts = all
      .filter((message) => message.msgtype === 'text')
      .map((message) => (JSON.parse(message.plaintext) as { text: { content: string } }).text.content);
    expect(new Set(texts).size / texts.length).toBeGreaterThan(0.6);
  });

  it('has near misses of every kind', () => {
    expect(new Set(all.flatMap((message) => message.nearMiss ?? []))).toEqual(
      new Set([
        'negation',
        'quote',
        'disclaimer',
        'other direction',
        'other department',
        'other sense',
        'other conversation',
      ]),
    );
  });

  it('is breached in more surface forms than the policies name: no policy names more than half', () => {
    for (const name of new Set(FAMILIES.map((family) => family.policy))) {
      const forms = new Set(
        FAMILIES.filter((family) => family.policy === name).flatMap((family) => family.forms),
      );
      const named = new Set(
        JSON.stringify(policies.find((policy) => policy.name === name)?.spec.rules)
          .match(/"[^"]*"/g)
          ?.map((text) => JSON.parse(text) as string),
      );
      const share = [...forms].filter((form) => named.has(form)).length / forms.size;
      expect(share, name).toBeLessThanOrEqual(0.5);
    }
  });

  it('tells the same story for the same seed and another for another', () => {
    expect(story(1, 50).all).toEqual(all.slice(0, 50));
    expect(story(2, 50).all).not.toEqual(all.slice(0, 50));
  });
});
