// What letters look like: two names with one skeleton cannot be told apart at a glance. Beside what the Folded view knows, digits and
// letters of ASCII count here, because a domain is read at a glance, and the groups of Latin letters that read as another.
import { LOOKALIKE_PAIRS } from '../../views/folding/lookalikes.ts';

/** ASCII letter → letters that look like it. */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  a: 'аαɑａ@ª',
  b: 'ЬьƄɓв8',
  c: 'сϲᴄⅽс¢',
  d: 'ԁɗđⅾ',
  e: 'еҽєεɛ3',
  f: 'ƒſϝ',
  g: 'ɡցğģ9',
  h: 'һհħ',
  j: 'јϳʝ',
  k: 'кκĸқ',
  l: 'і1ӏⅼ|!ıɩιiĺļľłｌ',
  m: 'мⅿɱ',
  n: 'ոпղηռŋ',
  o: '0оοօσøөơ',
  p: 'рρþҏ',
  q: 'ԛգ',
  r: 'гɼɾяґ',
  s: 'ѕʂ5$ꜱ',
  t: 'тτţŧ7',
  u: 'υսцʋų',
  v: 'ѵνⅴ',
  w: 'ԝωшѡɯ',
  x: 'хχ×ⅹ',
  y: 'уγүʏÿ',
  z: 'ᴢʐż2',
};

const LETTERS: ReadonlyMap<string, string> = new Map([...pairsOf(LOOKALIKE_PAIRS), ...ownPairs()]);

/** Those that look like a letter of ASCII; i and 1 look like l. */
function pairsOf(text: string): [string, string][] {
  const characters = [...text];
  return characters.flatMap((character, at): [string, string][] => {
    const target = characters[at + 1] ?? '';
    return at % 2 === 0 && /[a-z]/.test(target) ? [[character, target === 'i' ? 'l' : target]] : [];
  });
}

function ownPairs(): [string, string][] {
  return Object.entries(LOOK_ALIKES).flatMap(([letter, others]) =>
    [...others].map((other): [string, string] => [other, letter]),
  );
}

const GROUPS: readonly [RegExp, string][] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
];

/** The skeleton of a label in lower case. */
export function skeletonOf(label: string): string {
  let joined = label;
  for (const [group, letter] of GROUPS) joined = joined.replace(group, letter);
  return lettersOf(joined);
}

/** The same letter by letter: of a word in a label, whose neighbours must not join its ends. Marks on letters do not count. */
export function lettersOf(label: string): string {
  let letters = '';
  for (const character of label.normalize('NFD')) {
    const isMark = character >= '\u0300' && character <= '\u036f';
    if (!isMark) letters += LETTERS.get(character) ?? character;
  }
  return letters;
}

const SCRIPTS: readonly RegExp[] = [
  /[a-z\u00c0-\u024f]/,
  /[\u0370-\u03ff]/,
  /[\u0400-\u052f]/,
  /[\u0530-\u058f]/,
];

/** Whether one label mixes letters of alphabets that no language mixes. */
export function mixesScripts(host: string): boolean {
  return host.split('.').some((label) => SCRIPTS.filter((script) => script.test(label)).length > 1);
}
