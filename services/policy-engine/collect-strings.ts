// Every string in a JSON value of unknown form, with the path to it.
import type { TextFact } from './facts.ts';

/** Never texts, wherever they stand. `sdkfileid` and `aeskey` are credentials. */
const NEVER: ReadonlySet<string> = new Set(['sdkfileid', 'aeskey', 'md5sum']);

/** In order of appearance. `skipped` fields of the value itself are left out. No recursion: a hostile value may be nested at will. */
export function collectStrings(value: object, path: string, skipped: ReadonlySet<string>): TextFact[] {
  const found: TextFact[] = [];
  const waiting: Place[] = [];
  addFields(waiting, { value, path }, skipped);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next.value === 'string' && next.value !== '')
      found.push({ path: next.path, text: next.value });
    else if (typeof next.value === 'object' && next.value !== null) addFields(waiting, next, NEVER);
  }
  return found;
}

interface Place {
  readonly value: unknown;
  readonly path: string;
}

/** Puts the fields of an object or a list on the stack, last first, so that they come back in order. */
function addFields(waiting: Place[], { value, path }: Place, skipped: ReadonlySet<string>): void {
  const isList = Array.isArray(value);
  const fields = Object.entries(value as object);
  for (const [name, field] of fields.reverse()) {
    if (isList) waiting.push({ value: field, path: `${path}[${name}]` });
    else if (!skipped.has(name) && !NEVER.has(name))
      waiting.push({ value: field, path: path === '' ? name : `${path}.${name}` });
  }
}
