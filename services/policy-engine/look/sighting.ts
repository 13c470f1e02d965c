// What is seen of the message at hand: which rules it wakes, and, for the conditions of those rules, where terms and patterns occur.
// One object per engine, reused from message to message; nothing of a message survives the next `look`.
import { createOccurrences, scan } from '../automaton/scan.ts';
import type { EngineParts } from '../build-engine.ts';
import type { Clue, PatternWatch, Reader, Sight, Span, TermWatch } from '../detector.ts';
import type { MessageFacts } from '../facts.ts';
import { findMatches } from '../patterns/find-matches.ts';
import { createBuffer, endOf, readUnits, startOf, type TextBuffer } from '../views/text-buffer.ts';
import type { View } from '../views/view.ts';
import { isWordUnit } from '../views/word-units.ts';
import type { Look } from './build-look.ts';
import { createMarks, type Marks } from './marks.ts';
import { createRecords, type SpanRecord, type SpanRecords } from './span-records.ts';

export class Sighting implements Sight {
  facts: MessageFacts = NO_MESSAGE;
  readonly #engine: EngineParts;
  readonly #buffer: TextBuffer = createBuffer();
  readonly #occurrences = createOccurrences();
  readonly #records: SpanRecords;
  readonly #awake: Marks;
  readonly #wokenPatterns: Marks;
  readonly #gates: Marks;
  /** Pattern → bits of the groups of its gate that have occurred. */
  readonly #opened: Int32Array;
  readonly #wholeGates: Int32Array;
  readonly #patternSpans = new Map<number, readonly Span[]>();
  readonly #read = new Map<Reader<unknown>, readonly (readonly unknown[])[]>();
  readonly #onPattern = (pattern: number): void => this.#wakePattern(pattern);
  readonly #shown = { buffer: createBuffer(), text: -1, view: undefined as View | undefined, string: '' };

  constructor(engine: EngineParts) {
    this.#engine = engine;
    this.#records = createRecords(engine.wakes.byWatch.length);
    this.#awake = createMarks(engine.rules.length);
    this.#wokenPatterns = createMarks(engine.patterns.length);
    this.#gates = createMarks(engine.patterns.length);
    this.#opened = new Int32Array(engine.patterns.length);
    this.#wholeGates = Int32Array.from(engine.patterns, ({ gate = [] }) => (1 << gate.length) - 1);
  }

