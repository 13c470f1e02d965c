// Which seqs pages of replays have dealt with, as far as the stream knows: read once, and from then on only what came since.
import type { Decimal } from '@menshen/contracts/decimal';
import { decodeManifest } from '@menshen/contracts/page-manifest';
import { captureStream, pageSubject } from '@menshen/contracts/subjects';
import { readTail } from '@menshen/jetstream/read-tail';
import type { JetStreamClient } from '@nats-io/jetstream';

export class ReplayedSeqs {
  readonly #js: JetStreamClient;
  readonly #corpId: string;
  readonly #seqs = new Set<Decimal>();
  #next = 1;

  constructor(js: JetStreamClient, corpId: string) {
    this.#js = js;
    this.#corpId = corpId;
  }

  /** Reads what is in the stream now. Rejects when it cannot be read to its end. */
  async refresh(): Promise<void> {
    const subject = pageSubject(this.#corpId);
    const tail = { stream: captureStream(this.#corpId), subject, from: { sequence: this.#next } };
    await readTail(this.#js, tail, (message) => {
      this.#next = message.seq + 1;
      const manifest = decodeManifest(message.data);
      if (manifest.kind !== 'Replay') return;
      for (const seq of [...manifest.messageSeqs, ...manifest.deadSeqs]) this.#seqs.add(seq);
    });
  }

  has(seq: Decimal): boolean {
    return this.#seqs.has(seq);
  }
}
