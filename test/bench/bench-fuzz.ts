// The long run of the fuzzer: ten million messages through every view, in parts that are each known by their number. With a state file it can be
// stopped and goes on where it was; with `--shard=2/4` it does every fourth part, so that several processes or machines share the work.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type FuzzResult, fuzzViews } from './fuzz-views.ts';
import type { BenchResult } from './main.ts';

const MESSAGES = 10_000_000;
/** Messages of one part: some seconds. */
const PART = 100_000;
const SEED = 20_261_124;

/** What is done, by the number of the part. */
export interface FuzzState {
  readonly messages: number;
  readonly parts: Record<string, FuzzResult>;
}

interface FuzzRun extends BenchResult {
  /** False until every part of the shard is done. */
  readonly complete: boolean;
  readonly messages: number;
  readonly hits: number;
  readonly wrong: readonly string[];
}

/** `--messages=N --state=FILE --shard=I/N`. The figure is the part of the messages that was judged without anything wrong. */
export async function run(args: readonly string[] = []): Promise<FuzzRun> {
  const given = (name: string): string | undefined =>
    args.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  const messages = Number(given('messages') ?? MESSAGES);
  const [shard = 1, shards = 1] = (given('shard') ?? '1/1').split('/').map(Number);
  const path = given('state');
  const state = readState(path, messages);
  const parts = listParts(messages, shard, shards);
  for (const part of parts.filter((number) => state.parts[number] === undefined)) {
    // A seed of its own for each part: the same part is the same messages, whoever does it.
    state.parts[part] = fuzzViews(Math.min(PART, messages - part * PART), SEED + part);
    if (path !== undefined) writeState(path, state);
    process.stderr.write(`part ${part + 1} of ${Math.ceil(messages / PART)}\n`);
    // Lets a signal through.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return summarise(state, parts);
}

/** Numbers of the parts of one shard; shards are counted from 1. Throws when there is no such shard. */
export function listParts(messages: number, shard: number, shards: number): number[] {
  if (!(Number.isInteger(messages) && messages > 0))
    throw new Error(`--messages is ${messages}: give a number`);
  if (!(Number.isInteger(shard) && Number.isInteger(shards) && shard >= 1 && shard <= shards))
    throw new Error(`--shard is ${shard}/${shards}: give one of them, such as 1/4`);
  return Array.from({ length: Math.ceil(messages / PART) }, (_, part) => part).filter(
    (part) => part % shards === shard - 1,
  );
}

function summarise({ parts }: FuzzState, numbers: readonly number[]): FuzzRun {
  const done = numbers.flatMap((number) => parts[number] ?? []);
  const total = (of: (part: FuzzResult) => number): number => done.reduce((sum, part) => sum + of(part), 0);
  const wrong = done.flatMap((part) => part.wrong);
  const messages = total((part) => part.messages);
  const right = messages === 0 ? 0 : (messages - wrong.length) / messages;
  return {
    bench: 'fuzz',
    value: right,
    unit: 'share of messages with nothing wrong',
    reference: { name: 'all of them', value: 1 },
    ratio: right,
    rssBytes: process.memoryUsage.rss(),
    complete: done.length === numbers.length,
    messages,
    hits: total((part) => part.hits),
    wrong,
  };
}

function readState(path: string | undefined, messages: number): FuzzState {
  if (path === undefined || !existsSync(path)) return { messages, parts: {} };
  const state = JSON.parse(readFileSync(path, 'utf8')) as FuzzState;
  if (state.messages === messages) return state;
  throw new Error(`${path} is of a run of ${state.messages} messages: name another file, or remove it`);
}

/** Whole or not at all: a run may be killed at any time. */
function writeState(path: string, state: FuzzState): void {
  writeFileSync(`${path}.new`, JSON.stringify(state));
  renameSync(`${path}.new`, path);
}
