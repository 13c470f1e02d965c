// `npm run bench -- NAME`: runs one benchmark and ends with one JSON line. Figures are ratios against a peer in the same run: machines are noisy.
import { run as archive } from './bench-archive.ts';
import { run as corps } from './bench-corps.ts';
import { run as detection } from './bench-detection.ts';
import { run as fuzz } from './bench-fuzz.ts';
import { run as ingest } from './bench-ingest.ts';
import { run as pipeline } from './bench-pipeline.ts';
import { run as policies } from './bench-policies.ts';
import { run as rsa } from './bench-rsa.ts';
import { run as scan } from './bench-scan.ts';
import { run as sdk } from './bench-sdk.ts';

/** The last line of every benchmark. `ratio` = value ÷ reference.value, larger is better. */
export interface BenchResult {
  readonly bench: string;
  readonly value: number;
  readonly unit: string;
  readonly reference: { readonly name: string; readonly value: number };
  readonly ratio: number;
  readonly rssBytes: number;
  /** What else was measured, by name with its unit. */
  readonly details?: Readonly<Record<string, number>>;
}

const BENCHES: Record<string, (args: readonly string[]) => Promise<BenchResult>> = {
  rsa,
  ingest,
  scan,
  detection,
  fuzz,
  archive,
  pipeline,
  policies,
  sdk,
  corps,
};

const HELP = `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [options]

rsa        RSA decryptions a second in the worker pool, against a plain loop
ingest     share of the ingest process's CPU that is RSA, pages encrypted beforehand
scan       messages a second through the policy engine, against modern-ahocorasick on the keywords alone; --peers (half a minute): also fastscan, re2-wasm, re2js, OpenRedaction and secretlint, each for its part; --views: five views at 10,000 and 100,000; --everything: all detectors; --policies: 100 of which 10 apply; --floods: worst inputs
detection  recall for each way of evasion, exactness of evidence, false positives on harmless chat; --misses lists them, --fuzz=N throws N messages at all views
fuzz       ten million generated messages through every view, nothing wrong in any (--messages=N; --state=FILE goes on where it was stopped; --shard=1/4)
archive    rows a second into segments and ClickHouse, against plain inserts of the same rows
pipeline   messages a second through everything, against two RSA workers; finding latency at 1,000 messages/s
policies   seconds until 500 policies with 20,000 terms are in force in every scanner, and how soon an edit is (--policies N --terms N --edits N --scanners N --compiled)
sdk        messages a second captured by engine FinanceSDK (a stub of the library), against engine Simulator
corps      memory of an idle corporation of engine FinanceSDK, of 200 in one process group (--corps N)

Progress goes to stderr; the last line of stdout is one JSON object.`;

const [name, ...args] = process.argv.slice(2);
const bench = name === undefined ? undefined : BENCHES[name];
if (name === '--help' || name === '-h') console.log(HELP);
else if (bench === undefined) {
  console.error(`${name === undefined ? 'name a benchmark' : `no benchmark is called ${name}`}\n\n${HELP}`);
  process.exitCode = 2;
} else {
  console.log(JSON.stringify(await bench(args)));
  process.exit(0);
}
