// What a watch says, read from the stream of JSON lines it is sent as.
import { ApiError, errorFromStatus, type Status } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';

export type WatchEvent<T> =
  | { readonly type: 'Added' | 'Modified' | 'Deleted'; readonly object: T }
  /** Nothing happened up to this version: a watch may go on from it. */
  | { readonly type: 'Bookmark'; readonly resourceVersion: string };

const NEWLINE = 0x0a;

/** Throws ApiError for an ERROR event (Gone when the version is too old) and for a line that is no event. */
export async function* readWatchEvents<T extends KubeObject>(
  body: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<WatchEvent<T>> {
  for await (const line of readLines(body)) {
    const event = parseEvent<T>(line, what);
    if (event !== undefined) yield event;
  }
}

/** Whole lines only: what comes after the last newline was cut off with the connection and will be sent again. */
async function* readLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Bytes, not text, are collected: a chunk may end in the middle of a character.
  let pieces: Uint8Array[] = [];
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...pieces, chunk.subarray(start, end)]).toString('utf8');
      pieces = [];
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}

function parseEvent<T extends KubeObject>(line: string, what: string): WatchEvent<T> | undefined {
  const { type, object } = parseLine(line, what);
  switch (type) {
    case 'ADDED':
      return { type: 'Added', object: object as T };
    case 'MODIFIED':
      return { type: 'Modified', object: object as T };
    case 'DELETED':
      return { type: 'Deleted', object: object as T };
    case 'BOOKMARK':
      return { type: 'Bookmark', resourceVersion: (object as KubeObject).metadata.resourceVersion ?? '' };
    case 'ERROR':
      throw errorFromStatus(object as Status, { what });
    default:
      // A kind of event that is younger than this code.
      return undefined;
  }
}

function parseLine(line: string, what: string): { type?: unknown; object?: unknown } {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch (cause) {
    throw new ApiError('Transport', `${what}: a line of the stream is no JSON`, { cause });
  }
  throw new ApiError('Transport', `${what}: a line of the stream is no event`);
}
