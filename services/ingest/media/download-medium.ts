// One file, piece by piece, into the object store under the hash of its plaintext. Memory stays at one part of a draft, however large the file.
import type { MediaReference } from '@menshen/contracts/media-reference';
import type { Logger } from '@menshen/telemetry/logger';
import type { SourceFault } from '../wecom/classify-errcode.ts';
import type { MediaCall } from '../wecom/pull-quota.ts';
import type { ChunkOutcome, ChunkRequest, MessageSource } from '../wecom/source.ts';
import { Draft, type DraftStore, draftPrefix } from './draft-medium.ts';
import { checkClaim, type MediaOutcome, outcomeOfFault } from './media-outcome.ts';
import type { MediaTurns } from './media-turns.ts';

export interface DownloaderOptions {
  readonly corpId: string;
  readonly source: Pick<MessageSource, 'mediaChunk'>;
  readonly objects: DraftStore;
  readonly turns: Pick<MediaTurns, 'next' | 'refused' | 'served'>;
  /** A larger file is not fetched. */
  readonly maxBytes: number;
  readonly logger: Logger;
  /** WeCom blocks media: told when it happens, while the file waits. */
  readonly reportRefusal: (fault: SourceFault) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** The message that a file belongs to: its draft lies under it. */
export interface DownloadOf {
  readonly seq: string;
  readonly capturedAtMs: number;
  /** Whose share of the calls its pieces take. */
  readonly call: MediaCall;
}

type Wanted = MediaReference & Pick<DownloadOf, 'call'>;

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
  async download(reference: MediaReference, of: DownloadOf): Promise<MediaOutcome> {
    const { corpId, objects, maxBytes, logger } = this.#options;
    if ((reference.sizeBytes ?? 0) > maxBytes) return { kind: 'Lost', cause: 'TooLarge' };
    try {
      const draft = await Draft.open(objects, draftPrefix({ ...of, corpId, path: reference.path }));
      if (draft.sizeBytes > 0)
        logger.info(
          { seq: of.seq, path: reference.path, bytes: draft.sizeBytes },
          'a file goes on where an earlier try ended',
        );
      const outcome = await this.#fill({ ...reference, call: of.call }, draft);
      // What may still come keeps what is there of it.
      if (outcome.kind === 'Stored' || outcome.kind === 'Lost') await draft.discard();
      return outcome;
    } catch (error) {
      return { kind: 'Interrupted', error };
    }
  }

  /** Until the claim holds. A wrong md5 may be damage on the way, or WeCom's own mistake: then the bytes are kept and flagged. */
  async #fill(reference: Wanted, draft: Draft): Promise<MediaOutcome> {
    let before = '';
    for (let tries = 1; ; tries++) {
      const failure = await this.#fetchOrBeginAgain(reference, draft);
      if (failure !== undefined) return failure;
      const got = draft.finish();
      const claim = checkClaim(reference, got);
      // The same bytes twice: it is the claim that is wrong.
      if (claim !== 'Mismatch' || tries >= CLAIM_TRIES || got.sha256 === before)
        return await this.#store(draft, claim);
      before = got.sha256;
      await draft.discard();
    }
  }

  /** Everything into the draft, `undefined` when it is all there. A piece that stays unusable may follow others that are: once more from the first. */
  async #fetchOrBeginAgain(reference: Wanted, draft: Draft): Promise<MediaOutcome | undefined> {
    const failure = await this.#fetch(reference, draft);
    if (failure?.kind !== 'Failed' || failure.cause !== 'BadAnswer' || draft.index === '') return failure;
    await draft.discard();
    return await this.#fetch(reference, draft);
  }

  async #fetch(reference: Wanted, draft: Draft): Promise<MediaOutcome | undefined> {
    const { isStopping, maxBytes } = this.#options;
    for (;;) {
      if (isStopping()) return { kind: 'Interrupted' };
      const piece = await this.#piece({ sdkfileid: reference.sdkfileid, index: draft.index }, reference.call);
      if (!piece.ok) return isStopping() ? { kind: 'Interrupted' } : outcomeOfFault(piece.fault);
      await draft.append(piece.data, piece.isLast ? undefined : piece.nextIndex);
      if (draft.sizeBytes > maxBytes) return { kind: 'Lost', cause: 'TooLarge' };
      if (piece.isLast) return undefined;
    }
  }

  /** A piece that fails is asked for again: what came before it stays. While WeCom blocks media nothing counts as a try. */
  async #piece(request: ChunkRequest, call: MediaCall): Promise<ChunkOutcome> {
    const { source, turns, sleep, isStopping, reportRefusal } = this.#options;
    for (let tries = 1; ; ) {
      await turns.next(call);
      const chunk = await source.mediaChunk(request);
      if (chunk.ok) turns.served();
      if (chunk.ok || isStopping()) return chunk;
      if (chunk.fault.action === 'Wait') {
        turns.refused();
        reportRefusal(chunk.fault);
        continue;
      }
      if (chunk.fault.action !== 'Retry' || tries >= PIECE_TRIES) return chunk;
      await sleep(PAUSE_MS * tries++);
    }
  }

  async #store(draft: Draft, claim: 'Match' | 'Mismatch' | 'NotClaimed'): Promise<MediaOutcome> {
    const { sha256, sizeBytes } = draft.finish();
    const objectKey = mediaKey(this.#options.corpId, sha256);
    await draft.storeAs(objectKey);
    return { kind: 'Stored', sha256: `sha256:${sha256}`, sizeBytes, objectKey, claim };
  }
}
