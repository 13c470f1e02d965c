// How well the engine sees: recall for each way of evasion and length of term, exactness of the evidence, and false positives on harmless
// chat, view by view. Prints tables to stderr. Nothing here is tuned to; see services/policy-engine/views/README.md.
import { pathToFileURL } from 'node:url';
import type { Finding } from '@menshen/contracts/finding';
import type { Engine } from '@menshen/policy-engine/build-engine';
import { compilePolicySet } from '@menshen/policy-engine/compile-policy-set';
import { evaluate } from '@menshen/policy-engine/evaluate';
import {
  type FactsRow,
  measureFacts,
  measureHarmless,
  READERS,
  renderFacts,
} from './bench-detection-personal-data.ts';
import { asFacts } from './bench-scan.ts';
import { writeHarmless as writeNumbers } from './detection-corpus-harmless.ts';
import {
  drawTerms,
  EVASIONS,
  type Evasion,
  HAND_WRITTEN,
  LATIN_TERMS,
  NUMBER_TERMS,
  saysTerm,
  TERMS,
  type Written,
  writeEvasions,
  writeHarmless,
} from './detection-corpus-text.ts';
import { type FuzzResult, fuzzViews } from './fuzz-views.ts';
import type { BenchResult } from './main.ts';
import { type LibraryResult, measureLibrary, renderLibrary } from './measure-library.ts';
import { measureWorst, renderWorst } from './worst-texts.ts';

/** Half as many again are full of numbers, codes and dots. */
const HARMLESS = 50_000;
/** Contexts each term is written into, for each evasion. */
const CONTEXTS = 40;
/** Texts for each kind of fact and way of writing it. */
const FACTS_EACH = 200;
const RANDOM_TERMS = 200;
const RANDOM_MESSAGES = 10_000;
const SEED = 20_261_124;
const VIEWS = ['Folded', 'Separators', 'Emoji', 'Numbers', 'Leet', 'Split', 'Pinyin', 'Initials', 'Reversed'];
const LENGTHS = ['2', '3', '4', '5+'];
const ALL_TERMS = [...TERMS, ...LATIN_TERMS, ...NUMBER_TERMS];
const HAND_TERMS = [...new Set(HAND_WRITTEN.map(([, term]) => term))];

interface Recall {
  readonly evasion: string;
  readonly view: string;
  readonly target: number;
  readonly percent: number;
  /** Of what was found, how much was marked exactly. */
  readonly exactPercent: number;
  /** By length of the term. */
  readonly byLength: Readonly<Record<string, number>>;
}

interface DetectionResult extends BenchResult {
  readonly recall: readonly Recall[];
  /** Percent of harmless messages with a hit, by view; and for each length of term. */
  readonly falsePositives: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly harmless: number;
  /** With `--fuzz`. */
  readonly fuzz?: FuzzResult;
  /** False positives of terms drawn at random from everyday words: view → length → percent of harmless messages, per hundred terms. */
  readonly randomTerms: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly handWritten: { readonly found: number; readonly of: number; readonly missed: readonly string[] };
  /** Personal data, secrets and addresses: rows of the table in which something was missed or invented. */
  readonly facts: readonly FactsRow[];
  /** Harmless messages that the policies of deploy/policies flag. */
  readonly library: Pick<LibraryResult, 'messages' | 'flagged' | 'percent'>;
}

