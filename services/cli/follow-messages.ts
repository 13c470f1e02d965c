// Goes through a file of messages: bad lines are said on the way, progress on stderr, and output waits for whoever reads it.
import type { CommandIo } from './command.ts';
import type { FileMessage } from './message-file/message-line.ts';
import type { MessageFile } from './message-file/open-messages.ts';

export interface Followed {
  readonly messages: number;
  readonly badLines: number;
}

/** Output is gathered until it has so many characters. */
const CHUNK = 65_536;
const PROGRESS_MS = 2000;
/** The clock is asked once for so many messages. */
const PROGRESS_EVERY = 256;

/** Calls `show` for each message in order and writes what it returns. A short run says nothing on stderr but bad lines. */
export async function followMessages(
  file: MessageFile,
  io: CommandIo,
  show: (message: FileMessage) => string,
): Promise<Followed> {
  const startedMs = io.clock.nowMs();
  let [messages, badLines, saidMs, pending] = [0, 0, startedMs, ''];
  for await (const read of file.messages) {
    if (read.ok) {
      messages++;
      pending += show(read.message);
    } else {
      badLines++;
      io.err(`line ${read.bad.line}: ${read.bad.reason}: ${read.bad.remedy}\n`);
    }
    if (pending.length >= CHUNK) {
      io.out(pending);
      pending = '';
      await io.drained();
    }
    if (messages % PROGRESS_EVERY !== 0) continue;
    const nowMs = io.clock.nowMs();
    if (nowMs - saidMs < PROGRESS_MS) continue;
    saidMs = nowMs;
    io.err(`${describeProgress(file, messages, nowMs - startedMs)}\n`);
  }
  if (pending !== '') io.out(pending);
  if (badLines > 0) io.err(`${badLines} bad lines, ${messages} messages\n`);
  return { messages, badLines };
}

function describeProgress({ sizeBytes, readBytes }: MessageFile, messages: number, tookMs: number): string {
  const share =
    sizeBytes === undefined || sizeBytes === 0
      ? ''
      : `, ${Math.floor((100 * readBytes()) / sizeBytes)} % read`;
  return `${messages} messages, ${Math.round((messages * 1000) / Math.max(1, tookMs))} a second${share}`;
}
