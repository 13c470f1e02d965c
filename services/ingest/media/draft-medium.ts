// A file on its way into the store: its parts wait there as objects of their own, because its name is its hash, known only at the end.
// A part and then the mark that names it are durable before the next part begins, so that another process goes on where this one died.
import { createHash, type Hash } from 'node:crypto';
import { LEAST_PART_BYTES, type ObjectStore } from '@menshen/objects/object-store';

export type DraftStore = Pick<ObjectStore, 'put' | 'compose' | 'get' | 'list' | 'delete'>;

/** Bytes held before they are written as a part; one chunk of the source more at most. */
export const PART_BYTES = LEAST_PART_BYTES;

/** What another process needs to go on; a JSON object beside the parts. */
interface Mark {
  /** Bytes of each part. */
  readonly parts: readonly number[];
  /** Where the source goes on behind them (`ChunkRequest.index`). */
  readonly index: string;
}

export interface FinishedDraft {
  readonly sizeBytes: number;
  /** Hex. */
  readonly md5: string;
  /** Hex. */
  readonly sha256: string;
}

export class Draft {
  /** Where the source goes on: '' at the beginning. */
  index = '';
  sizeBytes = 0;
  readonly #store: DraftStore;
  readonly #prefix: string;
  #parts: number[] = [];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #md5: Hash = createHash('md5');
  #sha256: Hash = createHash('sha256');
  #finished: FinishedDraft | undefined;

  private constructor(store: DraftStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /** Opens the draft under this prefix, with everything that an earlier try has stored of it. Rejects when the store is away. */
  static async open(store: DraftStore, prefix: string): Promise<Draft> {
    const draft = new Draft(store, prefix);
    const stored = await store.get(draft.#markKey);
    const mark = stored === undefined ? undefined : readMark(stored);
    if (mark !== undefined && !(await draft.#readBack(mark))) draft.#reset();
    return draft;
  }

  /** Takes one chunk; `index` is where the source goes on behind it, absent behind the last. A full part is durable when this resolves. */
  async append(chunk: Uint8Array, index?: string): Promise<void> {
    this.#hash(chunk);
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    // Behind the last chunk there is nothing to ask for: a mark there could not be gone on from.
    if (index === undefined) return;
    this.index = index;
    if (this.#waitingBytes < PART_BYTES) return;
    await this.#writePart();
    const mark: Mark = { parts: this.#parts, index };
    await this.#store.put(this.#markKey, Buffer.from(JSON.stringify(mark)));
  }

  finish(): FinishedDraft {
    this.#finished ??= {
      sizeBytes: this.sizeBytes,
      md5: this.#md5.digest('hex'),
      sha256: this.#sha256.digest('hex'),
    };
    return this.#finished;
  }

  /** Puts the whole under its key; the same bytes that are there already stay. */
  async storeAs(key: string): Promise<void> {
    const options = { ifAbsent: true };
    if (this.#parts.length === 0) {
      await this.#store.put(key, this.#takeWaiting(), options);
      return;
    }
    if (this.#waitingBytes > 0) await this.#writePart();
    await this.#store.compose(
      key,
      this.#parts.map((_, number) => this.#partKey(number)),
      options,
    );
  }

  /** Removes everything stored and begins again. The mark goes first: one that is there always names parts that are there. */
  async discard(): Promise<void> {
    if (this.#parts.length > 0) {
      await this.#store.delete(this.#markKey);
      for await (const { key } of this.#store.list(`${this.#prefix}.`)) await this.#store.delete(key);
    }
    this.#reset();
  }

  async #writePart(): Promise<void> {
    const part = this.#takeWaiting();
    await this.#store.put(this.#partKey(this.#parts.length), part);
    this.#parts.push(part.length);
  }

  #takeWaiting(): Uint8Array {
    const [only] = this.#waiting;
    const part = this.#waiting.length === 1 && only !== undefined ? only : Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return part;
  }

  /** Hashes what is stored: the state of a hash cannot be kept over a process. False when the parts are not what the mark says. */
  async #readBack(mark: Mark): Promise<boolean> {
    for (const [number, bytes] of mark.parts.entries()) {
      const part = await this.#store.get(this.#partKey(number));
      if (part?.length !== bytes) return false;
      this.#hash(part);
      this.#parts.push(bytes);
    }
    this.index = mark.index;
    return true;
  }

  #hash(bytes: Uint8Array): void {
    this.sizeBytes += bytes.length;
    this.#md5.update(bytes);
    this.#sha256.update(bytes);
  }

  #reset(): void {
    this.index = '';
    this.sizeBytes = 0;
    this.#parts = [];
    this.#takeWaiting();
    this.#md5 = createHash('md5');
    this.#sha256 = createHash('sha256');
    this.#finished = undefined;
  }

  get #markKey(): string {
    return `${this.#prefix}.mark`;
  }

  /** In byte order of their numbers. */
  #partKey(number: number): string {
    return `${this.#prefix}.${String(number).padStart(5, '0')}`;
  }
}

/** `undefined` for what no process of ours wrote: then the file begins anew. */
function readMark(bytes: Buffer): Mark | undefined {
  try {
    const { parts, index } = JSON.parse(bytes.toString('utf8')) as Partial<Mark>;
    const isWhole = Array.isArray(parts) && parts.every(Number.isSafeInteger) && typeof index === 'string';
    return isWhole ? { parts, index } : undefined;
  } catch {
    return undefined;
  }
}

const DAY_MS = 24 * 3_600_000;

/** One file of one message: the same for every process, and without its sdkfileid, which is a credential. */
export interface DraftOf {
  readonly corpId: string;
  readonly seq: string;
  readonly path: string;
  readonly capturedAtMs: number;
}

/** Named by the day of capture, so that what nobody will finish any more is found by its name; one folder, so that none is left empty. */
export function draftPrefix({ corpId, seq, path, capturedAtMs }: DraftOf): string {
  const name = createHash('sha256').update(path).digest('hex').slice(0, 16);
  return `${draftsOf(corpId)}${String(Math.floor(capturedAtMs / DAY_MS)).padStart(6, '0')}-${seq}-${name}`;
}

const draftsOf = (corpId: string): string => `${corpId}/media-drafts/`;

/** Removes drafts of messages captured more than `keepMs` ago. Gives how many objects. Rejects when the store is away. */
export async function sweepDrafts(
  store: Pick<ObjectStore, 'list' | 'delete'>,
  of: { readonly corpId: string; readonly nowMs: number; readonly keepMs: number },
): Promise<number> {
  const root = draftsOf(of.corpId);
  let removed = 0;
  for await (const { key } of store.list(root)) {
    const day = Number(key.slice(root.length).split('-')[0]);
    if ((day + 1) * DAY_MS > of.nowMs - of.keepMs) break;
    await store.delete(key);
    removed++;
  }
  return removed;
}
