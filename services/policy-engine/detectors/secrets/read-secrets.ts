// Text in, secrets out. A rule runs only where one of its words occurs.
import { matchesOf } from '../matches-of.ts';
import { makePlain } from '../plain-text.ts';
import { CLOUD_KEYS } from './cloud-keys.ts';
import { indexLiterals } from './index-literals.ts';
import { PASSWORDS } from './passwords.ts';
import { findPrivateKeys } from './private-keys.ts';
import { SECRET_KINDS, type SecretKind, type SecretRule } from './secret-rule.ts';
import { TOKENS } from './tokens.ts';

export interface FoundSecret {
  readonly kind: SecretKind;
  /** UTF-16, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

export const SECRET_RULES: readonly SecretRule[] = [...CLOUD_KEYS, ...TOKENS, ...PASSWORDS];
export const PRIVATE_KEY_LITERAL = 'private key';

/** In order of appearance; no two share a character. Linear in the length of the text. */
export function readSecrets(text: string): readonly FoundSecret[] {
  const { shown, locate } = makePlain(text);
  const lower = shown.toLowerCase();
  const said = rulesSaidIn(lower);
  if (said.size === 0) return NONE;
  const found = said.has(PRIVATE_KEY) ? findPrivateKeys(shown) : [];
  for (const [number, rule] of SECRET_RULES.entries())
    if (said.has(number)) found.push(...matchRule(shown, rule));
  return withoutOverlaps(found, shown.length).map((secret) => ({
    ...secret,
    ...locate(secret.start, secret.end),
  }));
}

const NONE: readonly FoundSecret[] = [];
/** Stands for the block of a private key among the numbers of the rules. */
const PRIVATE_KEY = -1;

/** Numbers of the rules of which a word occurs. */
const rulesSaidIn = indexLiterals([
  { literals: [PRIVATE_KEY_LITERAL], number: PRIVATE_KEY },
  ...SECRET_RULES.map(({ literals }, number) => ({ literals, number })),
]);

function* matchRule(shown: string, rule: SecretRule): Generator<FoundSecret> {
  for (const match of matchesOf(rule.pattern, shown)) {
    const written = match[rule.group ?? 0] ?? '';
    const value = rule.group === undefined ? written : withoutClosing(written);
    const start = match.indices?.[rule.group ?? 0]?.[0] ?? match.index + match[0].length - written.length;
    const end = start + value.length;
    if (value !== '' && (rule.accept?.(value, shown.slice(end, end + 8)) ?? true))
      yield { kind: rule.kind, start, end, value };
  }
}

/** Quotation marks and punctuation that end the sentence, not the secret. */
const withoutClosing = (written: string): string => written.replace(/["'`,.;)\]}>]+$/, '');

function withoutOverlaps(found: readonly FoundSecret[], length: number): FoundSecret[] {
  if (found.length < 2) return [...found];
  const taken = new Uint8Array(length);
  return [...found]
    .sort((a, b) => SECRET_KINDS.indexOf(a.kind) - SECRET_KINDS.indexOf(b.kind) || a.start - b.start)
    .filter(({ start, end }) => {
      if (taken.subarray(start, end).includes(1)) return false;
      taken.fill(1, start, end);
      return true;
    })
    .sort((a, b) => a.start - b.start);
}
