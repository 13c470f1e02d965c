// Dead letters that a key can open now become messages, by themselves: a key that comes late, or is put right, costs no message.
// A replay is a page like any other: fenced by the chain of manifests, and its manifest names the seqs, so none is replayed twice.
import { type DeadLetter, type DeadReason, decodeDeadLetter } from '@menshen/contracts/dead-letter';
import type { Decimal } from '@menshen/contracts/decimal';
import { decodeFrame } from '@menshen/contracts/frame';
import { decodeManifest } from '@menshen/contracts/page-manifest';
import { captureStream, deadSubject, pageSubject } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { Logger } from '@menshen/telemetry/logger';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { Replay } from './capture-loop.ts';
import type { DecryptPool } from './decrypt/decrypt-pool.ts';
import { type ReadEntry, readEntries } from './read-entries.ts';
import { type PulledEntry, readEnvelope } from './wecom/read-page.ts';

export interface ReplayOptions {
  readonly corpId: string;
  readonly js: JetStreamClient;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly pool: Pick<DecryptPool, 'decrypt'>;
  /** Key versions that can be used now. */
  readonly versions: () => readonly number[];
  readonly logger: Logger;
}

/** What another key may cure. */
const CURABLE: readonly DeadReason[] = ['unknown-key-version', 'key-failed'];
const MOST_IN_PAGE = 400;

interface Letter {
  readonly entry: PulledEntry;
  readonly capturedAtMs: number;
}
type Opened = ReadEntry & { readonly capturedAtMs: number };

export class ReplayDeadLetters {
  readonly #options: ReplayOptions;
  /** Look at start too: a key may have come while nobody ran. */
  #isDue = true;
  #queue: Opened[] = [];
  /** A page was handed out and nobody said that it is in. */
  #isOpen = false;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** The usable keys changed. */
  keysChanged(): void {
    this.#isDue = true;
  }

  /** The next page of replays; `undefined` nearly always. Rejects when stream or store cannot be read: it is tried again. */
  async take(): Promise<Replay | undefined> {
    // What was handed out and did not get in may have been replayed by another ingest: look again.
    if (this.#isDue || this.#isOpen) {
      this.#queue = await this.#load();
      this.#isDue = false;
      this.#isOpen = false;
    }
    const entries = this.#queue.slice(0, MOST_IN_PAGE);
    if (entries.length === 0) return undefined;
    this.#isOpen = true;
    return {
      entries,
      committed: () => {
        this.#queue = this.#queue.slice(entries.length);
        this.#isOpen = false;
      },
    };
  }

  async #load(): Promise<Opened[]> {
    const letters = await this.#curableLetters();
    if (letters.length === 0) return [];
    const replayed = await this.#replayedSeqs();
    const due = letters.filter(({ entry }) => !replayed.has(entry.seq));
    const opened = await this.#options.pool.decrypt(due.map(({ entry }) => entry));
    const read = readEntries(
      due.map(({ entry }) => entry),
      opened,
    );
    // What the keys still do not open stays the dead letter that it is.
    const cured = read.flatMap((entry, index): Opened[] => {
      const capturedAtMs = due[index]?.capturedAtMs ?? 0;
      return entry.ok || !CURABLE.includes(entry.reason) ? [{ ...entry, capturedAtMs }] : [];
    });
    if (cured.length > 0)
      this.#options.logger.info({ count: cured.length }, 'dead letters can be opened now: replaying them');
    return cured;
  }

  /** Dead letters for which there is a key, in order of seq. */
  async #curableLetters(): Promise<Letter[]> {
    const { js, corpId, versions } = this.#options;
    const usable = new Set(versions());
    const found: DeadLetter[] = [];
    for (const reason of CURABLE) {
      const tail = {
        stream: captureStream(corpId),
        subject: deadSubject(corpId, reason),
        from: { sequence: 1 },
      };
      await readTail(js, tail, (message) => {
        const letter = decodeDeadLetter(message.data);
        if (usable.has(letter.head.publickeyVer)) found.push(letter);
      });
    }
    const letters = await Promise.all(found.map((letter) => this.#readLetter(letter)));
    return letters
      .filter((letter) => letter !== undefined)
      .sort((a, b) => (BigInt(a.entry.seq) < BigInt(b.entry.seq) ? -1 : 1));
  }

  async #readLetter(letter: DeadLetter): Promise<Letter | undefined> {
    const { body, capturedAtMs, seq } = letter.head;
    const object = body === undefined ? undefined : await this.#options.objects.get(body.objectKey);
    if (body !== undefined && object === undefined)
      throw new Error(`the object of dead letter ${seq} is missing`);
    const envelope = object === undefined ? letter.envelope : decodeFrame(object)[1];
    const entry = readEnvelope(Buffer.from(envelope ?? []));
    return entry === undefined || entry.malformed !== undefined ? undefined : { entry, capturedAtMs };
  }

  async #replayedSeqs(): Promise<Set<Decimal>> {
    const { js, corpId } = this.#options;
    const seqs = new Set<Decimal>();
    const tail = { stream: captureStream(corpId), subject: pageSubject(corpId), from: { sequence: 1 } };
    await readTail(js, tail, (message) => {
      const manifest = decodeManifest(message.data);
      if (manifest.kind !== 'Replay') return;
      for (const seq of [...manifest.messageSeqs, ...manifest.deadSeqs]) seqs.add(seq);
    });
    return seqs;
  }
}
