// Dots, colons and slashes that are written so that programs do not see an address (`evil[.]com`, `evil。com`, `evil点com`,
// `hxxp[:]//`) become ordinary ones, with a map back.
import { matchesOf } from '../matches-of.ts';
import { makePlain } from '../plain-text.ts';
import type { ReadableText } from '../readable-text.ts';

export interface UndisguisedText extends ReadableText {
  /** Whether something was undone between two places of `shown`. */
  readonly isDisguised: (start: number, end: number) => boolean;
}

const POPULAR =
  '(?:com|cn|net|org|top|xyz|vip|cc|io|info|club|site|shop|online|app|me|tv|hk|tw)(?![A-Za-z0-9])';
const DISGUISES = new RegExp(
  [
    // A dot in brackets.
    String.raw`(?<=[\p{L}\p{N}-]) ?[[({【（〔]\s?(?:\.|。|dot|点|點)\s?[\])}】）〕] ?(?=[\p{L}\p{N}])`,
    // A full stop that is none: the next words are a name's end, not a sentence.
    `(?<=[A-Za-z0-9-])[。｡](?=(?:[A-Za-z0-9-]{1,63}[.。｡]){0,4}(?:com|cn|net|org|gov|edu|top|xyz|vip|cc|io|info)(?![A-Za-z0-9]))`,
    '(?<=[.。｡](?:com|net|org|gov|edu))[。｡](?=(?:cn|hk|tw|mo|sg|my)(?![A-Za-z0-9]))',
    // The word.
    `(?<=[A-Za-z0-9-]) ?(?:点|點) ?(?=(?:[A-Za-z0-9-]{1,63}(?:点|點|\\.)){0,4}${POPULAR})`,
    `(?<=[A-Za-z0-9-]) dot (?=${POPULAR})`,
    // Blanks around a dot.
    '(?<=[A-Za-z0-9-])(?: \\. ?|\\. )(?=(?:com|cn|net)(?![A-Za-z0-9]))',
    // Colon and slashes in brackets.
    String.raw`[[({](?::\/{0,2}|\/)[\])}]`,
  ].join('|'),
  'giu',
);
const HINT = /[。｡点點]|dot|[[({【（〔]\s?[.:/]|[ .](?:\. ?|(?<=\.) )(?:com|cn|net)/i;

export function undoDisguise(text: string): UndisguisedText {
  const plain = makePlain(text);
  if (!HINT.test(plain.shown)) return { ...plain, isDisguised: () => false };
  let shown = '';
  let done = 0;
  const edits: Edit[] = [];
  for (const { 0: written, index } of matchesOf(DISGUISES, plain.shown)) {
    shown += plain.shown.slice(done, index);
    const undone = /[:/]/.test(written) ? written.slice(1, -1) : '.';
    edits.push({ at: shown.length, length: undone.length, from: index, to: index + written.length });
    shown += undone;
    done = index + written.length;
  }
  if (edits.length === 0) return { ...plain, isDisguised: () => false };
  shown += plain.shown.slice(done);
  return {
    shown,
    locate: (start, end) => plain.locate(toPlain(edits, start, 'from'), toPlain(edits, end - 1, 'to') + 1),
    isDisguised: (start, end) => {
      const edit = edits[firstAtOrAfter(edits, start)];
      return edit !== undefined && edit.at < end;
    },
  };
}

interface Edit {
  /** Where the ordinary characters stand in `shown`, and how many. */
  readonly at: number;
  readonly length: number;
  /** What they stand for in the plain text. */
  readonly from: number;
  readonly to: number;
}

/** The plain unit of a shown one; of an edit its first (`from`) or last (`to`) unit. */
function toPlain(edits: readonly Edit[], place: number, side: 'from' | 'to'): number {
  const edit = edits[firstAtOrAfter(edits, place + 1) - 1];
  if (edit === undefined) return place;
  if (place < edit.at + edit.length) return side === 'from' ? edit.from : edit.to - 1;
  return place - (edit.at + edit.length) + edit.to;
}

/** Index of the first edit at or after a place; edits are in order. */
function firstAtOrAfter(edits: readonly Edit[], place: number): number {
  let [from, to] = [0, edits.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((edits[middle] as Edit).at < place) from = middle + 1;
    else to = middle;
  }
  return from;
}