/** `--misses` prints every evasion that was not seen. `--fuzz=N` also throws N generated messages at all views. */
export async function run(args: readonly string[] = []): Promise<DetectionResult> {
  const showsMisses = args.includes('--misses');
  const fuzzed = args.find((argument) => argument.startsWith('--fuzz='));
  const engine = compileEngine(ALL_TERMS);
  const numbers = writeNumbers(HARMLESS / 2, SEED).filter((text) => !saysTerm(text));
  const harmless = [...writeHarmless(HARMLESS, SEED), ...numbers];
  const contexts = writeHarmless(CONTEXTS, SEED + 1);
  const recall = EVASIONS.map((evasion, index) =>
    measureRecall(engine, evasion, {
      written: writeEvasions(evasion, contexts, SEED + 2 + index),
      showsMisses,
    }),
  );
  const falsePositives = measureFalsePositives(engine, harmless);
  const handWritten = checkHandWritten(compileEngine(HAND_TERMS));
  const randomTerms = measureRandomTerms(harmless.slice(0, RANDOM_MESSAGES));
  report(recall, { falsePositives, messages: harmless.length }, handWritten);
  const facts = [...measureFacts(FACTS_EACH, SEED), ...measureHarmless(HARMLESS, SEED)];
  console.error(`personal data, secrets, addresses: texts that came out right\n${renderFacts(facts)}`);
  const { byRule, ...library } = measureLibrary(HARMLESS, SEED);
  console.error(renderLibrary({ ...library, byRule }));
  console.error(renderWorst(measureWorst(READERS)));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length;
  const value = mean(recall.map(({ percent }) => percent));
  const folded = mean(
    EVASIONS.map((evasion, index) =>
      measureRecall(
        engine,
        { ...evasion, view: 'Folded' },
        { written: writeEvasions(evasion, contexts, SEED + 2 + index), showsMisses: false },
      ),
    ).map(({ percent }) => percent),
  );
  return {
    bench: 'detection',
    value: round(value),
    unit: '% recall, mean of the ways of evasion',
    reference: { name: 'the same terms seen by Folded alone', value: round(folded) },
    ratio: round(value / folded),
    rssBytes: process.memoryUsage.rss(),
    recall,
    falsePositives,
    ...(fuzzed !== undefined && { fuzz: fuzzViews(Number(fuzzed.slice(7)), SEED) }),
    randomTerms,
    harmless: harmless.length,
    handWritten,
    facts: facts.filter(({ texts, right }) => right < texts),
    library,
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** A rule per view that looks for every term. */
function compileEngine(terms: readonly string[]): Engine {
  const rules = VIEWS.map((view) => ({
    name: view.toLowerCase(),
    any: [{ keywords: { terms, see: [view] } }],
  }));
  const { engine, rejected } = compilePolicySet(
    [{ namespace: 'bench', name: 'views', spec: { rules } }],
    new Map(),
  );
  if (rejected.length > 0)
    throw new Error(`the benchmark's policies do not compile: ${JSON.stringify(rejected)}`);
  return engine;
}

interface TermHit {
  readonly term: string;
  readonly start: number;
  readonly end: number;
}

/** Which terms the findings of one view are about, with their places. */
function hitsOf(
  findings: readonly Finding[],
  view: string,
  terms = ALL_TERMS,
): { term: string; start: number; end: number }[] {
  return findings
    .filter(({ rule }) => rule === view.toLowerCase())
    .flatMap(({ evidence }) =>
      evidence.map(({ condition, start, end }) => ({
        term: terms[Number(/\[(\d+)\]$/.exec(condition)?.[1])] ?? '',
        start,
        end,
      })),
    );
}

const lengthOf = (term: string): string => (term.length > 4 ? '5+' : String(term.length));

function measureRecall(
  engine: Engine,
  evasion: Evasion,
  { written, showsMisses }: { written: readonly Written[]; showsMisses: boolean },
): Recall {
  const counts = new Map(LENGTHS.map((length) => [length, { found: 0, all: 0 }]));
  let found = 0;
  let exact = 0;
  for (const [index, { text, term, start, end }] of written.entries()) {
    const hits = hitsOf(evaluate(engine, asFacts(text, index)), evasion.view).filter(
      (hit) => hit.term === term,
    );
    const count = counts.get(lengthOf(term));
    if (count !== undefined) count.all++;
    if (!hits.some((hit) => hit.start < end && hit.end > start)) {
      if (showsMisses)
        process.stderr.write(`missed ${evasion.name} ${term}: ${text}
`);
      continue;
    }
    found++;
    if (count !== undefined) count.found++;
    if (hits.some((hit) => hit.start === start && hit.end === end)) exact++;
  }
  const byLength = [...counts].filter(([, { all }]) => all > 0);
  return {
    evasion: evasion.name,
    view: evasion.view,
    target: evasion.target,
    percent: round((100 * found) / written.length),
    exactPercent: round((100 * exact) / Math.max(1, found)),
    byLength: Object.fromEntries(
      byLength.map(([length, { found, all }]) => [length, round((100 * found) / all)]),
    ),
  };
}

/** View → length of term, or `all` → percent of the harmless messages that have a hit. */
function measureFalsePositives(
  engine: Engine,
  harmless: readonly string[],
): Record<string, Record<string, number>> {
  const found = new Map(VIEWS.map((view) => [view, [] as { text: string; hits: TermHit[] }[]]));
  for (const [index, text] of harmless.entries()) {
    const findings = evaluate(engine, asFacts(text, index));
    for (const [view, list] of findings.length === 0 ? [] : found) {
      const hits = hitsOf(findings, view);
      if (hits.length > 0) list.push({ text, hits });
    }
  }
  for (const [view, list] of found) if (list.length > 0) showSome(view, list);
  const share = (list: readonly { hits: TermHit[] }[], length: string): number => {
    const counted = list.filter(
      ({ hits }) => length === 'all' || hits.some(({ term }) => lengthOf(term) === length),
    );
    return Math.round((1e5 * counted.length) / harmless.length) / 1e3;
  };
  return Object.fromEntries(
    [...found].map(([view, list]) => [
      view,
      Object.fromEntries(['all', ...LENGTHS].map((length) => [length, share(list, length)])),
    ]),
  );
}

/** A few false positives, so that figures can be judged. */
function showSome(view: string, list: readonly { text: string; hits: TermHit[] }[]): void {
  const shown = list.slice(0, 8).map(({ text, hits: [hit] }) => {
    const { term = '', start = 0, end = 0 } = hit ?? {};
    return `${term}: ${text.slice(Math.max(0, start - 3), end + 3).replaceAll('\n', '⏎')}`;
  });
  process.stderr.write(`  ${view}: ${shown.join(' · ')}\n`);
}

/** Whoever opts in to a view wants to know what it costs for terms that nobody chose with care. */
function measureRandomTerms(messages: readonly string[]): Record<string, Record<string, number>> {
  const shares: Record<string, Record<string, number>> = {};
  process.stderr.write('harmless messages with a hit of 100 random words, %, by length of word\n');
  for (const view of VIEWS) {
    const byLength: Record<string, number> = {};
    for (const length of [2, 3, 4]) {
      const engine = compileEngine(drawTerms(length, RANDOM_TERMS, SEED));
      const isHit = (text: string, index: number): boolean =>
        evaluate(engine, asFacts(text, index)).some(
          ({ rule, evidence }) =>
            rule === view.toLowerCase() && evidence.some((one) => one.view !== 'Folded'),
        );
      byLength[length] = round(
        (100 * messages.filter(isHit).length) / messages.length / (RANDOM_TERMS / 100),
      );
    }
    shares[view] = byLength;
    process.stderr.write(`  ${view.padEnd(10)} ${JSON.stringify(byLength)}\n`);
  }
  return shares;
}

function checkHandWritten(engine: Engine): DetectionResult['handWritten'] {
  const missed = HAND_WRITTEN.filter(
    ([view, term, text]) =>
      !hitsOf(evaluate(engine, asFacts(text, 0)), view, HAND_TERMS).some((hit) => hit.term === term),
  );
  return {
    found: HAND_WRITTEN.length - missed.length,
    of: HAND_WRITTEN.length,
    missed: missed.map(([view, term, text]) => `${view} ${term}: ${text}`),
  };
}

function report(
  recall: readonly Recall[],
  {
    falsePositives,
    messages,
  }: { falsePositives: Readonly<Record<string, Readonly<Record<string, number>>>>; messages: number },
  handWritten: DetectionResult['handWritten'],
): void {
  const lines = ['recall % by length of term (target), evidence exact %'];
  for (const { evasion, view, target, percent, exactPercent, byLength } of recall)
    lines.push(
      `  ${percent < target ? '✗' : '✓'} ${evasion.padEnd(22)} ${view.padEnd(10)} ${String(percent).padStart(6)} (${target})  ` +
        `${LENGTHS.map((length) => `${length}: ${byLength[length] ?? '–'}`).join('  ')}  exact ${exactPercent}`,
    );
  lines.push(`harmless messages with a hit, % of ${messages}, by length of term`);
  for (const [view, byLength] of Object.entries(falsePositives))
    lines.push(
      `  ${view.padEnd(10)} ${Object.entries(byLength)
        .map(([length, percent]) => `${length}: ${percent}`)
        .join('  ')}`,
    );
  lines.push(
    `hand-written: ${handWritten.found} of ${handWritten.of}${handWritten.missed.map((one) => `\n  missed ${one}`).join('')}`,
  );
  process.stderr.write(`${lines.join('\n')}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(JSON.stringify(await run(process.argv.slice(2))));
