// The body of an answer that a test writes bit by bit: it can end well, break, or just fall silent.

export class ByteStream implements AsyncIterable<Uint8Array> {
  private readonly chunks: Uint8Array[] = [];
  private ending: { readonly error: unknown } | 'Ended' | undefined;
  private wake: () => void = () => undefined;
  private readonly onClose: () => void;

  /** `onClose`: the reader has gone. */
  constructor(signal: AbortSignal, onClose: () => void) {
    this.onClose = onClose;
    if (signal.aborted) this.fail(signal.reason);
    signal.addEventListener('abort', () => this.fail(signal.reason), { once: true });
  }

  /** Text of one event, sent in pieces of at most `pieceBytes`, whatever characters that cuts through. */
  write(text: string, pieceBytes = Number.POSITIVE_INFINITY): void {
    const bytes = Buffer.from(text, 'utf8');
    for (let start = 0; start < bytes.length; start += pieceBytes)
      this.chunks.push(bytes.subarray(start, Math.min(bytes.length, start + pieceBytes)));
    this.wake();
  }

  end(): void {
    this.ending ??= 'Ended';
    this.wake();
  }

  fail(error: unknown): void {
    this.ending ??= { error };
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (this.ending === 'Ended') return;
        else if (this.ending !== undefined) throw this.ending.error;
        else
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
      }
    } finally {
      this.onClose();
    }
  }
}
