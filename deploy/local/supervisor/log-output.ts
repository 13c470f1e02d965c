// What a pod writes, line by line into its log file as the kubelet does (time, stream, line), and its last lines for whoever asks why it died.
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Clock } from '@menshen/contracts/clock';

export interface PodLog {
  /** Reads a stream of the process until it ends. */
  follow(stream: Readable, name: 'stdout' | 'stderr'): void;
  /** A line of the supervisor itself. */
  note(line: string): void;
  lastLines(): readonly string[];
  close(): void;
}

const KEPT_LINES = 8;

/** Opens the log file for appending. */
export function openPodLog(file: string, clock: Clock): PodLog {
  const out = createWriteStream(file, { flags: 'a', mode: 0o600 });
  const last: string[] = [];
  const write = (name: string, line: string): void => {
    out.write(`${new Date(clock.nowMs()).toISOString()} ${name} ${line}\n`);
  };
  return {
    follow(stream, name) {
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        last.push(line);
        if (last.length > KEPT_LINES) last.shift();
        write(name, line);
      });
    },
    note: (line) => write('supervisor', line),
    lastLines: () => [...last],
    close: () => out.end(),
  };
}
