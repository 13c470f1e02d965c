// Hong Kong identity card: one or two letters, six digits and a check character, mostly in brackets: `A123456(3)`.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';
import { hasContext, isOtherNumber } from './neighbours.ts';

const CARD = /(?<![a-z0-9加]|[a-z0-9]-)([a-z]{1,2}) ?(\d{6}) ?(?:\(([0-9a])\)|([0-9a]))(?!-?[a-z0-9])/g;
/** Two letters that are in use and begin nothing else: EC begins passports. */
const PAIRS = /^(?:wx|x[a-h])$/;
const SAID = /香港|身份证|hkid|id ?card|id no/;

export function findHongKongIds(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  for (const match of matchesOf(CARD, shown)) {
    const [written, letters = '', digits = '', bracketed, bare] = match;
    const isValid = hongKongCheck(letters, digits) === (bracketed ?? bare);
    const end = match.index + written.length;
    // One in eleven of all letters with seven digits is valid: without brackets it must not be announced as something else.
    const isUsual = letters.length === 1 || PAIRS.test(letters);
    const isBelieved = bracketed !== undefined || (isValid && isUsual && !isOtherNumber(shown, match.index));
    if (!isBelieved && !hasContext(shown, match.index, end, SAID)) continue;
    candidates.push({
      kind: 'HongKongId',
      start: match.index,
      end,
      value: `${letters}${digits}(${bracketed ?? bare})`.toUpperCase(),
      validity: isValid ? 'Valid' : 'ChecksumWrong',
    });
  }
  return candidates;
}

/** Weights 9 to 2 over two letters (A = 10 …, a blank = 36) and six digits; the sum with the check is a multiple of 11. */
export function hongKongCheck(letters: string, digits: string): string {
  const [first, second] = letters.length === 2 ? letters : [' ', letters];
  const values = [first, second, ...digits].map((character) =>
    character === ' ' ? 36 : Number.parseInt(character as string, 36),
  );
  const sum = values.reduce((total, value, at) => total + value * (9 - at), 0);
  return '0a987654321'[sum % 11] as string;
}
