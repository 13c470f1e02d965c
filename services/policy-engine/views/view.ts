// A view is one way of looking at a text, with a map back to the original. Adding one: a file beside this with a View, and a line in registry.ts.
// What is looked at is a stream of code units. Views that look at the same kind of stream share it, and the automaton that searches it:
// Reversed and Initials read the text that Separators makes and differ only in how they spell a term.
import type { TextBuffer } from './text-buffer.ts';

export interface View {
  /** As policies name it under `see` and as evidence reports it. */
  readonly name: string;
  /** Which streams its terms are looked for in, and thereby with which other views it shares an automaton. */
  readonly space: Space;
  /** Further work on the text, in one or several ways, for the views that do not just read what Separators leaves. */
  readonly rewrites?: readonly Rewrite[];
  /**
   * The ways in which the view may show a term, given as the policy writes it; none when nothing is left of it. The plain spelling is
   * among them, so that a view sees what Folded sees as well.
   */
  readonly spell: (term: string) => readonly string[];
  /** Whether an occurrence is what it seems, asked for occurrences only. Absent: always. Never asked where the text says the term plainly. */
  readonly accepts?: (glimpse: Glimpse) => boolean;
  /** What evidence says was seen, where the spelling is not fit to be read. */
  readonly read?: (spelling: string) => string;
}

/** A view that stands by itself: it makes its stream out of the original text, and patterns can be searched in it. */
export interface TextView extends View {
  /** True when the view makes letter case equal: patterns are then matched without regard to case. */
  readonly ignoresCase: boolean;
  /** Writes what the view shows of `text` into `out`, replacing what is there. */
  readonly show: (text: string, out: TextBuffer) => void;
}

/**
 * Literal: the text as written. Letters: the folded text, and the same without separators, in its several rewritings. Syllables: how the
 * folded text is read.
 */
export type Space = 'Literal' | 'Letters' | 'Syllables';

/** How a view rewrites the text that is left without separators. Maps of `out` point into `folded`. */
export interface Rewrite {
  /** Traits (traits.ts) of which the text must show one for there to be anything to rewrite. */
  readonly traits: number;
  /** False when nothing was rewritten: what `out` holds is then of no use. */
  readonly rewrite: (text: Streams, out: TextBuffer) => boolean;
}

/** A text after the steps that all views of the space Letters share. */
export interface Streams {
  readonly folded: TextBuffer;
  /** Without separators, lookalikes replaced. Its map points into {@link folded}. */
  readonly stripped: TextBuffer;
}

/** An occurrence as a view is asked about it. */
export interface Glimpse {
  readonly folded: TextBuffer;
  /** Where the occurrence stands in {@link folded}. */
  readonly start: number;
  readonly end: number;
  /** The term, folded, and what of it stood in the stream. */
  readonly term: string;
  readonly spelling: string;
}
