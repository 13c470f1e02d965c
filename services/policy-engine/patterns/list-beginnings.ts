// How every match of a pattern begins, where that is a short list: `(wx|v信|微信)` begins with `wx`, `v信` or `微信`.
// Finds literals where the pattern has none to show, because RE2 has made a class of them or has taken out a common prefix.
import type { Instruction, Program } from './re2-internals.ts';

/** Characters of a beginning; more seldom keeps more texts out. */
const MAX_LENGTH = 3;
const MAX_BEGINNINGS = 64;
/** With more ways to go on, a beginning stays as it is, and the others are still made longer: `sk` is in every second English message, `sky` is not. */
const MAX_WAYS_ON = 8;
/** Shorter beginnings are made longer if at all possible: one letter keeps no text out. */
const SELECTIVE = 2;

interface Way {
  readonly at: number;
  readonly text: string;
}

/** Every match begins with one of these; `undefined` when one may begin with too many characters. Some may be shorter than others. */
export function listBeginnings(program: Program): readonly string[] | undefined {
  let best: readonly string[] | undefined;
  let open: Way[] = [{ at: program.start, text: '' }];
  const finished = new Set<string>();
  for (let length = 1; length <= MAX_LENGTH && open.length > 0; length++) {
    const next = open.flatMap((way) => extend(program, way, finished));
    const beginnings = new Set([...finished, ...next.map(({ text }) => text)]);
    if (finished.has('') || beginnings.size > MAX_BEGINNINGS) return best;
    best = [...beginnings].filter((text) => !hasShorter(beginnings, text));
    open = next;
  }
  return best;
}

/** Whether a beginning of the text is in the set, so that the text adds nothing. */
function hasShorter(beginnings: ReadonlySet<string>, text: string): boolean {
  for (let length = 1; length < text.length; length++) if (beginnings.has(text.slice(0, length))) return true;
  return false;
}

/** The ways that are one character longer. A way that ends, or goes on with too many characters, is finished as it is. */
function extend(program: Program, way: Way, finished: Set<string>): Way[] {
  const longer = new Map<string, Way>();
  for (const { kind, runes, out } of nextRunes(program, way.at)) {
    const points =
      kind === 'match'
        ? undefined
        : listPoints(runes, way.text.length < SELECTIVE ? MAX_BEGINNINGS : MAX_WAYS_ON);
    if (points === undefined) finished.add(way.text);
    for (const point of points ?? []) {
      const text = way.text + String.fromCodePoint(point);
      longer.set(`${out} ${text}`, { at: out, text });
    }
  }
  return [...longer.values()];
}

/** The instructions that take the next character or end the match. Assertions are taken to hold. */
function nextRunes(program: Program, start: number): Instruction[] {
  const found: Instruction[] = [];
  const seen = new Set<number>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const instruction = program.instructions[at];
    if (instruction === undefined || seen.has(at)) continue;
    seen.add(at);
    if (instruction.kind === 'rune' || instruction.kind === 'match') found.push(instruction);
    else if (instruction.kind === 'alternative') open.push(instruction.out, instruction.other);
    else if (instruction.kind !== 'fail') open.push(instruction.out);
  }
  return found;
}

/** The characters of a set; `undefined` when it has more than `most`. */
function listPoints(runes: readonly number[], most: number): readonly number[] | undefined {
  const points: number[] = [];
  for (let index = 0; index < runes.length; index += 2) {
    const [first = 0, last = 0] = runes.slice(index, index + 2);
    if (points.length + last - first >= most) return undefined;
    for (let point = first; point <= last; point++) points.push(point);
  }
  return points;
}
