// A contest of the scan bench: ours and a package from npm look for the same in the same messages.
import bench from './package.json' with { type: 'json' };
import { buildKeywords, buildMessages } from './scan-corpus.ts';

/** In how many of the messages from `from` to before `to` something is found. */
export type Search = (from: number, to: number) => number | Promise<number>;

export interface Contest {
  readonly what: string;
  /** The package with its version and, where it can be asked in several ways, the way. */
  readonly peer: string;
  readonly messages: number;
  /** The messages that something was put into, where that is known. */
  readonly planted?: readonly number[];
  readonly ours: Search;
  readonly theirs: Search;
}

export interface ContestOrder {
  readonly messages: number;
  readonly seed: number;
}

export function searchEach<Item>(items: readonly Item[], finds: (item: Item) => boolean): Search {
  return (from, to) => {
    let found = 0;
    for (let at = from; at < to; at++) if (finds(items[at] as Item)) found++;
    return found;
  };
}

/** For packages that answer with a promise: one message after another, as a scanner would have to. */
export function searchAwaited<Item>(items: readonly Item[], finds: (item: Item) => Promise<boolean>): Search {
  return async (from, to) => {
    let found = 0;
    for (let at = from; at < to; at++) if (await finds(items[at] as Item)) found++;
    return found;
  };
}

/** One message in so many. */
const PLANTED_EVERY = 40;

/** Work chat of which every fortieth message ends with one of `texts`, which are spread over all of them. */
export function plantInChat(
  order: ContestOrder,
  texts: readonly string[],
): { messages: string[]; planted: number[] } {
  const messages = buildMessages(order.messages, buildKeywords(1_000, order.seed), order.seed + 1);
  const planted = messages.map((_, at) => at).filter((at) => at % PLANTED_EVERY === 0);
  const textFor = (at: number) => texts[Math.floor((at / messages.length) * texts.length)] as string;
  return {
    // Parsed: a string put together piece by piece is read much more slowly.
    messages: messages.map((message, at) =>
      at % PLANTED_EVERY === 0 ? JSON.parse(JSON.stringify(`${message}\n${textFor(at)}`)) : message,
    ),
    planted,
  };
}

const VERSIONS: Readonly<Record<string, string>> = { ...bench.dependencies, ...bench.devDependencies };

export const withVersion = (name: string): string => `${name} ${VERSIONS[name]}`;
