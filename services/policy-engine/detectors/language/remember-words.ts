// What was found out about a word is kept: chats say the same words again and again.

/** Beyond so many words all are forgotten: names and numbers would fill any memory. */
const MOST_KNOWN_WORDS = 8192;
/** V8 copies a part of a text up to this length, UTF-16 units; a longer word may be a slice of its message, which would be kept with it. */
const MOST_KNOWN_LENGTH = 12;

/** The same answers as `find`, which must be pure and never give `undefined`. */
export function rememberWords<Answer>(find: (word: string) => Answer): (word: string) => Answer {
  const answers = new Map<string, Answer>();
  return (word) => {
    const known = answers.get(word);
    if (known !== undefined) return known;
    const answer = find(word);
    if (word.length > MOST_KNOWN_LENGTH) return answer;
    if (answers.size >= MOST_KNOWN_WORDS) answers.clear();
    answers.set(word, answer);
    return answer;
  };
}
