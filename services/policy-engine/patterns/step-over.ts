// One step of a joined program: what waits before a character, what waits after it, and who has matched in between.
import type { JoinedProgram } from './join-programs.ts';
import { ASSERTS } from './re2-internals.ts';

/** What assertions may ask about the place before the next character. As traits of a character: what it is to the place after it. */
export const CONTEXT = { textStart: 1, newline: 2, word: 4 } as const;

export interface Step {
  readonly waiting: readonly number[];
  /** {@link CONTEXT} of the place before the character. */
  readonly context: number;
  /** The text ends here. */
  readonly isEnd: boolean;
  /** {@link CONTEXT} bits of the character: whether it is a newline, and of a word. */
  readonly traits: number;
  /** Whether a rune instruction accepts the character. */
  readonly accepts: (instruction: number) => boolean;
}

/** Both lists ascending and without repetition. A search begins anew at every character, so the starts always wait. */
export function stepOver(program: JoinedProgram, step: Step): { waiting: number[]; matched: number[] } {
  const holding = assertionsThatHold(step);
  const seen = new Set<number>();
  const waiting = new Set<number>(step.isEnd ? [] : program.starts);
  const matched = new Set<number>();
  const open = [...step.waiting];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const instruction = program.instructions[at];
    if (instruction === undefined || seen.has(at)) continue;
    seen.add(at);
    switch (instruction.kind) {
      case 'alternative':
        open.push(instruction.out, instruction.other);
        break;
      case 'assertion':
        if ((instruction.asserts & ~holding) === 0) open.push(instruction.out);
        break;
      case 'pass':
        open.push(instruction.out);
        break;
      case 'match':
        matched.add(instruction.member);
        break;
      case 'rune':
        if (!step.isEnd && step.accepts(at)) waiting.add(instruction.out);
        break;
      case 'fail':
        break;
    }
  }
  return { waiting: ascending(waiting), matched: ascending(matched) };
}

function assertionsThatHold({ context, isEnd, traits }: Step): number {
  const atStart = (context & CONTEXT.textStart) !== 0;
  const isEdge = (context & CONTEXT.word) !== (traits & CONTEXT.word);
  return (
    (atStart ? ASSERTS.textStart : 0) |
    (atStart || (context & CONTEXT.newline) !== 0 ? ASSERTS.lineStart : 0) |
    (isEnd ? ASSERTS.textEnd : 0) |
    (isEnd || (traits & CONTEXT.newline) !== 0 ? ASSERTS.lineEnd : 0) |
    (isEdge ? ASSERTS.wordEdge : ASSERTS.noWordEdge)
  );
}

/** The place after a character, as far as the program asks about it. */
export const contextAfter = (program: JoinedProgram, traits: number): number => traits & program.context;

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b);
