// `lexicon push --from-url`: looks at a feed once or again and again, and carries its digest to where policies name it.
import type { Digest } from '@menshen/contracts/digest';
import { type CommandIo, type Flag, type Given, oneOf, Refusal } from '../command.ts';
import { LIST_FORMATS } from './convert-list.ts';
import { checkAddress } from './fetch-list.ts';
import { type Feed, type FeedState, pushFeed, readState, replaceDigest, replaceFile } from './push-feed.ts';

export const FEED_FLAGS: readonly Flag[] = [
  { name: 'from-url', value: 'URL', help: 'fetch the list from there instead of FILE; https only' },
  {
    name: 'format',
    value: 'FORMAT',
    help: 'of the feed: lines, hosts (as /etc/hosts) or csv (default: lines)',
  },
  { name: 'column', value: 'NAME', help: 'of a csv feed: name in its first line, or number (default: 1)' },
  { name: 'max-bytes', value: 'N', help: 'a larger feed is refused (default: 67108864)' },
  { name: 'every', value: 'TIME', help: 'go on, and look so often: 30m, 1h (default: once)' },
  {
    name: 'state',
    value: 'FILE',
    help: 'keep there what the feed was, so that it is not fetched again unchanged',
  },
  { name: 'update', value: 'FILE', help: 'policy in which the new digest takes the place of the old one' },
  { name: 'replacing', value: 'DIGEST', help: 'the old one, where --state does not know it' },
  { name: 'patch-path', value: 'PATH', help: 'print a JSON patch of this path instead of the reference' },
];

export interface FeedPlace {
  readonly store: (digest: Digest, bytes: Uint8Array) => Promise<'Stored' | 'Existed'>;
  /** The digest as the caller prints it. */
  readonly show: (digest: Digest) => string;
}

/** Ends after one look, or never with --every. What goes wrong outside is then said and tried again; a wrong call ends it. */
export async function followFeed(given: Given, io: CommandIo, place: FeedPlace): Promise<void> {
  const look = await prepareLook(given, io, place);
  const everyMs = readInterval(given.flags['every']);
  if (everyMs === undefined) return await look();
  for (;;) {
    try {
      await look();
    } catch (error) {
      if (!(error instanceof Refusal) || error.kind === 'Usage') throw error;
      io.err(`${error.message}; tried again in ${given.flags['every']}\n`);
    }
    await io.sleep(everyMs);
  }
}

/** One look: each prints the digest when it is new, the first one in any case. */
async function prepareLook(
  given: Given,
  io: CommandIo,
  { store, show }: FeedPlace,
): Promise<() => Promise<void>> {
  const feed = readFeed(given);
  const { state: statePath, update, replacing } = given.flags;
  let state: FeedState | undefined = statePath === undefined ? undefined : await readState(statePath);
  let shown = false;
  return async () => {
    const before = state?.digest ?? (replacing as Digest | undefined);
    const { state: after, isNew } = await pushFeed(feed, state, { fetch: io.fetch, store, err: io.err });
    if (update !== undefined && before !== after.digest)
      await replaceDigest(update, requireFormer(before), after.digest);
    if (statePath !== undefined) await replaceFile(statePath, `${JSON.stringify(after)}\n`);
    state = after;
    if (isNew || !shown) io.out(show(after.digest));
    shown = true;
  };
}

function readFeed(given: Given): Feed {
  if (given.positionals.length > 0)
    throw new Refusal('Usage', 'FILE and --from-url are both given: give one of them');
  const most = given.flags['max-bytes'] ?? '67108864';
  if (!/^[1-9]\d{0,11}$/.test(most))
    throw new Refusal('Usage', `--max-bytes is ${most}: give a number of bytes`);
  return {
    url: checkAddress(given.flags['from-url'] ?? ''),
    format: oneOf(given, 'format', LIST_FORMATS),
    column: given.flags['column'] ?? '1',
    mostBytes: Number(most),
  };
}

const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const MOST_INTERVAL_MS = 30 * 86_400_000;

/** Whole minutes at least: feeds are other people's servers. */
function readInterval(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (!(ms > 0 && ms <= MOST_INTERVAL_MS))
    throw new Refusal('Usage', `--every is ${text}: give a time from 1m to 30d, such as 1h`);
  return ms;
}

function requireFormer(before: Digest | undefined): Digest {
  if (before !== undefined) return before;
  throw new Refusal('Usage', '--update needs the digest to replace: give it by --replacing the first time');
}
