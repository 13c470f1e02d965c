// What is seen of the message at hand: which rules it wakes, and, for the conditions of those rules, where terms and patterns occur.
// One object per engine, reused from message to message; nothing of a message survives the next `look`.
import { createOccurrences, scan } from '../automaton/scan.ts';
import type { EngineParts } from '../build-engine.ts';
import type { Clue, Condition, PatternWatch, Reader, Sight, Span, TermWatch, Trigger } from '../detector.ts';
import type { MessageFacts } from '../facts.ts';
import type { Pattern } from '../patterns/compile-pattern.ts';
import { findMatches } from '../patterns/find-matches.ts';
import { buildPatternTest } from '../patterns/pattern-automaton.ts';
import { readProgram } from '../patterns/re2-internals.ts';
import { isForeignWord } from '../views/guards/foreign-word.ts';
import { views } from '../views/registry.ts';
import { createBuffer, endOf, readUnits, startOf, type TextBuffer } from '../views/text-buffer.ts';
import { LOOKALIKE, traits } from '../views/traits.ts';
import type { TextView, View } from '../views/view.ts';
import { isWordUnit } from '../views/word-units.ts';
import type { Look } from './build-look.ts';
import { createMarks, type Marks } from './marks.ts';
import { StreamMaker } from './show-streams.ts';
import { createRecords, type SpanRecords } from './span-records.ts';

