// Every match of a pattern. `matchAll` makes a copy of the pattern for each text, which costs more than searching a chat message.

const NONE: readonly RegExpExecArray[] = [];

/** In order, not overlapping. `pattern` must be global and must not match the empty text. */
export function matchesOf(pattern: RegExp, text: string): readonly RegExpExecArray[] {
  pattern.lastIndex = 0;
  let match = pattern.exec(text);
  if (match === null) return NONE;
  const matches: RegExpExecArray[] = [];
  for (; match !== null; match = pattern.exec(text)) matches.push(match);
  return matches;
}
