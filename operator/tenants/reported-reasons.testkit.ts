// What processes can report as a reason, read from where they say so: the operator must know every word.
import { readdirSync, readFileSync } from 'node:fs';

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

/** `type/reason` of everything that the steps of provisioning say. */
export const PROVISIONED_REASONS: readonly string[] = readdirSync(new URL('provision/', import.meta.url))
  .filter((file) => !file.includes('.test'))
  .flatMap((file) => {
    const text = readFileSync(new URL(`provision/${file}`, import.meta.url), 'utf8');
    const type = /const TYPE = '(\w+)'/.exec(text)?.[1];
    if (type === undefined) return [];
    const said = text.matchAll(/(?:failed\(|reason: |told\('(?:True|False)',)\s*'([A-Z]\w+)'/g);
    return [...said].map(([, reason]) => `${type}/${reason}`);
  });

/** Every word in quotes there, however it comes to be a reason. */
export const PROVISION_WORDS: ReadonlySet<string> = new Set(
  readdirSync(new URL('provision/', import.meta.url)).flatMap((file) =>
    file.endsWith('.md') || file.includes('.test')
      ? []
      : wordsOf(readFileSync(new URL(`provision/${file}`, import.meta.url), 'utf8')),
  ),
);