export class Sighting implements Sight {
  facts: MessageFacts = NO_MESSAGE;
  readonly #engine: EngineParts;
  readonly #streams: StreamMaker;
  #text = 0;
  readonly #occurrences = createOccurrences();
  readonly #records: SpanRecords;
  readonly #awake: Marks;
  readonly #wokenPatterns: Marks;
  readonly #gates: Marks;
  /** Pattern → bits of the groups of its gate that have occurred. */
  readonly #opened: Int32Array;
  readonly #wholeGates: Int32Array;
  readonly #patternSpans = new Map<number, readonly Span[]>();
  readonly #clues: readonly { readonly clue: Clue; readonly rules: readonly number[] }[];
  readonly #patternTests: (((buffer: TextBuffer) => boolean) | undefined)[] = [];
  readonly #asked = new Set<string>();
  readonly #read = new Map<Reader<unknown>, readonly (readonly unknown[])[]>();
  readonly #onPattern = (pattern: number): void => this.#wakePattern(pattern);
  readonly #shown = {
    buffer: createBuffer(),
    text: -1,
    view: undefined as TextView | undefined,
    string: undefined as string | undefined,
  };

  constructor(engine: EngineParts) {
    this.#engine = engine;
    this.#clues = Array.from(engine.wakes.byClue, ([clue, rules]) => ({ clue, rules }));
    this.#streams = new StreamMaker(engine.looks, {
      search: (look, stream, base, readers) => this.#search(look, { stream, base, readers }),
      match: (look, stream) => look.patterns?.match(stream, this.#onPattern),
    });
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
    if (this.#asked.size > 0) this.#asked.clear();
    this.#shown.text = -1;
    const { looks, wakes } = this.#engine;
    if (looks.length > 0) for (let text = 0; text < facts.texts.length; text++) this.#lookAt(text);
    for (const { clue, rules } of this.#clues) if (this.#shows(clue)) this.#wake(rules);
    this.#wake(wakes.byType.get(facts.messageType));
    if (facts.media.length > 0) this.#wake(wakes.byMedia);
    this.#wake(wakes.always);
    return this.#awake.sorted();
  }

  /** Model servers whose answers conditions have missed since the last `look`. */
  get askedModels(): ReadonlySet<string> {
    return this.#asked;
  }

  askModel(server: string): void {
    this.#asked.add(server);
  }

  mayHold({ triggers }: Condition): boolean {
    for (const trigger of triggers)
      if (trigger.kind === 'terms' ? this.#records.has(trigger.watch.id) : this.#mayMatch(trigger))
        return true;
    return false;
  }

  #mayMatch(trigger: Trigger): boolean {
    return trigger.kind !== 'pattern' || !this.#isRuledOut(trigger.watch);
  }

  /** A pattern that every message is looked at for, and that nothing in this one has woken. */
  #isRuledOut({ id }: PatternWatch): boolean {
    return !this.#wokenPatterns.has(id) && this.#engine.lookedFor.has(id);
  }

  termSpans(watch: TermWatch): readonly Span[] {
    const { looks } = this.#engine;
    return this.#records.read(watch.id, (record) => {
      const { postings, terms, origins } = looks[record.look] as Look;
      const { posting, plain, ...place } = record;
      const view = views[postings.view[posting] as number] as View;
      const spelling = terms[postings.spelling[posting] as number] as string;
      const seen = plain === 1 ? origins[postings.origin[posting] as number] : view.read?.(spelling);
      return {
        text: place.text,
        start: place.start,
        end: place.end,
        view: plain === 1 ? 'Folded' : view.name,
        shownStart: place.shownStart,
        shownEnd: place.shownEnd,
        seen: seen ?? spelling,
        term: postings.index[posting] as number,
      };
    });
  }

  patternSpans(watch: PatternWatch): readonly Span[] {
    if (this.#isRuledOut(watch)) return NO_SPANS;
    const known = this.#patternSpans.get(watch.id);
    if (known !== undefined) return known;
    const spans = this.facts.texts.flatMap((_, text) => this.#matchPattern(watch.id, text));
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

  #matchPattern(number: number, text: number): readonly Span[] {
    const pattern = this.#engine.patterns[number];
    if (pattern === undefined) return NO_SPANS;
    const shown = this.#show(pattern.view, text);
    // Most texts that open a gate do not match, and our automaton knows that many times sooner than re2js.
    if (!this.#testOf(number, pattern)(shown.buffer)) return NO_SPANS;
    shown.string ??= readUnits(shown.buffer, 0, shown.buffer.length);
    const string = shown.string;
    return findMatches(pattern.compiled, string).map(([shownStart, shownEnd]) => ({
      text,
      start: startOf(shown.buffer, shownStart),
      end: endOf(shown.buffer, shownEnd - 1),
      view: pattern.view.name,
      shownStart,
      shownEnd,
      seen: string.slice(shownStart, shownEnd),
      term: -1,
    }));
  }

  /** What a view shows of a text. */
  #show(view: TextView, text: number) {
    const shown = this.#shown;
    if (shown.text === text && shown.view === view) return shown;
    view.show(this.facts.texts[text]?.text ?? '', shown.buffer);
    shown.text = text;
    shown.view = view;
    shown.string = undefined;
    return shown;
  }

  /** Made when it is first needed: most patterns never are. */
  #testOf(number: number, { compiled }: Pattern): (buffer: TextBuffer) => boolean {
    const known = this.#patternTests[number];
    if (known !== undefined) return known;
    const program = readProgram(compiled);
    const test = program === undefined ? () => true : buildPatternTest(program);
    this.#patternTests[number] = test;
    return test;
  }

  #lookAt(text: number): void {
    this.#text = text;
    this.#streams.show(this.facts.texts[text]?.text ?? '');
  }

  #search(look: Look, shown: Shown): void {
    const occurrences = this.#occurrences;
    scan(look.automaton, shown.stream, occurrences);
    if (occurrences.length > 0) this.#keepOccurrences(look, shown, 'units');
    if (!shown.stream.alternates) return;
    scan(look.automaton, shown.stream, occurrences, 'alternate');
    if (occurrences.length > 0) this.#keepOccurrences(look, shown, 'alternate');
  }

  #keepOccurrences(look: Look, shown: Shown, lane: Lane): void {
    const { pairs, length } = this.#occurrences;
    const { start, view } = look.postings;
    for (let at = 0; at < length; at += 2) {
      const spelling = pairs[at] as number;
      const last = start[spelling + 1] as number;
      let place: Place | undefined;
      for (let posting = start[spelling] as number; posting < last; posting++) {
        if (((1 << (view[posting] as number)) & shown.readers) === 0) continue;
        place ??= placeOf(look, shown, { lane, spelling, shownEnd: pairs[at + 1] as number });
        if (place.counts) this.#keep(look, posting, place);
      }
    }
  }

  #keep(look: Look, posting: number, place: Place): void {
    const { postings } = look;
    if (!place.isWhole && postings.whole[posting] === 1) return;
    const target = postings.target[posting] as number;
    if (target < 0) {
      this.#openGate(-1 - target, postings.index[posting] as number);
      return;
    }
    const { base, start, end } = place;
    const plain = isPlain(look, posting, place);
    if (!plain && (isForeign(look, posting, place) || !isAccepted(look, posting, place))) return;
    const isFirst = this.#records.add(target, {
      look: this.#engine.looks.indexOf(look),
      text: this.#text,
      posting,
      plain: plain ? 1 : 0,
      start: startOf(base, start),
      end: endOf(base, end - 1),
      shownStart: start,
      shownEnd: end,
    });
    if (isFirst) this.#wake(this.#engine.wakes.byWatch[target]);
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

