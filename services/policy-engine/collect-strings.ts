// Every string in a JSON value of unknown form, with the path to it.
import type { TextFact } from './facts.ts';

/** Never texts, wherever they stand. `sdkfileid` and `aeskey` are credentials. */
const NEVER: ReadonlySet<string> = new Set(['sdkfileid', 'aeskey', 'md5sum']);

/** In order of appearance. `skipped` fields of the value itself are left out. No recursion: a hostile value may be nested at will. */
export function collectStrings(value: object, path: string, skipped: ReadonlySet<string>): TextFact[] {
  const found: TextFact[] = [];
  const waiting: { value: unknown; path: string }[] = fieldsOf(value, path, skipped);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value === 'string' && next.value !== '')
      found.push({ path: next.path, text: next.value });
    else if (typeof next.value === 'object' && next.value !== null)
      waiting.push(...fieldsOf(next.value, next.path, NEVER));
  }
  return found;
}

/** The fields of an object or a list, last first, so that a stack gives them back in order. */
function fieldsOf(
  value: object,
  path: string,
  skipped: ReadonlySet<string>,
): { value: unknown; path: string }[] {
  if (Array.isArray(value))
    return value.map((element, index) => ({ value: element, path: `${path}[${index}]` })).reverse();
  return Object.entries(value)
    .filter(([name]) => !skipped.has(name) && !NEVER.has(name))
    .map(([name, field]) => ({ value: field, path: `${path}.${name}` }))
    .reverse();
}
