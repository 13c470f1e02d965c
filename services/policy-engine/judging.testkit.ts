// Shared by the tests of this package: policies and messages in few words.
import type { Digest } from '@menshen/contracts/digest';
import type { Finding } from '@menshen/contracts/finding';
import type { Engine } from './build-engine.ts';
import type { PolicyProblem } from './compile-policy.ts';
import { compilePolicySet } from './compile-policy-set.ts';
import { evaluate } from './evaluate.ts';
import type { MessageFacts } from './facts.ts';
import type { PolicySpec, Rule } from './policy-spec.ts';

export const NO_LEXICONS: ReadonlyMap<Digest, readonly string[]> = new Map();

/** An outbound text message from staff to one external contact, unless told otherwise. */
export function message(text: string, change: Partial<MessageFacts> = {}): MessageFacts {
  return {
    corpId: 'ww1',
    msgid: 'm1',
    seq: '1',
    messageType: 'text',
    conversationId: 'direct:a,b',
    conversationKind: 'Direct',
    direction: 'Outbound',
    sender: { id: 'zhang', kind: 'Staff', departments: ['Acme/Sales/East'] },
    recipients: { ids: ['wm1'], staff: 0, external: 1, robot: 0, unknown: 0, departments: [] },
    texts: [{ path: 'text.content', text }],
    media: [],
    stickers: [],
    recent: [],
    models: [],
    capturedAtMs: Date.parse('2026-11-24T08:00:00Z'),
    eventTimeMs: Date.parse('2026-11-24T07:59:58Z'),
    messageDigest: 'sha256:m',
    factsVersion: 0,
    ...change,
  };
}

export function engineOf(specs: Readonly<Record<string, PolicySpec>>, lexicons = NO_LEXICONS): Engine {
  const policies = Object.entries(specs).map(([name, spec]) => ({ namespace: 'test', name, spec }));
  const { engine, rejected } = compilePolicySet(policies, lexicons);
  if (rejected.length > 0) throw new Error(`the test's own policy is bad: ${JSON.stringify(rejected)}`);
  return engine;
}

/** An engine of one policy with one rule. */
export function ruleOf(rule: Omit<Rule, 'name'>, rest: Omit<PolicySpec, 'rules'> = {}): Engine {
  return engineOf({ policy: { ...rest, rules: [{ name: 'rule', ...rule }] } });
}

export function problemsOf(spec: unknown, lexicons = NO_LEXICONS): readonly PolicyProblem[] {
  return compilePolicySet([{ namespace: 'test', name: 'policy', spec }], lexicons).rejected;
}

/** The original text of every piece of evidence of every finding. */
export function textsOf(engine: Engine, facts: MessageFacts): string[] {
  return evaluate(engine, facts).flatMap(({ evidence }) => evidence.map(({ text }) => text));
}

/** `policy/rule` of every finding. */
export function rulesOf(findings: readonly Finding[]): string[] {
  return findings.map(({ policy, rule }) => `${policy.name}/${rule}`);
}
