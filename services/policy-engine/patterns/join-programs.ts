// Several pattern programs as one, in which each match tells whose it is.
import { ASSERTS, type Instruction, type Program } from './re2-internals.ts';
import { CONTEXT } from './step-over.ts';

export interface JoinedProgram {
  readonly instructions: readonly JoinedInstruction[];
  /** First instruction of each member. */
  readonly starts: readonly number[];
  /** {@link CONTEXT} bits that some assertion asks for; the others need not be kept apart. */
  readonly context: number;
}

export interface JoinedInstruction extends Instruction {
  /** Index of the member. */
  readonly member: number;
}

export function joinPrograms(programs: readonly Program[]): JoinedProgram {
  const instructions: JoinedInstruction[] = [];
  const starts: number[] = [];
  for (const [member, program] of programs.entries()) {
    const base = instructions.length;
    starts.push(base + program.start);
    for (const instruction of program.instructions)
      instructions.push({
        ...instruction,
        member,
        out: base + instruction.out,
        other: base + instruction.other,
      });
  }
  const asserts = instructions.reduce((all, instruction) => all | instruction.asserts, 0);
  return { instructions, starts, context: contextOf(asserts) };
}

function contextOf(asserts: number): number {
  const has = (bits: number): boolean => (asserts & bits) !== 0;
  return (
    (has(ASSERTS.textStart | ASSERTS.lineStart) ? CONTEXT.textStart : 0) |
    (has(ASSERTS.lineStart | ASSERTS.lineEnd) ? CONTEXT.newline : 0) |
    (has(ASSERTS.wordEdge | ASSERTS.noWordEdge) ? CONTEXT.word : 0)
  );
}
