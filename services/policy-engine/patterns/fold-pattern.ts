// The characters of a pattern seen through a view, as the terms of a keyword list are: `證` in a pattern finds `证` in the folded text.
// Only what stands for itself is folded; escapes, classes, groups and quantifiers stay what they are.

/** Shows one character through a view. */
export type Show = (character: string) => string;

/** Rewrites an RE2 pattern that is known to be valid. Flags that switch case sensitivity are dropped: the view has none. */
export function foldPattern(regex: string, show: Show): string {
  const source = regex.normalize('NFC');
  let folded = '';
  let inClass = false;
  for (let index = 0; index < source.length; ) {
    const syntax = readSyntax(source, index, inClass);
    if (syntax !== undefined) {
      folded += syntax.emitted;
      inClass = syntax.inClass;
      index += syntax.length;
      continue;
    }
    const character = String.fromCodePoint(source.codePointAt(index) as number);
    folded += foldCharacter(character, {
      show,
      inClass,
      isBound: inClass && isRangeBound(source, index, character),
    });
    index += character.length;
  }
  return folded;
}

interface Syntax {
  readonly length: number;
  readonly emitted: string;
  readonly inClass: boolean;
}

const ESCAPE = /\\(?:[pP](?:\{[^}]*\}|.)|x\{[^}]*\}|x..|[0-7]{1,3}|Q(?:(?!\\E).)*(?:\\E)?|.)/suy;
const NAMED_CLASS = /\[:\^?\w+:\]/y;
const GROUP = /\(\?(?:P?<\w+>|[imsU-]*[:)])/uy;

/** A piece of syntax at `index`, copied as it is; `undefined` for a character that stands for itself. */
function readSyntax(source: string, index: number, inClass: boolean): Syntax | undefined {
  const at = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = index;
    return pattern.exec(source)?.[0];
  };
  const escaped = at(ESCAPE);
  if (escaped !== undefined) return { length: escaped.length, emitted: escaped, inClass };
  if (inClass) {
    const named = at(NAMED_CLASS);
    if (named !== undefined) return { length: named.length, emitted: named, inClass };
    return source[index] === ']' ? { length: 1, emitted: ']', inClass: false } : undefined;
  }
  const open = at(/\[\^?\]?/y);
  if (open !== undefined) return { length: open.length, emitted: open, inClass: true };
  const group = at(GROUP);
  return group === undefined ? undefined : { length: group.length, emitted: withoutCaseFlag(group), inClass };
}

function withoutCaseFlag(group: string): string {
  if (group.endsWith('>')) return group;
  const flags = group.slice(2, -1).replace('i', '').replace(/-$/, '');
  if (group.endsWith(':')) return `(?${flags}:`;
  return flags === '' ? '' : `(?${flags})`;
}

function foldCharacter(character: string, at: { show: Show; inClass: boolean; isBound: boolean }): string {
  const shown = at.show(character);
  if (shown === character) return character;
  const isOne = [...shown].length === 1;
  // `[一-龥]`: moving a bound would change the range. `[A-Z]` finds small letters because the search ignores case.
  if (at.isBound) return character;
  if (isOne) return quote(shown);
  return at.inClass ? character : [...shown].length === 0 ? '' : `(?:${[...shown].map(quote).join('')})`;
}

function isRangeBound(source: string, index: number, character: string): boolean {
  const next = source[index + character.length];
  const follows = source[index + character.length + 1];
  return (next === '-' && follows !== ']') || (source[index - 1] === '-' && source[index - 2] !== '[');
}

/** `（` folds to `(`, which must not open a group. */
const quote = (character: string): string =>
  /[!-/:-@[-`{-~]/.test(character) ? `\\${character}` : character;
