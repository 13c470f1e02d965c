// E-mail addresses, also with (at) and [dot], and beside Han without a blank.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

/** How the at sign is written where it is not one. */
export const EMAIL_CLUES = [
  '(at)',
  '[at]',
  '{at}',
  '#at#',
  // ` at ` alone is in every second English message; without ` dot ` behind it, it is no address.
  ' dot ',
  '#163.',
  '#126.',
  '#qq.',
  '#gmail.',
  '#outlook.',
];
const AT = /@|\(at\)|\[at\]|\{at\}|#at#|#(?=(?:163|126|qq|gmail|outlook)\.)| at (?=[a-z0-9-]{1,63} dot )/g;
const LOCAL = /[a-z0-9!#$%&'*+/=?^_`{|}~.-]/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,62})(?:\.|\[\.\]|\(dot\)|\[dot\]| dot ))+[a-z]{2,24}(?![a-z0-9-])/;
const LONGEST_LOCAL = 64;
const LONGEST_DOMAIN = 255;

export function findEmails(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  if (!/[@#]|.at./.test(shown)) return candidates;
  for (const { 0: at, index } of matchesOf(AT, shown)) {
    const start = startOfLocal(shown, index);
    const domain = DOMAIN.exec(shown.slice(index + at.length, index + at.length + LONGEST_DOMAIN))?.[0];
    if (start === index || domain === undefined) continue;
    const end = index + at.length + domain.length;
    const value = `${shown.slice(start, index)}@${domain.replace(/\[\.\]|[([]dot[)\]]| dot /g, '.')}`;
    candidates.push({ kind: 'Email', start, end, value, validity: 'Valid' });
  }
  return candidates;
}

/** Where the part before the at sign begins: it may hold dots, but not at its ends; and not the brackets of `<a@b.cn>`. */
function startOfLocal(shown: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < LONGEST_LOCAL && LOCAL.test(shown[start - 1] as string)) start--;
  while (start < end && !/[a-z0-9]/.test(shown[start] as string)) start++;
  return shown[end - 1] === '.' ? end : start;
}
