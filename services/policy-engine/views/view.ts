// A view is one way of looking at a text, with a map back to the original. Adding one: a file beside this with a View, and a line in registry.ts.
import type { TextBuffer } from './text-buffer.ts';

export interface View {
  /** As policies name it under `see` and as evidence reports it. */
  readonly name: string;
  /** True when the view makes letter case equal: patterns are then matched without regard to case. */
  readonly ignoresCase: boolean;
  /** Writes what the view shows of `text` into `out`, replacing what is there. Terms are shown through it as well. */
  readonly show: (text: string, out: TextBuffer) => void;
}
