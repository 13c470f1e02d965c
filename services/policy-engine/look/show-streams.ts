// What the views make of one text, step by step, and which of them read which stream. A step is taken only where a policy asks for a view
// that needs it and the text holds something to rewrite; a view whose stream would come out unchanged rides on the plainer one.
import { foldText } from '../views/folding/fold-text.ts';
import { literal } from '../views/literal.ts';
import { readAloud } from '../views/pinyin/read-aloud.ts';
import { views } from '../views/registry.ts';
import { readLookalikes, stripSeparators } from '../views/strip-separators.ts';
import { createBuffer, type TextBuffer } from '../views/text-buffer.ts';
import { LOOKALIKE, PICTURE, SEPARATOR } from '../views/traits.ts';
import type { Rewrite } from '../views/view.ts';
import type { Look } from './build-look.ts';

export interface StreamVisitor {
  /**
   * Searches a stream. Its maps point into `base`, which is the stream itself when it is made from the original. `readers`: bits of the
   * views that read it.
   */
  readonly search: (look: Look, stream: TextBuffer, base: TextBuffer, readers: number) => void;
  /** Runs the patterns of a look over a stream that is made from the original. */
  readonly match: (look: Look, stream: TextBuffer) => void;
}

interface Rewriter extends Rewrite {
  readonly bit: number;
}

const FOLDED = 1 << views.findIndex(({ name }) => name === 'Folded');
const rewriters: readonly Rewriter[] = views.flatMap(({ rewrites = [] }, place) =>
  rewrites.map((rewrite) => ({ ...rewrite, bit: 1 << place })),
);
const CHANGED = SEPARATOR | LOOKALIKE | PICTURE;

export class StreamMaker {
  readonly #looks: readonly Look[];
  readonly #visitor: StreamVisitor;
  readonly #folded = createBuffer();
  readonly #stripped = createBuffer();
  readonly #rewritten = createBuffer();
  readonly #streams = { folded: this.#folded, stripped: this.#stripped };
  readonly #folds: boolean;

  constructor(looks: readonly Look[], visitor: StreamVisitor) {
    this.#looks = looks;
    this.#visitor = visitor;
    this.#folds = looks.some(({ space }) => space !== 'Literal');
  }

  show(text: string): void {
    if (this.#folds) foldText(text, this.#folded);
    for (const look of this.#looks)
      if (look.space === 'Letters') this.#showLetters(look);
      else if (look.space === 'Syllables') this.#showSyllables(look);
      else this.#showLiteral(look, text);
  }

  #showLiteral(look: Look, text: string): void {
    const stream = this.#rewritten;
    literal.show(text, stream);
    this.#visitor.search(look, stream, stream, look.asks);
    this.#visitor.match(look, stream);
  }

  #showLetters(look: Look): void {
    const folded = this.#folded;
    const riding = look.asks & ~FOLDED;
    const readers = riding === 0 ? look.asks : (look.asks & FOLDED) | this.#showStripped(look, riding);
    if ((look.asks & FOLDED) !== 0) readLookalikes(folded);
    this.#visitor.search(look, folded, folded, readers);
    this.#visitor.match(look, folded);
  }

  /** Searches what has changed; returns the views for which nothing did. */
  #showStripped(look: Look, asked: number): number {
    const stripped = this.#stripped;
    const seen = stripSeparators(this.#folded, stripped);
    let riding = asked;
    for (const { bit, traits, rewrite } of rewriters) {
      if ((asked & bit) === 0 || (seen & traits) === 0) continue;
      if (!rewrite(this.#streams, this.#rewritten)) continue;
      this.#visitor.search(look, this.#rewritten, this.#folded, bit);
      riding &= ~bit;
    }
    if ((seen & CHANGED) === 0 || riding === 0) return riding;
    this.#visitor.search(look, stripped, this.#folded, riding);
    return 0;
  }

  #showSyllables(look: Look): void {
    readAloud(this.#folded, this.#rewritten);
    this.#visitor.search(look, this.#rewritten, this.#folded, look.asks);
  }
}
