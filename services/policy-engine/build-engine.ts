// Compiled policies become one engine: all terms of all policies in one automaton per kind of stream, patterns behind gates,
// and for every trigger the rules it wakes, so that a message pays only for what can apply to it.
import type { Digest } from '@menshen/contracts/digest';
import type { CompiledPolicy, CompiledRule } from './compile-policy.ts';
import type { Clue, Trigger } from './detector.ts';
import { policySetDigest } from './digests.ts';
import { buildLook, type Look, type LookRequest } from './look/build-look.ts';
import { Sighting } from './look/sighting.ts';
import type { Pattern } from './patterns/compile-pattern.ts';
import { readProgram } from './patterns/re2-internals.ts';
import type { Space } from './views/view.ts';

export interface Engine extends EngineParts {
  /** State of the message at hand. An engine judges one message at a time. */
  readonly sighting: Sighting;
}

export interface EngineParts {
  /** In order of namespace and name. */
  readonly policies: readonly CompiledPolicy[];
  readonly policySetDigest: Digest;
  /** Rules of all policies, in order. */
  readonly rules: readonly EngineRule[];
  readonly looks: readonly Look[];
  /** Distinct patterns; a PatternWatch's id is the index. */
  readonly patterns: readonly Pattern[];
  /** Numbers of the patterns that every message is looked at for: one that was not woken does not match. */
  readonly lookedFor: ReadonlySet<number>;
  readonly wakes: Wakes;
  readonly sampling: readonly CompiledPolicy[];
  /** Windows of `MessageFacts.recent` that policies ask about, seconds, in order. None: nobody need count. */
  readonly recentSeconds: readonly number[];
}

export interface EngineRule {
  readonly rule: CompiledRule;
  readonly policy: CompiledPolicy;
  readonly policyIndex: number;
}

/** Which rules become worth evaluating by what. */
export interface Wakes {
  readonly byWatch: readonly (readonly number[])[];
  readonly byPattern: readonly (readonly number[])[];
  readonly byClue: ReadonlyMap<Clue, readonly number[]>;
  readonly byType: ReadonlyMap<string, readonly number[]>;
  readonly byMedia: readonly number[];
  readonly always: number[];
}

export function buildEngine(accepted: readonly CompiledPolicy[]): Engine {
  const policies = [...accepted].sort(byName);
  const rules = policies.flatMap((policy, policyIndex) =>
    policy.rules.map((rule) => ({ rule, policy, policyIndex })),
  );
  const requests = new Map<Space, LookRequest>();
  const watchCount = numberTerms(policies, requests);
  const patterns = numberPatterns(policies);
  const wakes = indexTriggers(rules, watchCount, patterns.length);
  const lookedFor = addPatterns(requests, patterns, wakes);
  const looks = SPACES.flatMap((space) => {
    const request = requests.get(space);
    return request === undefined ? [] : [buildLook(space, request)];
  });
  const parts: EngineParts = {
    policies,
    policySetDigest: policySetDigest(policies.map((policy) => policy.digest)),
    rules,
    looks,
    patterns,
    lookedFor,
    wakes,
    recentSeconds: [...new Set(policies.flatMap((policy) => policy.recentSeconds))].sort((a, b) => a - b),
    sampling: policies.filter((policy) => policy.samples !== undefined),
  };
  return { ...parts, sighting: new Sighting(parts) };
}

const SPACES: readonly Space[] = ['Literal', 'Letters', 'Syllables'];

function byName(a: CompiledPolicy, b: CompiledPolicy): number {
  const [left, right] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Gives every term watch its number and puts it to its view. */
function numberTerms(policies: readonly CompiledPolicy[], requests: Map<Space, LookRequest>): number {
  let count = 0;
  for (const { watch, view, spellings } of policies.flatMap((policy) => policy.terms)) {
    watch.id = count++;
    const { terms, wholeWords } = watch.request;
    requestOf(requests, view.space).terms.push({ watch: watch.id, view, terms, spellings, wholeWords });
  }
  return count;
}

/** Gives every pattern watch the number of its pattern; equal patterns share one. */
function numberPatterns(policies: readonly CompiledPolicy[]): Pattern[] {
  const numbers = new Map<string, number>();
  const patterns: Pattern[] = [];
  for (const { watch, pattern } of policies.flatMap((policy) => policy.patterns)) {
    const key = `${pattern.view.name}\0${pattern.regex}`;
    const number = numbers.get(key) ?? patterns.push(pattern) - 1;
    numbers.set(key, number);
    watch.id = number;
  }
  return patterns;
}

function requestOf(requests: Map<Space, LookRequest>, space: Space): LookRequest {
  const request = requests.get(space) ?? { terms: [], gates: [], programs: [] };
  requests.set(space, request);
  return request;
}

function indexTriggers(rules: readonly EngineRule[], watchCount: number, patternCount: number): Wakes {
  const wakes = {
    byWatch: Array.from({ length: watchCount }, (): number[] => []),
    byPattern: Array.from({ length: patternCount }, (): number[] => []),
    byClue: new Map<Clue, number[]>(),
    byType: new Map<string, number[]>(),
    byMedia: [] as number[],
    always: [] as number[],
  };
  const listsOf = (trigger: Trigger): (number[] | undefined)[] => {
    switch (trigger.kind) {
      case 'terms':
        return [wakes.byWatch[trigger.watch.id]];
      case 'pattern':
        return [wakes.byPattern[trigger.watch.id]];
      case 'clue':
        return [listOf(wakes.byClue, trigger.clue)];
      case 'types':
        return trigger.types.map((type) => listOf(wakes.byType, type));
      case 'media':
        return [wakes.byMedia];
      case 'always':
        return [wakes.always];
    }
  };
  for (const [index, { rule }] of rules.entries())
    for (const list of rule.triggers.flatMap(listsOf)) if (list?.at(-1) !== index) list?.push(index);
  return wakes;
}

function listOf<Key>(lists: Map<Key, number[]>, key: Key): number[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

/**
 * Patterns that wake a rule are put behind their gates; the others are searched only when their rule is evaluated. Returns the numbers of
 * those that every message is looked at for.
 */
function addPatterns(
  requests: Map<Space, LookRequest>,
  patterns: readonly Pattern[],
  wakes: Wakes,
): Set<number> {
  const lookedFor = new Set<number>();
  for (const [number, pattern] of patterns.entries()) {
    if (wakes.byPattern[number]?.length === 0) continue;
    const request = requestOf(requests, pattern.view.space);
    const program = pattern.gate === undefined ? readProgram(pattern.compiled) : undefined;
    if (pattern.gate !== undefined)
      request.gates.push({ pattern: number, gate: pattern.gate, view: pattern.view });
    else if (program !== undefined) request.programs.push({ pattern: number, program });
    else {
      wakes.always.push(...(wakes.byPattern[number] ?? []));
      continue;
    }
    lookedFor.add(number);
  }
  return lookedFor;
}
