// Patterns without a literal to look for, searched together: one pass over a text, one table look-up a character, tells which may match.
// A deterministic automaton over the programs of all patterns, whose states are made when a text first needs them (as in RE2).
// It is a gate: whoever it names is searched by itself afterwards, so when its bounds are reached it may name everybody.
import type { TextBuffer } from '../views/text-buffer.ts';
import { type CharacterClasses, classifyCharacters } from './character-classes.ts';
import { compileNeeds } from './check-needs.ts';
import { findNeeds } from './find-needs.ts';
import { type JoinedProgram, joinPrograms } from './join-programs.ts';
import type { Program } from './re2-internals.ts';
import { CONTEXT, contextAfter, stepOver } from './step-over.ts';

export interface PatternAutomaton {
  /** Calls `found` with the number of every pattern that matches what the buffer shows, perhaps more than once. */
  readonly match: (buffer: TextBuffer, found: (pattern: number) => void) => void;
}

export interface AutomatonMember {
  /** Number of the pattern in the engine. */
  readonly pattern: number;
  readonly program: Program;
}

/** Numbers in the transition table: 8 MB, or 128 KB for one pattern. When they are used up, the states are thrown away and made anew. */
const MAX_TABLE = 1 << 21;
const MAX_TABLE_OF_ONE = 1 << 15;
/** A text that needs more new states than this is hostile, and every pattern is named. */
const MAX_STATES_PER_TEXT = 4096;

interface State {
  /** Instructions that wait for the next character, ascending. */
  readonly waiting: readonly number[];
  /** {@link CONTEXT} bits. */
  readonly context: number;
  /** Patterns that matched on the way into this state. */
  readonly matched: readonly number[];
}

export function buildPatternAutomaton(members: readonly AutomatonMember[]): PatternAutomaton {
  const program = joinPrograms(members.map((member) => member.program));
  const automaton = createStates(program, classifyCharacters(program), MAX_TABLE);
  const mayMatch = compileNeeds(members.map((member) => findNeeds(member.program)));
  return {
    match: (buffer, found) => {
      if (!mayMatch(buffer)) return;
      const report = (index: number): void => found(members[index]?.pattern as number);
      if (!automaton.run(buffer, report)) for (const { pattern } of members) found(pattern);
    },
  };
}

/** Tells whether a pattern may match what a buffer shows; wrongly true for a text that is hostile. */
export function buildPatternTest(program: Program): (buffer: TextBuffer) => boolean {
  const joined = joinPrograms([program]);
  const automaton = createStates(joined, classifyCharacters(joined), MAX_TABLE_OF_ONE);
  let matches = false;
  const report = (): void => {
    matches = true;
  };
  return (buffer) => {
    matches = false;
    return !automaton.run(buffer, report) || matches;
  };
}

function createStates(program: JoinedProgram, classes: CharacterClasses, maxTable: number) {
  // One column a class, one for the end of the text, one that is always empty for units that are not whole characters.
  const end = classes.count;
  const width = classes.count + 2;
  const capacity = Math.max(16, Math.floor(maxTable / width));
  /** Row of a state + column → row of the next state, negative when the way into that completes a match, 0 when not made yet. */
  let table = new Int32Array(16 * width);
  let states: State[] = [];
  let rows = new Map<string, number>();
  /** Transitions made so far. */
  let made = 0;
  reset();

  /** False when the text needs too many new states. */
  function run({ units, length }: TextBuffer, found: (member: number) => void): boolean {
    const { pages, classOf } = classes;
    const limit = made + MAX_STATES_PER_TEXT;
    // A local, because the compiler cannot know that the loop leaves it alone.
    let current = table;
    let row = width;
    for (let index = 0; index < length; index++) {
      // Nearly every character ends here: three look-ups.
      const unit = units[index] as number;
      const column = classOf[(pages[unit >>> 8] as number) + (unit & 255)] as number;
      const next = current[row + column] as number;
      if (next > 0) {
        row = next;
        continue;
      }
      const point = pointAt(units, index, length);
      if (point > 0xffff) index++;
      row = enter(row, classes.classOfPoint(point), found);
      current = table;
      if (made > limit) return false;
    }
    enter(row, end, found);
    return true;
  }

  function enter(from: number, column: number, found: (member: number) => void): number {
    const next = (table[from + column] as number) || make(from, column);
    if (next < 0) for (const member of (states[-next / width] as State).matched) found(member);
    return Math.abs(next);
  }

  /** Makes the transition, and the state it leads to when that is new. */
  function make(from: number, column: number): number {
    made++;
    const { waiting, context } = states[from / width] as State;
    const isEnd = column === end;
    const traits = isEnd ? 0 : classes.traits(column);
    const accepts = (instruction: number): boolean => classes.accepts(instruction, column);
    const stepped = stepOver(program, { waiting, context, isEnd, traits, accepts });
    const state = { ...stepped, context: contextAfter(program, traits) };
    const key = `${state.waiting.join()};${state.context};${state.matched.join()}`;
    const known = rows.get(key);
    if (known === undefined && states.length >= capacity) {
      reset();
      return add(key, state);
    }
    const row = known ?? add(key, state);
    table[from + column] = row;
    return row;
  }

  function add(key: string, state: State): number {
    const row = (states.push(state) - 1) * width;
    const signed = state.matched.length > 0 ? -row : row;
    rows.set(key, signed);
    if (row + width > table.length) {
      const grown = new Int32Array(2 * table.length);
      grown.set(table);
      table = grown;
    }
    return signed;
  }

  /** State 0 stands for "not made yet", state 1 begins a text. */
  function reset(): void {
    table.fill(0);
    states = [{ waiting: [], context: 0, matched: [] }];
    rows = new Map();
    const waiting = [...new Set(program.starts)].sort((a, b) => a - b);
    add('start', { waiting, context: program.context & CONTEXT.textStart, matched: [] });
  }

  return { run };
}

function pointAt(units: Uint16Array, index: number, length: number): number {
  const high = units[index] as number;
  const low = index + 1 < length ? (units[index + 1] as number) : 0;
  const isPair = (low & 0xfc00) === 0xdc00 && (high & 0xfc00) === 0xd800;
  return isPair ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : high;
}
