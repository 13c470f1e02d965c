// What a terminal would show: a tiny one is played here, and only what it is sent counts.
import { expect, test } from 'vitest';
import { TerminalScreen } from './terminal-screen.ts';

class FakeTerminal {
  columns = 20;
  rows = 3;
  readonly writes: string[] = [];
  grid: string[] = [];

  write(text: string): void {
    this.writes.push(text);
    if (text.includes('[2J')) this.grid = [];
    for (const [, row = '', line = ''] of text.matchAll(/\[(\d+);1H(\P{Cc}*)\p{Cc}\[K/gu))
      this.grid[Number(row) - 1] = line;
  }
}

test('shows the lines, and later only what changed', () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.draw(['one', 'two', 'three']);
  screen.draw(['one', 'TWO', 'three']);
  expect(terminal.grid).toEqual(['one', 'TWO', 'three']);
  expect(terminal.writes).toHaveLength(2);
  expect(terminal.writes[1]).not.toContain('one');
});

test('writes nothing when nothing changed', () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.draw(['one']);
  screen.draw(['one']);
  expect(terminal.writes).toHaveLength(1);
});

test('draws everything again after a resize', () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.draw(['one', 'two']);
  terminal.columns = 40;
  screen.draw(['one', 'two']);
  expect(terminal.writes[1]).toContain('one');
  expect(screen.size()).toEqual({ columns: 40, rows: 3 });
});

test('gives the terminal back: cursor shown, first screen restored, once', () => {
  const terminal = new FakeTerminal();
  const screen = new TerminalScreen(terminal);
  screen.draw(['one']);
  screen.leave();
  screen.leave();
  expect(terminal.writes.filter((text) => text.includes('[?1049l') && text.includes('[?25h'))).toHaveLength(
    1,
  );
});
