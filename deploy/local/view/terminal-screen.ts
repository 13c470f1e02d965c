// Draws frames of lines on a terminal without flicker: on the alternate screen, in place, only lines that changed, as one write.
import type { ViewSize } from './render-view.ts';

/** The part of `process.stdout` that is used. */
export interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const ESCAPE = '\u001b[';
const ENTER = `${ESCAPE}?1049h${ESCAPE}?25l${ESCAPE}2J`;
const LEAVE = `${ESCAPE}?25h${ESCAPE}?1049l`;
// Synchronised output: a terminal that knows it shows the frame at once, any other ignores it.
const BEGIN = `${ESCAPE}?2026h`;
const END = `${ESCAPE}?2026l`;

export class TerminalScreen {
  readonly #out: TerminalOutput;
  #shown: readonly string[] = [];
  #size: ViewSize = { columns: 0, rows: 0 };
  #entered = false;

  constructor(out: TerminalOutput) {
    this.#out = out;
  }

  size(): ViewSize {
    return { columns: this.#out.columns ?? 80, rows: this.#out.rows ?? 24 };
  }

  /** Shows the lines, one a row. */
  draw(lines: readonly string[]): void {
    const size = this.size();
    const resized = size.columns !== this.#size.columns || size.rows !== this.#size.rows;
    const clear = this.#entered ? (resized ? `${ESCAPE}2J` : '') : ENTER;
    const before = clear === '' ? this.#shown : [];
    const changed = lines.flatMap((line, row) =>
      line === before[row] ? [] : [`${ESCAPE}${row + 1};1H${line}${ESCAPE}K`],
    );
    if (clear !== '' || changed.length > 0) this.#out.write(`${BEGIN}${clear}${changed.join('')}${END}`);
    this.#entered = true;
    this.#size = size;
    this.#shown = lines;
  }

  /** Gives the terminal back as it was. */
  leave(): void {
    if (this.#entered) this.#out.write(LEAVE);
    this.#entered = false;
    this.#shown = [];
  }
}
