// Which lists kept elsewhere a policy refers to: whatever stands as `{digest: sha256:…}` below a condition, so that no detector is forgotten.
import type { Digest } from '@menshen/contracts/digest';
import type { PolicySpec } from './policy-spec.ts';

export interface LexiconReference {
  readonly digest: Digest;
  /** `spec.rules[0].any[1].urls.listedIn[0].digest` */
  readonly path: string;
  readonly rule: string;
}

/** In order of appearance; the same list twice is there twice. */
export function findLexicons(spec: PolicySpec): LexiconReference[] {
  return (spec.rules ?? []).flatMap((rule, index) =>
    (['any', 'all', 'not'] as const).flatMap((list) =>
      digestsBelow(rule[list] ?? [], `spec.rules[${index}].${list}`).map(({ digest, path }) => ({
        digest,
        path,
        rule: rule.name,
      })),
    ),
  );
}

function digestsBelow(value: unknown, path: string): { readonly digest: Digest; readonly path: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((entry, index) => digestsBelow(entry, `${path}[${index}]`));
  return Object.entries(value).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    if (name === 'digest' && typeof field === 'string') return [{ digest: field as Digest, path: at }];
    return digestsBelow(field, at);
  });
}
