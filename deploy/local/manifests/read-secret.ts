// Secret and Namespace documents of a folder: Kubernetes' own kinds, of which local mode understands what it uses.
// A value of a secret is never shown, whatever is wrong with it.
import { checkMetadata } from '@menshen/crds/check-metadata';
import type { FieldProblem } from '@menshen/crds/manifest-problem';
import type { LocalSecret } from '../supervisor/local-cluster.ts';

export type ReadSecret =
  | { readonly ok: true; readonly secret: LocalSecret }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

type Fields = Readonly<Record<string, unknown>>;

/** Reads a Secret with `data` (base64), `stringData` (text), or both; stringData wins, as in Kubernetes. */
export function readSecret(object: Fields): ReadSecret {
  const problems = [
    ...checkMetadata(object['metadata']),
    ...unknownFields(object, ['apiVersion', 'kind', 'metadata', 'type', 'data', 'stringData']),
    ...notTexts('data', object['data'], isBase64),
    ...notTexts('stringData', object['stringData'], () => true),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const { name, namespace = 'default' } = object['metadata'] as { name: string; namespace?: string };
  const data = Object.entries((object['data'] ?? {}) as Record<string, string>).map(
    ([key, text]) => [key, Buffer.from(text, 'base64')] as const,
  );
  const texts = Object.entries((object['stringData'] ?? {}) as Record<string, string>).map(
    ([key, text]) => [key, Buffer.from(text, 'utf8')] as const,
  );
  return { ok: true, secret: { name, namespace, data: Object.fromEntries([...data, ...texts]) } };
}

/** Problems of a Namespace, of which only the labels matter here. */
export function checkNamespace(object: Fields): FieldProblem[] {
  return [...checkMetadata(object['metadata']), ...unknownFields(object, ['apiVersion', 'kind', 'metadata'])];
}

function unknownFields(object: Fields, known: readonly string[]): FieldProblem[] {
  return Object.keys(object)
    .filter((key) => !known.includes(key))
    .map((key) => ({
      path: [key],
      value: '',
      message: 'is not understood by local mode',
      remedy: `known here: ${known.join(', ')}`,
    }));
}

function notTexts(field: string, map: unknown, accepts: (text: string) => boolean): FieldProblem[] {
  if (map === undefined || map === null) return [];
  if (typeof map !== 'object' || Array.isArray(map))
    return [{ path: [field], value: '', message: 'is not a map', remedy: 'write it as key: value pairs' }];
  return Object.entries(map).flatMap(([key, value]) =>
    typeof value === 'string' && accepts(value)
      ? []
      : [
          {
            path: [field, key],
            value: '',
            message: field === 'data' ? 'is not base64' : 'is not a text',
            remedy:
              field === 'data' ? 'encode it, or put the text itself under stringData' : 'put it in quotes',
          },
        ],
  );
}

const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text);
