// Which files a media run sends, what goes wrong with each, and what must come of it. A function of the seed.
import type { PlacedMedia } from '@menshen/wecom-simulator/place-media';
import { type SeededRandom, seededRandom } from '@menshen/wecom-simulator/seeded-random';

export interface PlannedFile {
  /** Goes to the simulator. */
  readonly medium: PlacedMedia;
  readonly sizeBytes: number;
  /** A name of the trouble, for the count. */
  readonly trouble: string | undefined;
  readonly expected: Expectation;
}

export type Expectation =
  | { readonly state: 'Stored'; readonly claim: 'Match' | 'Mismatch' }
  | { readonly state: 'Gap'; readonly cause: string };

export interface FilePlan {
  readonly files: number;
  readonly maxBytes: number;
  /** About how many bytes all of them have: sizes are drawn log-uniformly, the share of large ones is chosen to fit. */
  readonly totalBytes: number;
  readonly seed: number;
}

/** Ciphertext of one answer (measured on the Finance SDK). */
const CHUNK_BYTES = 524_288;
/** What most files stay below, so that the sum fits. */
const SMALL_BYTES = 1024 * 1024;
const FAULTY_SHARE = 0.05;

export function planFiles(plan: FilePlan): PlannedFile[] {
  const random = seededRandom(plan.seed, 0x3ed1a);
  const wideShare = shareOfWide(plan);
  return Array.from({ length: plan.files }, (_, index) => {
    const sizeBytes = edgeSize(index, plan.maxBytes) ?? drawSize(random, plan, wideShare);
    const isFaulty = random.chance(FAULTY_SHARE);
    const trouble = isFaulty ? random.pick(TROUBLES) : undefined;
    const made: PlacedMedia = { path: 'file', sizeBytes, seed: plan.seed * 1_000_003 + index };
    return {
      medium: { ...made, ...trouble?.place(sizeBytes, random) },
      sizeBytes,
      trouble: trouble?.name,
      expected: trouble?.expected ?? { state: 'Stored', claim: 'Match' },
    };
  });
}

/** Every run has these: nothing, blocks, chunks and parts and one byte beside each, and the largest. */
function edgeSize(index: number, maxBytes: number): number | undefined {
  const exact = [0, 16, CHUNK_BYTES, 2 * CHUNK_BYTES, 10 * CHUNK_BYTES, 20 * CHUNK_BYTES, 33 * CHUNK_BYTES];
  const edges = [...exact.flatMap((size) => [size, size + 1, Math.max(0, size - 1)]), maxBytes];
  const size = edges[index];
  return size === undefined ? undefined : Math.min(size, maxBytes);
}

/** One in ten is an exact multiple of a chunk, where there is room for one. */
function drawSize(random: SeededRandom, { maxBytes }: FilePlan, wideShare: number): number {
  const most = random.chance(wideShare) ? maxBytes : Math.min(SMALL_BYTES, maxBytes);
  const size = Math.floor(Math.exp(random.next() * Math.log(most + 1))) - 1;
  return random.chance(0.1) ? Math.min(most, Math.ceil(size / CHUNK_BYTES) * CHUNK_BYTES) : size;
}

/** Share of files drawn from the whole range; the mean of a log-uniform size up to n is n ÷ ln n. */
function shareOfWide({ files, maxBytes, totalBytes }: FilePlan): number {
  const mean = (most: number): number => most / Math.log(most + 1);
  const small = mean(Math.min(SMALL_BYTES, maxBytes));
  const wide = mean(maxBytes);
  if (wide <= small) return 1;
  return Math.max(0, Math.min(1, (totalBytes / files - small) / (wide - small)));
}

interface Trouble {
  readonly name: string;
  readonly expected: Expectation;
  readonly place: (sizeBytes: number, random: SeededRandom) => Partial<PlacedMedia>;
}

const WHOLE: Expectation = { state: 'Stored', claim: 'Match' };
const FLAGGED: Expectation = { state: 'Stored', claim: 'Mismatch' };

/** Somewhere in the file. */
const somewhere = (sizeBytes: number, random: SeededRandom): number =>
  random.integer(Math.floor(sizeBytes / CHUNK_BYTES) + 1) * CHUNK_BYTES;

const fault =
  (
    kind:
      | 'cut'
      | 'truncated'
      | 'http-502'
      | 'no-range-header'
      | 'wrong-range-header'
      | 'empty-content'
      | 'empty',
    times = 1,
  ) =>
  (sizeBytes: number, random: SeededRandom): Partial<PlacedMedia> => ({
    faults: [{ kind, times, fromByte: somewhere(sizeBytes, random) }],
  });

const TROUBLES: readonly Trouble[] = [
  { name: 'cut', expected: WHOLE, place: fault('cut') },
  { name: 'cut-often', expected: WHOLE, place: fault('cut', 4) },
  { name: 'truncated', expected: WHOLE, place: fault('truncated') },
  { name: 'gateway-page', expected: WHOLE, place: fault('http-502', 2) },
  { name: 'empty-body', expected: WHOLE, place: fault('empty') },
  { name: 'empty-content', expected: WHOLE, place: fault('empty-content', 2) },
  { name: 'no-range', expected: WHOLE, place: fault('no-range-header') },
  // More often than one piece is tried: the file begins again from its first piece.
  { name: 'no-range-for-long', expected: WHOLE, place: fault('no-range-header', 4) },
  { name: 'wrong-range', expected: WHOLE, place: fault('wrong-range-header', 2) },
  {
    name: 'slow',
    expected: WHOLE,
    place: (sizeBytes, random) => ({
      faults: [{ kind: 'slow', delayMs: 400, times: 2, fromByte: somewhere(sizeBytes, random) }],
    }),
  },
  {
    name: 'busy',
    expected: WHOLE,
    place: (sizeBytes, random) => ({
      faults: [{ kind: 'errcode', errcode: -1, times: 2, fromByte: somewhere(sizeBytes, random) }],
    }),
  },
  { name: 'damaged-once', expected: WHOLE, place: () => ({ faults: [{ kind: 'flipped-content' }] }) },
  {
    name: 'gone',
    expected: { state: 'Gap', cause: 'Expired' },
    place: (sizeBytes, random) => ({
      faults: [{ kind: 'errcode', errcode: 301048, times: 1_000, fromByte: somewhere(sizeBytes, random) }],
    }),
  },
  { name: 'wrong-md5', expected: FLAGGED, place: () => ({ md5: 'f'.repeat(32) }) },
  { name: 'no-md5', expected: WHOLE, place: () => ({ md5: '' }) },
  { name: 'wrong-size', expected: FLAGGED, place: (sizeBytes) => ({ claimedBytes: sizeBytes + 1 }) },
];
