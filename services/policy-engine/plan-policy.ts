// What one policy needs of the engine, gathered while its conditions are compiled, and what is wrong with it.
import type { Digest } from '@menshen/contracts/digest';
import type { Lexicons, PolicyProblem } from './compile-policy.ts';
import type {
  OptionProblem,
  PatternRequest,
  PatternWatch,
  Plan,
  TermRequest,
  TermWatch,
} from './detector.ts';
import { compilePattern, type Pattern } from './patterns/compile-pattern.ts';
import { textViews, views } from './views/registry.ts';
import { showTerms } from './views/show-terms.ts';
import type { View } from './views/view.ts';

export interface PlannedTerms {
  readonly watch: TermWatch;
  readonly view: View;
  /** For each term the ways in which the view may show it; none for one of which nothing is left. */
  readonly spellings: readonly (readonly string[])[];
}

export interface PlannedPatterns {
  readonly watch: PatternWatch;
  readonly pattern: Pattern;
}

export interface PolicyPlan {
  readonly terms: PlannedTerms[];
  readonly patterns: PlannedPatterns[];
  readonly problems: PolicyProblem[];
  readonly lexiconDigests: Set<Digest>;
  /** Windows to count messages in, seconds. */
  readonly recentSeconds: Set<number>;
  readonly reject: (problem: Omit<PolicyProblem, 'policy'>) => void;
  /** The plan as the detector at one condition sees it. */
  readonly at: (place: { readonly rule: string; readonly path: string }) => Plan;
}

export function createPlan(policy: string, lexicons: Lexicons): PolicyPlan {
  const problems: PolicyProblem[] = [];
  const plan: PolicyPlan = {
    terms: [],
    patterns: [],
    problems,
    lexiconDigests: new Set(),
    recentSeconds: new Set(),
    reject: (problem) => problems.push({ policy, ...problem }),
    at: ({ rule, path }) => {
      const reject = ({ field, ...problem }: OptionProblem): void =>
        plan.reject({ rule, path: field === '' ? path : `${path}.${field}`, ...problem });
      return {
        reject,
        countRecent: (withinSeconds) => void plan.recentSeconds.add(withinSeconds),
        watchTerms: (request) => watchTerms(plan, reject, request),
        watchPattern: (request) => watchPattern(plan, reject, request),
        readLexicon: (digest, field) => {
          plan.lexiconDigests.add(digest);
          const terms = lexicons.get(digest);
          if (terms === undefined) reject({ field, value: digest, ...LEXICON_MISSING });
          return terms ?? [];
        },
      };
    },
  };
  return plan;
}

const LEXICON_MISSING = {
  message: 'the lexicon is not there',
  remedy: 'upload the list to the object store, or correct the digest (sha256sum of the file)',
};

type Reject = (problem: OptionProblem) => void;

function watchTerms(plan: PolicyPlan, reject: Reject, request: TermRequest): TermWatch {
  const watch: TermWatch = { id: -1, request };
  const view = findView(views, request.view, reject);
  if (view === undefined) return watch;
  const spellings = showTerms(view, request.terms);
  // A word list from elsewhere may hold a line that vanishes; a term that an author wrote may not.
  if (request.field !== 'lexiconRef')
    for (const [index, term] of request.terms.entries())
      if (term !== undefined && spellings[index]?.length === 0)
        reject({ field: `${request.field}[${index}]`, value: term, ...nothingLeft(view.name) });
  plan.terms.push({ watch, view, spellings });
  return watch;
}

const nothingLeft = (view: string) => ({
  message: `nothing is left of the term in the ${view} view`,
  remedy: 'remove the term, or look for it in the Literal view (see: [Literal])',
});

function watchPattern(plan: PolicyPlan, reject: Reject, request: PatternRequest): PatternWatch {
  const watch: PatternWatch = { id: -1, request };
  const view = findView(textViews, request.view, reject);
  if (view === undefined) return watch;
  const result = compilePattern(request.regex, view);
  if (result.ok) plan.patterns.push({ watch, pattern: result.pattern });
  else reject({ field: request.field, value: request.regex, message: result.message, remedy: result.remedy });
  return watch;
}

function findView<Kind extends View>(among: readonly Kind[], name: string, reject: Reject): Kind | undefined {
  const view = among.find((candidate) => candidate.name === name);
  if (view === undefined)
    reject({
      field: 'see',
      value: name,
      message: 'there is no such view for this condition',
      remedy: `use ${among.map((known) => known.name).join(' or ')}`,
    });
  return view;
}
