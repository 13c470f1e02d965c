// A lexicon is UTF-8 text with one term a line. Empty lines and lines that begin with # are left out.

/** At most so many terms; a longer list is split over several lexicons. */
export const MAX_LEXICON_TERMS = 500_000;
/** UTF-16 code units; the same bound as for the terms of a policy. */
export const MAX_TERM_LENGTH = 128;
/** UTF-16 code units of a line that is an address of the net. */
export const MAX_ADDRESS_LENGTH = 2048;

export type ParsedLexicon =
  | { readonly ok: true; readonly terms: readonly string[] }
  | { readonly ok: false; readonly message: string };

export function parseLexicon(bytes: Uint8Array): ParsedLexicon {
  const text = decode(bytes);
  if (text === undefined) return { ok: false, message: 'the lexicon is not UTF-8: save it as UTF-8' };
  const terms = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (terms.length === 0) return { ok: false, message: 'the lexicon has no terms: write one term a line' };
  if (terms.length > MAX_LEXICON_TERMS)
    return {
      ok: false,
      message: `the lexicon has ${terms.length} terms, more than ${MAX_LEXICON_TERMS}: split it`,
    };
  const long = terms.find((term) => term.length > longestOf(term));
  if (long !== undefined)
    return {
      ok: false,
      message: `the term ${JSON.stringify(long.slice(0, 20))}… is longer than ${longestOf(long)} characters: write one term a line`,
    };
  return { ok: true, terms };
}

const longestOf = (term: string): number =>
  /^[a-z]+:\/\//i.test(term) ? MAX_ADDRESS_LENGTH : MAX_TERM_LENGTH;

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
