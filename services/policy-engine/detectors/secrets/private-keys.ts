// Private keys in PEM form: the whole block where it ends, else its first line, which is all that some people paste.
import { matchesOf } from '../matches-of.ts';
import type { FoundSecret } from './read-secrets.ts';

const BEGIN = /-----BEGIN (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END (?:[A-Z0-9]{2,10} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g;

export function findPrivateKeys(shown: string): FoundSecret[] {
  const found: FoundSecret[] = [];
  const ends = matchesOf(END, shown);
  let next = 0;
  let done = 0;
  for (const { 0: begin, index } of matchesOf(BEGIN, shown)) {
    if (index < done) continue;
    while (next < ends.length && (ends[next]?.index ?? 0) < index) next++;
    const end = ends[next];
    done = end === undefined ? index + begin.length : end.index + end[0].length;
    found.push({ kind: 'PrivateKey', start: index, end: done, value: shown.slice(index, done) });
  }
  return found;
}
