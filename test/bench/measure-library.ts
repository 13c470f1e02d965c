// What the policy library says of harmless chat: the share of messages that one of its policies flags, by rule. Each text is judged as a text
// of unknown direction in a group, at night, so that no scope keeps a rule away; in service most rules judge one direction only.

import { readLibrary } from '@menshen/pipeline-tests/read-library';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import { asFacts } from './bench-scan.ts';
import { writeHarmless as writeNumbers } from './detection-corpus-harmless.ts';
import { saysTerm, writeHarmless } from './detection-corpus-text.ts';

export interface LibraryResult {
  readonly messages: number;
  readonly flagged: number;
  readonly percent: number;
  /** `policy/rule` → how many, and the first few texts with what was seen in them. */
  readonly byRule: Readonly<Record<string, { readonly count: number; readonly shown: readonly string[] }>>;
}

const SHOWN = 5;

/** `count` messages of chat, and half as many full of numbers, codes and dots. */
export function measureLibrary(count: number, seed: number): LibraryResult {
  const numbers = writeNumbers(count / 2, seed).filter((text) => !saysTerm(text));
  const texts = [...writeHarmless(count, seed), ...numbers];
  const engine = compileLibrary();
  const byRule: Record<string, { count: number; shown: string[] }> = {};
  let flagged = 0;
  for (const [index, text] of texts.entries()) {
    const findings = evaluate(engine, inAnyScope(text, index));
    if (findings.length > 0) flagged++;
    for (const { policy, rule, evidence } of findings) {
      byRule[`${policy.name}/${rule}`] ??= { count: 0, shown: [] };
      const found = byRule[`${policy.name}/${rule}`];
      if (found === undefined) continue;
      found.count++;
      if (found.shown.length < SHOWN) found.shown.push(`${evidence[0]?.text} in ${text}`);
    }
  }
  return {
    messages: texts.length,
    flagged,
    percent: Math.round((1e5 * flagged) / texts.length) / 1e3,
    byRule,
  };
}

/** Which of the sentences written by hand the library misses, as `policy: text`, and which it flags for nothing, as `policy/rule: text`. */
export function judgeSentences(
  violations: Readonly<Record<string, readonly string[]>>,
  innocent: readonly string[],
): { missed: string[]; flagged: string[] } {
  const engine = compileLibrary();
  const judge = (text: string) => evaluate(engine, inAnyScope(text, 0));
  const missed = Object.entries(violations).flatMap(([name, texts]) =>
    texts
      .filter((text) => !judge(text).some(({ policy }) => policy.name === name))
      .map((text) => `${name}: ${text}`),
  );
  const flagged = innocent.flatMap((text) =>
    judge(text).map(({ policy, rule }) => `${policy.name}/${rule}: ${text}`),
  );
  return { missed, flagged };
}

export function renderLibrary({ messages, flagged, percent, byRule }: LibraryResult): string {
  const rules = Object.entries(byRule)
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([rule, { count, shown }]) => `\n  ${rule} ${count}: ${shown.join(' · ').replaceAll('\n', '⏎')}`);
  return `policy library: ${flagged} of ${messages} harmless messages flagged, ${percent} % (at most 0.1)${rules.join('')}`;
}

function compileLibrary(): Engine {
  const { engine, rejected } = compilePolicySet(readLibrary(), new Map());
  if (rejected.length > 0) throw new Error(`the library does not compile: ${JSON.stringify(rejected)}`);
  return engine;
}

/** Two in the morning in China. */
const NIGHT_MS = Date.parse('2026-03-02T18:00:00Z');

const inAnyScope = (text: string, index: number): ReturnType<typeof asFacts> => {
  const facts = asFacts(text, index);
  return {
    ...facts,
    direction: 'Unknown',
    conversationKind: 'Group',
    sender: { ...facts.sender, kind: 'Unknown' },
    eventTimeMs: NIGHT_MS,
  };
};
