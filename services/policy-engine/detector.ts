// What a detector is. A detector turns the options of one condition into a question that can be asked of any message.
// Adding one: a file in detectors/ that exports a Detector, a line in detectors/registry.ts, and the condition's schema in crds/compliancepolicies.yaml.
// Detectors are pure and import this file and contracts only; what they need from the engine they ask of the plan.
import type { Digest } from '@menshen/contracts/digest';
import type { MessageFacts } from './facts.ts';

export interface Detector<Options> {
  /** The condition's key in a policy: `keywords`, `pattern` … */
  readonly name: string;
  /** Called once per condition and policy set. What is wrong with the options is reported to the plan, not thrown. */
  readonly compile: (options: Options, plan: Plan) => Condition;
}

/** A compiled condition. */
export interface Condition {
  /** What a message must show for the condition to be worth asking. Wrongly absent means a miss, so when in doubt: `always`. */
  readonly triggers: readonly Trigger[];
  /** Every hit of the condition in the message, in order of appearance. */
  readonly find: (sight: Sight) => readonly Hit[];
  /** It asks somebody outside: only when every other condition of the rule holds. */
  readonly isDear?: true;
}

export type Trigger =
  | { readonly kind: 'terms'; readonly watch: TermWatch }
  | { readonly kind: 'pattern'; readonly watch: PatternWatch }
  | { readonly kind: 'clue'; readonly clue: Clue }
  | { readonly kind: 'types'; readonly types: readonly string[] }
  | { readonly kind: 'media' }
  | { readonly kind: 'always' };

/**
 * Whether an original text is worth reading: cheap (one pass, no allocation), pure, and never wrongly false. Every message pays for it,
 * once for each distinct function, so conditions share functions.
 */
export type Clue = (text: string) => boolean;

/** Reads facts out of one original text. Pure. */
export type Reader<Fact> = (text: string) => readonly Fact[];

/** Where a detector states what it needs, while the policy is compiled. */
export interface Plan {
  /** Has the engine look for terms in one view of every text. All terms of all policies are looked for in one pass. */
  readonly watchTerms: (request: TermRequest) => TermWatch;
  /** Has the engine search a regular expression (RE2 syntax) in one view of every text. */
  readonly watchPattern: (request: PatternRequest) => PatternWatch;
  /** The terms of a lexicon; reports a problem and returns none when it is missing. */
  readonly readLexicon: (digest: Digest, field: string) => readonly string[];
  /** Has {@link MessageFacts.recent} hold the window, seconds. */
  readonly countRecent: (withinSeconds: number) => void;
  /** Says that an option cannot be used. The policy is then rejected, with every problem it has. */
  readonly reject: (problem: OptionProblem) => void;
}

export interface OptionProblem {
  /** Field below the condition's options: `terms[2]`. Empty for the options as a whole. */
  readonly field: string;
  readonly value: unknown;
  /** What is wrong, without the remedy: `matches the empty text`. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

export interface TermRequest {
  readonly view: string;
  /** `undefined` where the term of that index is not looked for in this view. */
  readonly terms: readonly (string | undefined)[];
  /** Field the terms come from, for problems: `terms`, `near.terms`. */
  readonly field: string;
  readonly wholeWords: boolean;
}

export interface PatternRequest {
  readonly view: string;
  readonly regex: string;
  readonly field: string;
}

/** Handles; the engine fills in the number when it is built. */
export interface TermWatch {
  id: number;
  readonly request: TermRequest;
}
export interface PatternWatch {
  id: number;
  readonly request: PatternRequest;
}

/** What a condition sees of the message at hand. */
export interface Sight {
  readonly facts: MessageFacts;
  /** Whether anything that a condition waits for has shown itself; if not, it has no hits. For conditions made of many others. */
  readonly mayHold: (condition: Condition) => boolean;
  /** Occurrences of the watched terms, in order of their ends in each text. */
  readonly termSpans: (watch: TermWatch) => readonly Span[];
  /** Matches of the watched pattern: leftmost, not overlapping, not empty, at most 64 a text. */
  readonly patternSpans: (watch: PatternWatch) => readonly Span[];
  /** Says that the answer of a model server is missing from {@link MessageFacts.models}. */
  readonly askModel: (server: string) => void;
  /** What a reader finds, for each of `facts.texts`. A message is read once by each reader, however many conditions ask. */
  readonly readTexts: <Fact>(reader: Reader<Fact>) => readonly (readonly Fact[])[];
}

/** A place in a text, in the original and as a view shows it. Offsets are UTF-16 code units, ends exclusive. */
export interface Span {
  /** Index into `facts.texts`. */
  readonly text: number;
  readonly start: number;
  readonly end: number;
  readonly view: string;
  /** Place in the text as Literal shows it or, for every other view, as Folded does: distances can be compared across those. */
  readonly shownStart: number;
  readonly shownEnd: number;
  /** What the view shows there. */
  readonly seen: string;
  /** Index of the term in its request; -1 for a pattern. */
  readonly term: number;
}

/** Where and why a condition holds. */
export type Hit =
  | { readonly kind: 'span'; readonly span: Span; readonly label: string }
  | { readonly kind: 'fact'; readonly path: string; readonly value: string; readonly label: string };