const NO_SPANS: readonly Span[] = [];

type Lane = 'units' | 'alternate';

/** A stream, what its maps point into, and bits of the views that read it. */
interface Shown {
  readonly stream: TextBuffer;
  readonly base: TextBuffer;
  readonly readers: number;
}

/** Where a spelling occurs, in the text as Literal or Folded shows it. */
interface Place {
  readonly base: TextBuffer;
  readonly start: number;
  readonly end: number;
  /** Whether the word goes on at neither side. */
  readonly isWhole: boolean;
  /** False for what the other lane shows as well. */
  readonly counts: boolean;
  /** Whether some of its letters are lookalikes that stand for what they look like. */
  readonly looksAlike: boolean;
}

function placeOf(
  look: Look,
  { stream, base }: Shown,
  { lane, spelling, shownEnd }: { lane: Lane; spelling: number; shownEnd: number },
): Place {
  const shownStart = shownEnd - (look.automaton.termLength[spelling] as number);
  const start = stream === base ? shownStart : (stream.from[shownStart] as number);
  const end = stream === base ? shownEnd : (stream.to[shownEnd - 1] as number);
  const counts = lane === 'units' || differs(stream, shownStart, shownEnd);
  // In what is merely folded they stand for themselves.
  const isAsWritten = lane === 'units' && stream === base;
  const looksAlike = !isAsWritten && hasTrait(base.units, { start, end }, LOOKALIKE);
  const isWhole = standsAlone(base, start, end, look.postings.edges[spelling] as number);
  return { base, start, end, isWhole, counts, looksAlike };
}

function differs({ units, alternate }: TextBuffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (units[at] !== alternate[at]) return true;
  return false;
}

function hasTrait(
  units: ArrayLike<number>,
  { start, end }: { start: number; end: number },
  trait: number,
): boolean {
  for (let at = start; at < end; at++)
    if (((traits[units[at] as number] as number) & trait) !== 0) return true;
  return false;
}

/** Whether the letters only look like those of the term. A term that is written with such letters itself may stand beside its own script. */
function isForeign(look: Look, posting: number, { base, start, end, looksAlike }: Place): boolean {
  if (!looksAlike || !isForeignWord(base, start, end)) return false;
  const origin = look.origins[look.postings.origin[posting] as number] ?? '';
  return ![...origin].some((character) => ((traits[character.charCodeAt(0)] as number) & LOOKALIKE) !== 0);
}

/** Whether the text says the term as Folded shows it, though another view looks for it. */
function isPlain(look: Look, posting: number, { base, start, end }: Place): boolean {
  const origin = look.origins[look.postings.origin[posting] as number];
  return origin !== undefined && origin.length === end - start && origin === readUnits(base, start, end);
}

function isAccepted({ postings, terms, origins }: Look, posting: number, place: Place): boolean {
  const view = views[postings.view[posting] as number] as View;
  const spelling = terms[postings.spelling[posting] as number] as string;
  const term = origins[postings.origin[posting] as number] ?? spelling;
  return (
    view.accepts === undefined ||
    view.accepts({ folded: place.base, start: place.start, end: place.end, term, spelling })
  );
}

/** Whether the word goes on at neither side. `edges` says at which sides the term is a word at all; what stands for it may be none. */
function standsAlone({ units, length }: TextBuffer, start: number, end: number, edges: number): boolean {
  const goesOn = (inside: number, outside: number): boolean =>
    outside >= 0 &&
    outside < length &&
    isWordUnit(units[outside] as number) &&
    isWordUnit(units[inside] as number);
  return !((edges & 1) !== 0 && goesOn(start, start - 1)) && !((edges & 2) !== 0 && goesOn(end - 1, end));
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
  stickers: [],
  recent: [],
  models: [],
  capturedAtMs: 0,
  eventTimeMs: 0,
  messageDigest: 'sha256:',
  factsVersion: 0,
};