  /** Looks at a message. Returns the numbers of the rules it wakes, in order; valid until the next call. */
  look(facts: MessageFacts): readonly number[] {
    this.facts = facts;
    this.#records.clear();
    this.#awake.clear();
    this.#wokenPatterns.clear();
    this.#gates.clear();
    if (this.#patternSpans.size > 0) this.#patternSpans.clear();
    if (this.#read.size > 0) this.#read.clear();
    this.#shown.text = -1;
    const { looks, wakes } = this.#engine;
    for (let text = 0; text < facts.texts.length; text++) for (const look of looks) this.#lookAt(look, text);
    for (const [clue, rules] of wakes.byClue) if (this.#shows(clue)) this.#wake(rules);
    this.#wake(wakes.byType.get(facts.messageType));
    if (facts.media.length > 0) this.#wake(wakes.byMedia);
    this.#wake(wakes.always);
    return this.#awake.sorted();
  }

  termSpans(watch: TermWatch): readonly Span[] {
    const { looks } = this.#engine;
    return this.#records.read(watch.id, (record) => {
      const look = looks[record.look] as Look;
      return {
        text: record.text,
        start: record.start,
        end: record.end,
        view: look.view.name,
        shownStart: record.shownStart,
        shownEnd: record.shownEnd,
        seen: look.terms[record.term] as string,
        term: record.index,
      };
    });
  }

  patternSpans(watch: PatternWatch): readonly Span[] {
    const known = this.#patternSpans.get(watch.id);
    if (known !== undefined) return known;
    const spans = this.facts.texts.flatMap((_, text) => this.#search(watch.id, text));
    this.#patternSpans.set(watch.id, spans);
    return spans;
  }

  readTexts<Fact>(reader: Reader<Fact>): readonly (readonly Fact[])[] {
    const known = this.#read.get(reader) as readonly (readonly Fact[])[] | undefined;
    if (known !== undefined) return known;
    const found = this.facts.texts.map(({ text }) => reader(text));
    this.#read.set(reader, found);
    return found;
  }

  #shows(clue: Clue): boolean {
    for (const { text } of this.facts.texts) if (clue(text)) return true;
    return false;
  }

  #search(number: number, text: number): Span[] {
    const pattern = this.#engine.patterns[number];
    if (pattern === undefined) return [];
    const shown = this.#show(pattern.view, text);
    return findMatches(pattern.compiled, shown).map(([shownStart, shownEnd]) => ({
      text,
      start: startOf(this.#shown.buffer, shownStart),
      end: endOf(this.#shown.buffer, shownEnd - 1),
      view: pattern.view.name,
      shownStart,
      shownEnd,
      seen: shown.slice(shownStart, shownEnd),
      term: -1,
    }));
  }

  /** What a view shows of a text, as a string, with the buffer that maps it back. */
  #show(view: View, text: number): string {
    const shown = this.#shown;
    if (shown.text === text && shown.view === view) return shown.string;
    view.show(this.facts.texts[text]?.text ?? '', shown.buffer);
    shown.text = text;
    shown.view = view;
    shown.string = readUnits(shown.buffer, 0, shown.buffer.length);
    return shown.string;
  }

  #lookAt(look: Look, text: number): void {
    const buffer = this.#buffer;
    look.view.show(this.facts.texts[text]?.text ?? '', buffer);
    scan(look.automaton, buffer, this.#occurrences);
    if (this.#occurrences.length > 0) this.#keepOccurrences(look, text);
    look.patterns?.match(buffer, this.#onPattern);
  }

  #keepOccurrences(look: Look, text: number): void {
    const { pairs, length } = this.#occurrences;
    const { start, whole, edges } = look.postings;
    for (let at = 0; at < length; at += 2) {
      const term = pairs[at] as number;
      const shownEnd = pairs[at + 1] as number;
      const shownStart = shownEnd - (look.automaton.termLength[term] as number);
      const isWhole = standsAlone(this.#buffer, shownStart, shownEnd, edges[term] as number);
      const last = start[term + 1] as number;
      for (let posting = start[term] as number; posting < last; posting++)
        if (isWhole || whole[posting] === 0) this.#keep(look, posting, { text, term, shownStart, shownEnd });
    }
  }

  #keep(look: Look, posting: number, at: Occurrence): void {
    const target = look.postings.target[posting] as number;
    if (target < 0) this.#openGate(-1 - target, look.postings.index[posting] as number);
    else if (this.#records.add(target, this.#record(look, posting, at)))
      this.#wake(this.#engine.wakes.byWatch[target]);
  }

  #record(look: Look, posting: number, at: Occurrence): SpanRecord {
    return {
      ...at,
      look: this.#engine.looks.indexOf(look),
      index: look.postings.index[posting] as number,
      start: startOf(this.#buffer, at.shownStart),
      end: endOf(this.#buffer, at.shownEnd - 1),
    };
  }

  /** A literal of a group has occurred; when every group of the gate has, the pattern may match. */
  #openGate(pattern: number, group: number): void {
    if (this.#gates.add(pattern)) this.#opened[pattern] = 0;
    const opened = (this.#opened[pattern] as number) | (1 << group);
    this.#opened[pattern] = opened;
    if (opened === this.#wholeGates[pattern]) this.#wakePattern(pattern);
  }

  #wakePattern(pattern: number): void {
    if (this.#wokenPatterns.add(pattern)) this.#wake(this.#engine.wakes.byPattern[pattern]);
  }

  #wake(rules: readonly number[] | undefined): void {
    if (rules !== undefined) for (const rule of rules) this.#awake.add(rule);
  }
}

interface Occurrence {
  readonly text: number;
  readonly term: number;
  readonly shownStart: number;
  readonly shownEnd: number;
}

/** Whether the word goes on at neither side. `edges` says at which sides the term is a word at all. */
function standsAlone(buffer: TextBuffer, start: number, end: number, edges: number): boolean {
  const { units, length } = buffer;
  if ((edges & 1) !== 0 && start > 0 && isWordUnit(units[start - 1] as number)) return false;
  return (edges & 2) === 0 || end >= length || !isWordUnit(units[end] as number);
}

const NO_MESSAGE: MessageFacts = {
  corpId: '',
  msgid: '',
  seq: '0',
  messageType: 'unknown',
  conversationId: '',
  conversationKind: 'Direct',
  direction: 'Unknown',
  sender: { id: '', kind: 'Unknown', departments: [] },
  recipients: { ids: [], staff: 0, external: 0, robot: 0, unknown: 0, departments: [] },
  texts: [],
  media: [],
  capturedAtMs: 0,
  eventTimeMs: 0,
  messageDigest: 'sha256:',
  factsVersion: 0,
};
