// The two ways to show a run: as a screen that is redrawn, or as lines where there is no terminal.
import type { DemoSnapshot } from './demo-snapshot.ts';
import { renderProgress } from './render-progress.ts';
import { renderView } from './render-view.ts';
import { type TerminalOutput, TerminalScreen } from './terminal-screen.ts';

export interface Display {
  /** Shows the moment; called several times a second. */
  show(snapshot: DemoSnapshot): void;
  /** Something happened that a reader of lines would not see otherwise; a screen shows it by itself. */
  tell(text: string, good: boolean): void;
  /** Gives the terminal back. */
  end(): void;
}

export function screenDisplay(output: TerminalOutput): Display {
  const screen = new TerminalScreen(output);
  return {
    show: (snapshot) => screen.draw(renderView(snapshot, screen.size())),
    tell: () => {},
    end: () => screen.leave(),
  };
}

/** A line this often at most. */
const LINE_PERIOD_MS = 2000;

export function lineDisplay(say: (line: string) => void): Display {
  let lastLine = '';
  let lastLineAtMs = Number.NEGATIVE_INFINITY;
  return {
    show(snapshot) {
      if (snapshot.nowMs - lastLineAtMs < LINE_PERIOD_MS) return;
      const line = renderProgress(snapshot);
      // The seconds at its beginning alone are no news.
      if (withoutTime(line) !== withoutTime(lastLine)) say(line);
      lastLine = line;
      lastLineAtMs = snapshot.nowMs;
    },
    tell: (text, good) => say(good ? text : `! ${text}`),
    end: () => {},
  };
}

const withoutTime = (line: string): string => line.replace(/^\d+ s: /, '');
