// What the order of work needs to know of a message before anything is fetched: until when, and how much.
import { decodeCaptured } from '@menshen/contracts/captured-message';
import { listMedia } from '@menshen/contracts/media-reference';
import { parseMessage } from '@menshen/contracts/parse-message';
import { MEDIA_WINDOW_MS } from './media-outcome.ts';

/** Taken for a file whose size nobody claims, and for the files of a message whose body lies in the store. */
const GUESSED_BYTES = 1024 * 1024;

/** A message that cannot be read comes at once: whoever handles it says what is wrong with it. */
export function describeWork(payload: Uint8Array): {
  readonly deadlineMs: number;
  readonly sizeBytes: number;
} {
  try {
    const { stamp, raw } = decodeCaptured(payload);
    const saidAtMs = stamp.eventTimeMs > 0 ? stamp.eventTimeMs : stamp.capturedAtMs;
    return {
      // Never later than what capture itself proves: a sender's clock may be ahead.
      deadlineMs: Math.min(saidAtMs, stamp.capturedAtMs) + MEDIA_WINDOW_MS,
      sizeBytes: stamp.body === undefined ? claimedBytes(raw) : GUESSED_BYTES,
    };
  } catch {
    return { deadlineMs: 0, sizeBytes: 0 };
  }
}

function claimedBytes(raw: Uint8Array): number {
  const parsed = parseMessage(raw);
  if (!parsed.ok) return 0;
  return listMedia(parsed.message).reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? GUESSED_BYTES), 0);
}
