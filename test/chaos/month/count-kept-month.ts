// `npm run chaos -- month --count FOLDER`: counts a month again that was kept, from its archive and the simulator's list on disk.
import { join } from 'node:path';
import { startClickHouse } from '@menshen/engines/start-clickhouse';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { countMonth, type MonthCount } from './count-month.ts';
import { readMonthTruth } from './month-truth.ts';
import { openArchiveOfMonth } from './start-month-world.ts';

/** `dataDir`: what a run with `--keep` has named. */
export async function countKeptMonth(dataDir: string, say: (line: string) => void): Promise<MonthCount> {
  const { truth, reasons } = await readMonthTruth(join(dataDir, 'truth'));
  const engine = await startClickHouse({ dataDir: join(dataDir, 'clickhouse') });
  const clickhouse = openArchiveOfMonth(engine.url);
  try {
    const objects = await openObjectStore({ kind: 'Folder', path: join(dataDir, 'objects') });
    return await countMonth({ clickhouse, objects, truth, reasons, say });
  } finally {
    await clickhouse.close();
    await engine.stop('SIGTERM');
  }
}
