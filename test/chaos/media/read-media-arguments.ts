// The command line of `npm run chaos -- media`.
import { parseArgs } from 'node:util';
import { readWhole } from '../read-whole.ts';

export interface MediaChaosArguments {
  readonly files: number;
  readonly maxBytes: number;
  readonly totalBytes: number;
  readonly seed: number;
  readonly kills: number;
  readonly keep: boolean;
}

export const MEDIA_USAGE = `usage: npm run chaos -- media [options]

Sends files of 0 bytes to --max-bytes through ingest into a store, makes trouble with one in twenty, kills ingest with -9, and counts: every file
is stored with the right bytes and hashes or named in a gap; wrong, missing, doubled, unexpectedGaps and draftsLeft must be 0.
  --files N         files to send (default 1000)
  --max-bytes B     largest file (default 209715200); there is always one of this size
  --total-bytes B   about the sum of all (default 4294967296): sizes are log-uniform over the whole range for as many files as fit into it,
                    and log-uniform up to 1 MiB for the others
  --kills K         kills of ingest, spread over the run (default 5)
  --seed S          chooses sizes, trouble and moments (default 1)
  --keep            keep logs, and say where
  --help

What has been checked is deleted at once: the disk holds a few files at a time. Progress goes to stderr; the last line is one JSON object.`;

export type ParsedMediaArguments =
  | { readonly ok: true; readonly value: MediaChaosArguments }
  | { readonly ok: false; readonly problem: string };

/** `argv` without the leading `media`. */
export function readMediaArguments(argv: readonly string[]): ParsedMediaArguments {
  const text = { type: 'string' as const };
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        files: text,
        'max-bytes': text,
        'total-bytes': text,
        seed: text,
        kills: text,
        keep: { type: 'boolean' },
      },
    });
    return {
      ok: true,
      value: {
        files: readWhole(values, 'files', { least: 1, fallback: 1000 }),
        maxBytes: readWhole(values, 'max-bytes', { least: 1, fallback: 200 * 1024 ** 2 }),
        totalBytes: readWhole(values, 'total-bytes', { least: 1, fallback: 4 * 1024 ** 3 }),
        seed: readWhole(values, 'seed', { least: 0, fallback: 1 }),
        kills: readWhole(values, 'kills', { least: 0, fallback: 5 }),
        keep: values.keep === true,
      },
    };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
}
