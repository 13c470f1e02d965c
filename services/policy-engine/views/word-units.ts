// Which code units continue a word in scripts that put spaces between words. Han, kana, Hangul, Thai and the like do not
// (or glue endings to words), so that there a term may stand anywhere.

const CONTINUES = 1;
const STOPS = 2;
const known = new Uint8Array(65536);

/** True for letters, digits and combining marks of scripts that separate words by spaces. Halves of surrogate pairs are false. */
export function isWordUnit(unit: number): boolean {
  const answer = known[unit];
  if (answer !== 0) return answer === CONTINUES;
  const character = String.fromCharCode(unit);
  const continues = WORD.test(character) && !UNSPACED.test(character);
  known[unit] = continues ? CONTINUES : STOPS;
  return continues;
}

const WORD = /^[\p{L}\p{M}\p{N}]$/u;
// Script extensions for the East Asian ones, which share marks such as ー; plain scripts for the others, which share accents with Latin.
const UNSPACED =
  /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Hang}\p{sc=Yiii}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}\p{sc=Lana}\p{sc=Talu}\p{sc=Tale}\p{sc=Java}\p{sc=Bali}]/u;
