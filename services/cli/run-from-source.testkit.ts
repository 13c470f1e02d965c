// Runs the real command in a process of its own, as a person does, on real files in a folder of its own.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** `stdin` is given whole; absent = closed. */
export function menshen(
  args: readonly string[],
  given: { cwd?: string; stdin?: string } = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=source', main, ...args],
      { cwd: given.cwd, maxBuffer: 64 * 1024 * 1024 },
      (error, out, err) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err }),
    );
    child.stdin?.end(given.stdin ?? '');
  });
}

export interface Folder {
  readonly path: string;
  readonly write: (files: Readonly<Record<string, string>>) => void;
  readonly remove: () => void;
}

export function makeFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'menshen-cli-'));
  return {
    path,
    write: (files) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
    },
    remove: () => rmSync(path, { recursive: true }),
  };
}
