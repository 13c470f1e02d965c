// A feed that changes, as lists that do not: each state of it is stored under its digest, and policies name the digest. So a verdict says by
// which list it was made, and the list is still there when the feed has moved on.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { Refusal } from '../command.ts';
import { convertList, type ListFormat } from './convert-list.ts';
import { fetchList } from './fetch-list.ts';

export interface Feed {
  readonly url: string;
  readonly format: ListFormat;
  /** Name or number, for csv. */
  readonly column: string;
  readonly mostBytes: number;
}

/** What is known of the feed from the last time. */
export interface FeedState {
  readonly url: string;
  readonly etag?: string;
  readonly digest: Digest;
}

export interface FeedTools {
  readonly fetch: typeof fetch;
  readonly store: (digest: Digest, bytes: Uint8Array) => Promise<'Stored' | 'Existed'>;
  readonly err: (text: string) => unknown;
}

/** Fetches, converts and stores. The state to keep, and whether the list is another than before. Throws {@link Refusal}. */
export async function pushFeed(
  feed: Feed,
  before: FeedState | undefined,
  tools: FeedTools,
): Promise<{ readonly state: FeedState; readonly isNew: boolean }> {
  const known = before?.url === feed.url ? before : undefined;
  const { url, mostBytes } = feed;
  const fetched = await fetchList({
    url,
    mostBytes,
    fetch: tools.fetch,
    ...(known?.etag !== undefined && { etag: known.etag }),
  });
  if (fetched.kind === 'Same') {
    if (known === undefined) throw new Refusal('Failed', `${url} answers 304 to who has nothing: try again`);
    tools.err('unchanged\n');
    return { state: known, isNew: false };
  }
  const list = convertList(fetched.bytes, feed.format, feed.column);
  const digest = contentDigest(list.bytes);
  const outcome = await tools.store(digest, list.bytes);
  const skipped = list.skipped === 0 ? '' : `, ${list.skipped} lines left out`;
  tools.err(`${list.entries} entries${skipped}, ${outcome === 'Existed' ? 'there already' : 'stored'}\n`);
  const state = { url, digest, ...(fetched.etag !== undefined && { etag: fetched.etag }) };
  return { state, isNew: digest !== before?.digest };
}

/** Undefined when there is no such file. Throws {@link Refusal} when it is something else. */
export async function readState(path: string): Promise<FeedState | undefined> {
  try {
    const state = JSON.parse(await readFile(path, 'utf8')) as FeedState;
    if (typeof state.url === 'string' && typeof state.digest === 'string') return state;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  }
  throw new Refusal(
    'Usage',
    `--state is ${path}, which is no state of a feed: remove it, or name another file`,
  );
}

/** Written beside and put in its place: nobody reads half of it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** Puts the new digest in place of the old one. Throws {@link Refusal} when the file does not name the old one. */
export async function replaceDigest(path: string, before: Digest, after: Digest): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(
      'Usage',
      `--update is ${path}, which cannot be read (${error.code}): check the path`,
      error,
    );
  });
  if (!text.includes(before))
    throw new Refusal(
      'Failed',
      `${path} does not name ${before}: write the digest into it once, or correct --replacing`,
    );
  await replaceFile(path, text.replaceAll(before, after));
}
