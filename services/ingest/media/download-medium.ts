// One file, piece by piece, into the object store under the hash of its plaintext. Memory stays at a piece or two: what is larger than one
// piece waits in a scratch file, because its name in the store is known only at its end.
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaReference } from '@menshen/contracts/media-reference';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { ChunkOutcome, ChunkRequest, MessageSource } from '../wecom/source.ts';
import { checkClaim, type MediaOutcome, outcomeOfFault } from './media-outcome.ts';

export interface DownloaderOptions {
  readonly corpId: string;
  readonly source: Pick<MessageSource, 'mediaChunk'>;
  readonly objects: Pick<ObjectStore, 'put' | 'putStream'>;
  /** A larger file is not fetched. */
  readonly maxBytes: number;
  /** An existing folder for scratch files. */
  readonly scratchDir: string;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** Tries for one piece, and for a file whose claim does not hold, before the file counts as failed or as it is. */
const PIECE_TRIES = 3;
const CLAIM_TRIES = 3;
const PAUSE_MS = 200;

/** Where the plaintext of a tenant's file lies; never shared between tenants (design: media). */
export function mediaKey(corpId: string, sha256Hex: string): string {
  return `${corpId}/media/${sha256Hex}`;
}

export class Downloader {
  readonly #options: DownloaderOptions;

  constructor(options: DownloaderOptions) {
    this.#options = options;
  }

  /** Never rejects for what WeCom, the network or the store does. */
  async download(reference: MediaReference): Promise<MediaOutcome> {
    const { maxBytes } = this.#options;
    if ((reference.sizeBytes ?? 0) > maxBytes) return { kind: 'Lost', cause: 'TooLarge' };
    for (let tries = 1; ; tries++) {
      const scratch = new Scratch(this.#options.scratchDir);
      try {
        const failure = await this.#fetch(reference, scratch);
        if (failure !== undefined) return failure;
        const claim = checkClaim(reference, scratch.finish());
        // A wrong md5 may be damage on the way, or WeCom's own mistake: after a few tries the bytes are kept and flagged.
        if (claim !== 'Mismatch' || tries >= CLAIM_TRIES) return await this.#store(scratch, claim);
      } catch (error) {
        return { kind: 'Interrupted', error };
      } finally {
        await scratch.remove();
      }
    }
  }

  /** Everything into the scratch; `undefined` when it is all there. */
  async #fetch(reference: MediaReference, scratch: Scratch): Promise<MediaOutcome | undefined> {
    for (let index = ''; ; ) {
      if (this.#options.isStopping()) return { kind: 'Interrupted' };
      const piece = await this.#piece({ sdkfileid: reference.sdkfileid, index });
      if (!piece.ok)
        return this.#options.isStopping() ? { kind: 'Interrupted' } : outcomeOfFault(piece.fault);
      await scratch.append(piece.data, piece.isLast);
      if (scratch.sizeBytes > this.#options.maxBytes) return { kind: 'Lost', cause: 'TooLarge' };
      if (piece.isLast) return undefined;
      index = piece.nextIndex;
    }
  }

  /** A piece that fails is asked for again: what came before it stays. */
  async #piece(request: ChunkRequest): Promise<ChunkOutcome> {
    const { source, sleep, isStopping } = this.#options;
    for (let tries = 1; ; tries++) {
      const chunk = await source.mediaChunk(request);
      if (chunk.ok || chunk.fault.action !== 'Retry' || tries >= PIECE_TRIES || isStopping()) return chunk;
      await sleep(PAUSE_MS * tries);
    }
  }

  async #store(scratch: Scratch, claim: 'Match' | 'Mismatch' | 'NotClaimed'): Promise<MediaOutcome> {
    const { objects, corpId } = this.#options;
    const { sha256, sizeBytes } = scratch.finish();
    const objectKey = mediaKey(corpId, sha256);
    if (scratch.only !== undefined) await objects.put(objectKey, scratch.only, { ifAbsent: true });
    else await objects.putStream(objectKey, scratch.read(), { ifAbsent: true });
    return { kind: 'Stored', sha256: `sha256:${sha256}`, sizeBytes, objectKey, claim };
  }
}

/** The plaintext so far, with its hashes. */
class Scratch {
  /** Set when the whole file is one piece: it never touches the disk. */
  only: Uint8Array | undefined;
  sizeBytes = 0;
  readonly #path: string;
  readonly #md5: Hash = createHash('md5');
  readonly #sha256: Hash = createHash('sha256');
  #file: FileHandle | undefined;
  #finished: { md5: string; sha256: string; sizeBytes: number } | undefined;

  constructor(folder: string) {
    this.#path = join(folder, `media-${randomUUID()}`);
  }

  async append(piece: Uint8Array, isLast: boolean): Promise<void> {
    this.sizeBytes += piece.length;
    this.#md5.update(piece);
    this.#sha256.update(piece);
    if (isLast && this.#file === undefined) {
      this.only = piece;
      return;
    }
    this.#file ??= await open(this.#path, 'wx', 0o600);
    await this.#file.writeFile(piece);
  }

  finish(): { readonly md5: string; readonly sha256: string; readonly sizeBytes: number } {
    this.#finished ??= {
      md5: this.#md5.digest('hex'),
      sha256: this.#sha256.digest('hex'),
      sizeBytes: this.sizeBytes,
    };
    return this.#finished;
  }

  read(): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path);
  }

  async remove(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.close();
    await rm(this.#path, { force: true });
  }
}
