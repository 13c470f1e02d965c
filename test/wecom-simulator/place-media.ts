// Files of appended messages: put on the shelf, and written into the message where WeCom would name them.
import type { FileFault, MediaShelf, ShelvedMedia } from './media-shelf.ts';
import { filler } from './small-files.ts';

export interface PlacedMedia {
  /** Where in the message the medium's body is, by member names and indexes: `file`, `mixed.item[1].content`. */
  readonly path: string;
  /** Its bytes … */
  readonly base64?: string;
  /** … or how many bytes are to be made up. */
  readonly sizeBytes?: number;
  /** Then: they are made from this as they are served, so there may be any number of them. A whole number, not negative. */
  readonly seed?: number;
  /** What goes wrong when it is fetched. */
  readonly faults?: readonly FileFault[];
  /** Claimed instead of the true size. */
  readonly claimedBytes?: number;
  /** Claimed instead of the true MD5; `''` claims none. */
  readonly md5?: string;
}

type Body = Record<string, unknown>;

/** WeCom's name of the size depends on the body (WeCom developer page p/91774). */
const SIZE_FIELDS: Readonly<Record<string, string>> = { voice: 'voice_size', emotion: 'imagesize' };

/** Gives the message with its media in it, and the SHA-256 (hex) of each by path. Throws on a medium without bytes or a path without a body. */
export function placeMedia(
  message: Readonly<Body>,
  media: readonly PlacedMedia[],
  on: { readonly shelf: MediaShelf; readonly number: number },
): { readonly message: Body; readonly hashes: Readonly<Record<string, string>> } {
  const copy = structuredClone(message) as Body;
  const hashes: Record<string, string> = {};
  media.forEach((medium, index) => {
    // Eight numbers for each message, as the generator has them.
    const file = shelve(medium, on.shelf, on.number * 8 + index);
    const sizeField = SIZE_FIELDS[medium.path] ?? 'filesize';
    const fields = {
      sdkfileid: file.sdkfileid,
      md5sum: medium.md5 ?? file.md5,
      [sizeField]: medium.claimedBytes ?? file.sizeBytes,
    };
    writeAt(copy, medium.path, fields);
    hashes[medium.path] = file.sha256;
  });
  return { message: copy, hashes };
}

function shelve(medium: PlacedMedia, shelf: MediaShelf, number: number): ShelvedMedia {
  const { path, seed, sizeBytes, faults = [] } = medium;
  if (seed === undefined) return shelf.put(number, bytesOf(medium), faults);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new Error(`media at ${path}: seed must be a whole number`);
  return shelf.putMadeUp(number, { seed, sizeBytes: checkSize(path, sizeBytes) }, faults);
}

function bytesOf({ path, base64, sizeBytes }: PlacedMedia): Buffer {
  if (base64 !== undefined) return Buffer.from(base64, 'base64');
  return filler(checkSize(path, sizeBytes), 7);
}

function checkSize(path: string, sizeBytes: number | undefined): number {
  if (sizeBytes === undefined || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
    throw new Error(`media at ${path}: base64 or sizeBytes is needed`);
  return sizeBytes;
}

/** A body that is JSON within a text, as in `mixed` and `chatrecord` items, is opened and written back. */
function writeAt(message: Body, path: string, fields: Readonly<Body>): void {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop();
  let at: unknown = message;
  for (const step of steps) at = (at as Body | undefined)?.[step];
  if (last === undefined || typeof at !== 'object' || at === null)
    throw new Error(`nothing in the message is at ${path}`);
  const holder = at as Body;
  const before = holder[last];
  holder[last] =
    typeof before === 'string'
      ? JSON.stringify({ ...(JSON.parse(before) as Body), ...fields })
      : { ...(before as Body | undefined), ...fields };
}
