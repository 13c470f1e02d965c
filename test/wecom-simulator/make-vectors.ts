// Test vectors of the message envelope, for whoever reads it: a key, a ciphertext and the plaintext that must come out.
import { foundAcme } from './acme.ts';
import { type FillerLengths, sealText } from './envelope.ts';
import { createGenerator } from './generate-conversations.ts';
import { createMediaShelf } from './media-shelf.ts';
import { type SeededRandom, seededRandom } from './seeded-random.ts';

export interface Vector {
  /** What RSA gives for `encrypt_random_key`; the SDK calls it `encrypt_key`. */
  readonly key: string;
  /**
   * `encrypt_chat_msg` as WeCom sends it. It is a text with filler in it; here the fillers have such lengths that the whole is base64 too, so
   * that a tool which expects base64 of this member is not wrong.
   */
  readonly ciphertext_b64: string;
  /** Exact JSON of a message. */
  readonly plaintext: string;
}

/** A moment of no meaning: the vectors of a seed are the same on every day. */
const STORY_BEGINS_MS = 1_764_000_000_000;
const MOST_FILLER = 24;
/** The characters that are ignored at the beginning, and the first key. */
const HEAD = 13 + 32;

/** The first vectors hold what is short or just fills a block, the others what people say. */
export function* makeVectors(count: number, seed: number): Generator<Vector> {
  const random = seededRandom(seed, 0x7ec7);
  const shelf = createMediaShelf();
  const timeOf = (i: number): number => STORY_BEGINS_MS + 1000 * i;
  const say = createGenerator({ seed, acme: foundAcme(seed), shelf, timeOf });
  for (let i = 0; i < count; i++) {
    const plaintext = i < EDGES.length ? (EDGES[i] ?? '') : say(i - EDGES.length).plaintext;
    const bytes = Buffer.from(plaintext, 'utf8');
    const { encryptKey, encryptChatMsg } = sealText(bytes, chooseFiller(bytes.length, random), random.bytes);
    yield { key: encryptKey, ciphertext_b64: encryptChatMsg, plaintext };
  }
}

const EDGES: readonly string[] = [
  '{}',
  ...[15, 16, 17, 31, 32].map((length) => JSON.stringify('x'.repeat(length - 2))),
  '{"text":{"content":"你好 👋🏽 \\u0000 \\\\ \\" é e\u0301"}}',
  JSON.stringify({ text: { content: '长'.repeat(2000) } }),
];

/** Nothing may follow the padding of base64, and the length of the whole must be a multiple of four. */
function chooseFiller(plaintextBytes: number, random: SeededRandom): FillerLengths {
  const blocks = 1 + Math.floor(plaintextBytes / 16) + 1;
  const end = blocks % 3 === 0 ? random.integer(MOST_FILLER) : 0;
  const s = 1 + random.integer(MOST_FILLER);
  const pre = random.integer(MOST_FILLER - 4);
  return { pre: pre + ((4 - ((HEAD + pre + s + end) % 4)) % 4), end, s };
}
