// One file that is made from others and committed.
import { existsSync, readFileSync } from 'node:fs';

export interface GeneratedFile {
  readonly target: URL;
  readonly content: string;
  /** Whether the file on disk is another one, or is not there. */
  readonly stale: boolean;
}

export function generatedFile(target: URL, content: string): GeneratedFile {
  const current = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  return { target, content, stale: current !== content };
}
