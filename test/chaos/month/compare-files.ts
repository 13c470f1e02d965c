// What became of a day's files: stored with their bytes, or given up with reason.
import { createHash } from 'node:crypto';
import type { ClickHouse } from '@menshen/clickhouse/client';
import type { ObjectStore } from '@menshen/objects/object-store';
import type { TrueFile } from './month-truth.ts';
import { DAY_MS } from './plan-month.ts';
import type { TrueReasons } from './true-reasons.ts';

export interface ComparedMonth {
  readonly clickhouse: ClickHouse;
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly reasons: TrueReasons;
}

export interface FilesCompared {
  readonly inGaps: number;
  readonly wrong: readonly string[];
}

export async function compareFiles(
  month: ComparedMonth,
  files: readonly TrueFile[],
  createdAtMs: (seq: number) => number,
): Promise<FilesCompared> {
  const kept = await readFiles(month, files);
  const wrong: string[] = [];
  let inGaps = 0;
  for (const file of files) {
    const what = await findWrong(file, kept, {
      objects: month.objects,
      mayBeGone: file.expected === 'Gap' || hasLeftWindow(month.reasons, createdAtMs(file.seq)),
    });
    if (what !== undefined) wrong.push(`${nameOf(file)} ${what}`);
    else if (!kept.stored.has(nameOf(file))) inGaps++;
  }
  return { inGaps, wrong };
}

/** Files as the archive has them, by `<seq>/<path>`. */
interface KeptFiles {
  readonly stored: ReadonlyMap<string, { readonly sha256: string; readonly objectKey: string }>;
  readonly givenUp: ReadonlySet<string>;
}

const nameOf = ({ seq, path }: TrueFile): string => `${seq}/${path}`;

async function readFiles({ clickhouse }: ComparedMonth, files: readonly TrueFile[]): Promise<KeptFiles> {
  const span = { first: files[0]?.seq ?? 0, last: files.at(-1)?.seq ?? 0 };
  const where = 'WHERE seq BETWEEN {first: UInt64} AND {last: UInt64}';
  const links = await clickhouse.query<{ file: string; sha256: string; objectKey: string }>(
    `SELECT concat(toString(seq), '/', path) AS file, sha256, objectKey FROM media ${where}`,
    span,
  );
  const finals = await clickhouse.query<{ file: string }>(
    `SELECT DISTINCT concat(toString(seq), '/', path) AS file FROM media_gaps ${where} AND final`,
    span,
  );
  return {
    stored: new Map(links.map((link) => [link.file, link])),
    givenUp: new Set(finals.map(({ file }) => file)),
  };
}

/** For people; `undefined` when it is stored with its bytes, or given up with reason. */
async function findWrong(
  file: TrueFile,
  { stored, givenUp }: KeptFiles,
  of: { readonly objects: Pick<ObjectStore, 'get'>; readonly mayBeGone: boolean },
): Promise<string | undefined> {
  const link = stored.get(nameOf(file));
  if (link === undefined) {
    if (!givenUp.has(nameOf(file))) return 'is neither stored nor named';
    return of.mayBeGone ? undefined : 'was there, and was given up';
  }
  if (file.expected === 'Gap') return 'is stored although WeCom never gave it out';
  const isRight =
    link.sha256 === `sha256:${file.sha256}` && (await hashOf(of.objects, link.objectKey)) === file.sha256;
  return isRight ? undefined : 'is not what was sent';
}

/** What came before an outage and was not fetched yet when it began may be gone when it ends. */
function hasLeftWindow({ outages, windowMs }: TrueReasons, createdAtMs: number): boolean {
  return outages.some(
    ({ fromMs, toMs }) => fromMs - DAY_MS < createdAtMs && createdAtMs < toMs - windowMs + DAY_MS,
  );
}

async function hashOf(objects: Pick<ObjectStore, 'get'>, key: string): Promise<string | undefined> {
  const bytes = await objects.get(key);
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
}
