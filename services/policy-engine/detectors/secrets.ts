// Secrets that do not belong in a chat: keys of clouds and services, private keys, robots' webhooks, passwords in any wording.
import type { Detector, Hit, Plan, Sight } from '../detector.ts';
import { type ListedFact, mask } from './listed-fact.ts';
import { type FoundSecret, PRIVATE_KEY_LITERAL, readSecrets, SECRET_RULES } from './secrets/read-secrets.ts';
import { SECRET_KINDS, type SecretKind } from './secrets/secret-rule.ts';

export interface SecretsOptions {
  /** Default, every kind. */
  readonly kinds?: readonly SecretKind[];
}

export const secrets: Detector<SecretsOptions> = { name: 'secrets', compile };

/** Everything there is in a text, without a policy. Values are masked. */
export function listSecrets(text: string): ListedFact<SecretKind>[] {
  return readSecrets(text).map((secret) => ({ ...secret, value: mask(secret.value), validity: 'Valid' }));
}

function compile(options: SecretsOptions, plan: Plan) {
  const kinds: ReadonlySet<SecretKind> = new Set(options.kinds ?? SECRET_KINDS);
  const terms = new Set(
    SECRET_RULES.filter(({ kind }) => kinds.has(kind)).flatMap(({ literals }) => literals),
  );
  if (kinds.has('PrivateKey')) terms.add(PRIVATE_KEY_LITERAL);
  const watch = plan.watchTerms({ view: 'Folded', terms: [...terms], field: 'kinds', wholeWords: false });
  const find = (sight: Sight): Hit[] =>
    sight
      .readTexts(readSecrets)
      .flatMap((found, text) =>
        found.filter(({ kind }) => kinds.has(kind)).map((secret) => asHit(text, secret)),
      );
  return { triggers: [{ kind: 'terms' as const, watch }], find };
}

function asHit(text: number, { kind, start, end, value }: FoundSecret): Hit {
  const span = { text, start, end, view: 'Literal', shownStart: start, shownEnd: end, seen: value, term: -1 };
  return { kind: 'span', span, label: `secrets.${kind}` };
}
