// `menshen archive rebuild`: ClickHouse is an index of the record, and is made anew from the segments when it was lost.
import { rebuildFromSegments } from '@menshen/archiver/rebuild-from-segments';
import { segmentPrefix } from '@menshen/archiver/segments/segment-format';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { ensureSchema } from '@menshen/clickhouse/ensure-schema';
import { TABLE_NAMES } from '@menshen/clickhouse/table-keys';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { type Command, oneOf, Refusal } from '../command.ts';
import { ARCHIVE_FLAGS, openArchive } from '../open-archive.ts';
import { STORE_FLAGS, storeOf } from '../open-store.ts';

const SAY_EVERY = 100;

export const archiveRebuild: Command = {
  name: 'archive rebuild',
  summary: 'make the tables of a tenant anew from its segments, when ClickHouse was lost',
  about: `Empties every table of the tenant's database, makes what is missing, and fills it from the segments in the object store: messages, pages,
gaps, media, directory, judgements, verdicts, notices. Nothing is pulled from WeCom and no message is judged again. The tenant must be
suspended meanwhile (spec.suspend), so that no archiver writes; it goes on by itself where the segments end.
Run again after an interruption: it begins anew.`,
  flags: [
    ...ARCHIVE_FLAGS,
    ...STORE_FLAGS,
    { name: 'layout', value: 'LAYOUT', help: 'single, or cluster for replicated tables (default: single)' },
    { name: 'replace', help: 'also when the tables hold rows: they are removed first' },
    { name: 'output', value: 'FORMAT', help: 'table or json (default: table)' },
  ],
  async run(given, io) {
    const output = oneOf(given, 'output', ['table', 'json']);
    const layout = oneOf(given, 'layout', ['single', 'cluster']);
    const objects = await openObjectStore(storeOf(given));
    const archive = await openArchive(given, io);
    const { corpId } = archive;
    // Before anything is emptied.
    if (!(await hasSegments(objects, corpId)))
      throw new Refusal(
        'Failed',
        `there is no segment of ${corpId} in the store: compare --corp with spec.corpId, and the store with spec.storage.objects of the tenant`,
      );
    const done = await archive.ask(async (clickhouse) => {
      await ensureSchema(clickhouse, layout);
      if (given.flags['replace'] === undefined) await expectEmpty(clickhouse, corpId);
      return await rebuildFromSegments({
        corpId,
        clickhouse,
        objects,
        layout,
        progress: ({ segments, events }) =>
          segments % SAY_EVERY === 0 && io.err(`${segments} segments, ${events} events …\n`),
      });
    });
    io.out(
      output === 'json'
        ? `${JSON.stringify({ corpId, ...done })}\n`
        : `${corpId}: ${done.events} events of ${done.segments} segments are in ClickHouse again\n`,
    );
    return 0;
  },
};

async function hasSegments(objects: ObjectStore, corpId: string): Promise<boolean> {
  for await (const _object of objects.list(segmentPrefix(corpId))) return true;
  return false;
}

async function expectEmpty(clickhouse: ClickHouse, corpId: string): Promise<void> {
  const [full] = await clickhouse.query<{ name: string; rows: string }>(
    `SELECT name, total_rows AS rows FROM system.tables
WHERE database = currentDatabase() AND name IN {names: Array(String)} AND total_rows > 0 LIMIT 1`,
    { names: TABLE_NAMES },
  );
  if (full !== undefined)
    throw new Refusal(
      'Failed',
      `the tables of ${corpId} are not empty (${full.name}: ${full.rows} rows): suspend the tenant and give --replace to remove them first`,
    );
}
