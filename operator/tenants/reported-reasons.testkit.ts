// What processes can report as a reason, read from where they say so: the operator must know every word.
import { readFileSync } from 'node:fs';

const read = (path: string): string =>
  readFileSync(new URL(`../../services/${path}`, import.meta.url), 'utf8');

/** The closed list in services/ingest/ingest-status.ts, and what the other roles write. */
export const INGEST_REASONS: readonly string[] = [
  ...wordsOf(/export const INGEST_REASONS = \[([^\]]+)\]/.exec(read('ingest/ingest-status.ts'))?.[1] ?? ''),
  ...reasonsIn(read('scanner/report-scanner-status.ts')),
  ...reasonsIn(read('archiver/report-archiver-status.ts')),
  ...reasonsIn(read('notifier/report-notifier-status.ts')),
];

function wordsOf(text: string): string[] {
  return [...text.matchAll(/'(\w+)'/g)].map(([, word = '']) => word);
}

function reasonsIn(text: string): string[] {
  return [...text.matchAll(/reason: (?:\w+ \? )?'(\w+)'(?: : '(\w+)')?/g)].flatMap(([, a = '', b]) =>
    b === undefined ? [a] : [a, b],
  );
}
