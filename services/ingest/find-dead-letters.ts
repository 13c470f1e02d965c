// Dead letters that a key may open now, part by part: first those that only the archive still has, then those in the stream.
// Millions may wait for one key, so no more than one part is held at a time.
import type { ArchivedLetter, ReadArchivedLetters } from '@menshen/contracts/archived-letter';
import { largeMessageKey } from '@menshen/contracts/captured-message';
import type { Clock } from '@menshen/contracts/clock';
import { type DeadLetter, type DeadReason, decodeDeadLetter } from '@menshen/contracts/dead-letter';
import { compareDecimals, type Decimal } from '@menshen/contracts/decimal';
import { decodeFrame } from '@menshen/contracts/frame';
import { captureStream, deadSubject } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient } from '@nats-io/jetstream';
import { type PulledEntry, readEnvelope } from './wecom/read-page.ts';

/** What another key may cure. */
export const CURABLE: readonly DeadReason[] = ['unknown-key-version', 'key-failed'];

export interface FindOptions {
  readonly corpId: string;
  readonly js: JetStreamClient;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly archivedLetters: ReadArchivedLetters;
  /** Key versions that can be used now. */
  readonly versions: () => readonly number[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FoundLetter {
  readonly entry: PulledEntry;
  readonly capturedAtMs: number;
}

/** Letters of one part: about 2.5 kB each. */
const PART = 2_000;
/** The archive is asked again after this when it could not be asked, ms: capture does not wait for it. */
const ARCHIVE_PAUSE_MS = 10_000;

export class FindDeadLetters {
  readonly #options: FindOptions;
  /** Where the archive is read on; `undefined` when it has been read. */
  #archiveAfter: Decimal | undefined = '0';
  #archiveNotBeforeMs = 0;
  /** Reason → stream sequence from which it is read on; absent when it has been read. */
  readonly #streamFrom = new Map<DeadReason, number>();

  constructor(options: FindOptions) {
    this.#options = options;
    this.begin();
  }

  /** Everything is looked at once more. */
  begin(): void {
    this.#archiveAfter = '0';
    this.#archiveNotBeforeMs = 0;
    for (const reason of CURABLE) this.#streamFrom.set(reason, 1);
  }

  /** True when a look may find more now. */
  hasMore(): boolean {
    return this.#streamFrom.size > 0 || this.#mayAskArchive();
  }

  /** The next part, by seq; may be empty while there is more. Rejects when stream or store cannot be read. */
  async next(): Promise<FoundLetter[]> {
    const letters = this.#mayAskArchive() ? await this.#fromArchive() : [];
    if (letters.length > 0) return letters;
    const [reason] = this.#streamFrom.keys();
    return reason === undefined ? [] : await this.#fromStream(reason);
  }

  #mayAskArchive(): boolean {
    return this.#archiveAfter !== undefined && this.#options.clock.nowMs() >= this.#archiveNotBeforeMs;
  }

  async #fromArchive(): Promise<FoundLetter[]> {
    const { archivedLetters, versions, clock, logger } = this.#options;
    const afterSeq = this.#archiveAfter ?? '0';
    const usable = versions();
    let letters: readonly ArchivedLetter[] = [];
    try {
      if (usable.length > 0)
        letters = await archivedLetters({ reasons: CURABLE, versions: usable, afterSeq, limit: PART });
    } catch (error) {
      logger.warn({ error }, 'the archive cannot be asked for dead letters, it is asked again');
      this.#archiveNotBeforeMs = clock.nowMs() + ARCHIVE_PAUSE_MS;
      return [];
    }
    const found = await Promise.all(letters.map((letter) => this.#readArchived(letter)));
    this.#archiveAfter = letters.length < PART ? undefined : letters.at(-1)?.seq;
    return found.filter((letter) => letter !== undefined);
  }

  async #readArchived(letter: ArchivedLetter): Promise<FoundLetter | undefined> {
    const { corpId, objects } = this.#options;
    const { envelope, capturedAtMs, digest } = letter;
    if (envelope !== '') return readLetter(Buffer.from(envelope), capturedAtMs);
    const object = await objects.get(largeMessageKey(corpId, digest));
    if (object === undefined) throw new Error(`the object of dead letter ${letter.seq} is missing`);
    return readLetter(decodeFrame(object)[1], capturedAtMs);
  }

  async #fromStream(reason: DeadReason): Promise<FoundLetter[]> {
    const { js, corpId, versions } = this.#options;
    const usable = new Set(versions());
    const found: DeadLetter[] = [];
    let sequence = this.#streamFrom.get(reason) ?? 1;
    const tail = { stream: captureStream(corpId), subject: deadSubject(corpId, reason), from: { sequence } };
    await readTail(js, tail, (message) => {
      sequence = message.seq + 1;
      const letter = decodeDeadLetter(message.data);
      if (usable.has(letter.head.publickeyVer)) found.push(letter);
      return found.length < PART;
    });
    const letters = await Promise.all(found.map((letter) => this.#readStreamed(letter)));
    if (found.length < PART) this.#streamFrom.delete(reason);
    else this.#streamFrom.set(reason, sequence);
    return letters
      .filter((letter) => letter !== undefined)
      .sort((a, b) => compareDecimals(a.entry.seq, b.entry.seq));
  }

  async #readStreamed({ head, envelope }: DeadLetter): Promise<FoundLetter | undefined> {
    const { body, capturedAtMs, seq } = head;
    if (body === undefined) return readLetter(envelope, capturedAtMs);
    const object = await this.#options.objects.get(body.objectKey);
    if (object === undefined) throw new Error(`the object of dead letter ${seq} is missing`);
    return readLetter(decodeFrame(object)[1], capturedAtMs);
  }
}

function readLetter(envelope: Uint8Array | undefined, capturedAtMs: number): FoundLetter | undefined {
  const entry = readEnvelope(Buffer.from(envelope ?? []));
  return entry === undefined || entry.malformed !== undefined ? undefined : { entry, capturedAtMs };
}
