// The record of a real archiver, damaged for real; the tables lost and made again, by the commands a person types.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ArchiverWorld,
  makeDeadLetter,
  makeMessage,
  PageWriter,
  startArchiver,
} from '@menshen/archiver/archiver.testkit';
import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import { countRows } from '@menshen/clickhouse/table-keys';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { openFolderStore } from '@menshen/objects/folder-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Folder, makeFolder, menshen, type Outcome } from '../run-from-source.testkit.ts';

const CORP = 'wwarchive';
const PAGES = 4;

let nats: TestNats;
let clickhouse: TestClickHouse;
let folder: Folder;
let world: ArchiverWorld;

beforeAll(async () => {
  [nats, clickhouse] = await Promise.all([startTestNats(), startTestClickHouse()]);
  folder = makeFolder();
  await makeStreams(nats.jsm, CORP);
  const objects = await openFolderStore(join(folder.path, 'store'));
  world = { nats, corpId: CORP, clickhouse: await clickhouse.open(CORP), objects };
  const writer = new PageWriter(nats, CORP);
  const archiver = await startArchiver(world);
  for (let page = 0; page < PAGES; page++) {
    await writer.commit(
      [1, 2].map((at) => makeMessage(CORP, { seq: page * 3 + at })),
      [makeDeadLetter(CORP, page * 3 + 3)],
    );
    // A segment for each page.
    await untilThereAre(page + 1);
  }
  await archiver.stop();
}, 120_000);
afterAll(async () => {
  await Promise.all([nats.close(), clickhouse.close()]);
  folder.remove();
});

const segmentFolder = (): string => join(folder.path, 'store', CORP, 'segments');
const segments = (): string[] =>
  (existsSync(segmentFolder()) ? readdirSync(segmentFolder()) : [])
    .filter((name) => /^\d{16}-\d{16}$/.test(name))
    .sort();

async function untilThereAre(count: number): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (segments().length < count) {
    if (Date.now() > deadline) throw new Error(`there are ${segments().length} segments, not ${count}`);
    await sleep(20);
  }
}

const check = (...args: string[]): Promise<Outcome> =>
  menshen(['archive', 'check', '--corp', CORP, '--objects-folder', 'store', ...args], { cwd: folder.path });

describe('menshen archive check', () => {
  it('counts what is there, and says that it is whole', async () => {
    const { code, out } = await check('--output', 'json');
    expect(JSON.parse(out)).toMatchObject({
      corpId: CORP,
      segments: PAGES,
      events: PAGES * 4,
      messages: PAGES * 2,
      deadLetters: PAGES,
      withoutSalt: 0,
      restarts: 0,
      problems: [],
    });
    expect(code).toBe(0);
    expect((await check()).out).toContain('whole and unaltered');
  });

  it('names the segment of which a byte was changed, and goes on with the others', async () => {
    const path = join(segmentFolder(), segments()[1] ?? '');
    const bytes = readFileSync(path);
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    writeFileSync(path, changed);
    const { code, out } = await check();
    writeFileSync(path, bytes);
    expect(code).toBe(1);
    expect(out).toMatch(
      /1 PROBLEMS\n {2}wwarchive\/segments\/\d{16}-\d{16}: damaged segment: .* was changed\n$/,
    );
    expect(out).toContain(`messages ${(PAGES - 1) * 2},`);
  });

  it('misses a segment that was taken away, and knows one under another name', async () => {
    const [, second = '', third = ''] = segments();
    const [from, aside] = [join(segmentFolder(), second), join(folder.path, 'aside')];
    renameSync(from, aside);
    const missing = await check();
    renameSync(join(segmentFolder(), third), from);
    const misnamed = await check();
    renameSync(from, join(segmentFolder(), third));
    renameSync(aside, from);
    expect(missing.out).toContain('4 events between them are in no segment');
    expect(misnamed.out).toContain('which is not what its name says');
    expect([missing.code, misnamed.code]).toEqual([1, 1]);
    expect((await check()).code).toBe(0);
  });

  it('notices a message that was exchanged together with its checksum, by its salted digest', async () => {
    const name = segments()[0] ?? '';
    const salts = join(segmentFolder(), `${name}.salts`);
    const before = readFileSync(salts, 'utf8');
    writeFileSync(
      salts,
      before.replace(/"[A-Za-z0-9+/=]{20,}"/, `"${Buffer.alloc(32, 7).toString('base64')}"`),
    );
    const { code, out } = await check();
    writeFileSync(salts, before);
    expect(code).toBe(1);
    expect(out).toContain('are not those of its digest');
  });

  it('refuses a corp of which there is nothing', async () => {
    const { code, err } = await menshen(
      ['archive', 'check', '--corp', 'wwother', '--objects-folder', 'store'],
      {
        cwd: folder.path,
      },
    );
    expect(err).toContain('there is no segment of wwother in the store: compare --corp with spec.corpId');
    expect(code).toBe(1);
  });
});

describe('menshen archive rebuild', () => {
  const counts = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await countRows(world.clickhouse)).map(({ table, rows }) => [table, rows]));
  const rebuild = (...args: string[]): Promise<Outcome> => {
    const { username, password } = LOCAL_CLICKHOUSE_USER;
    folder.write({ password });
    const database = [
      '--clickhouse-url',
      clickhouse.server.url,
      '--clickhouse-user',
      username,
      '--clickhouse-password-file',
      'password',
    ];
    const all = ['archive', 'rebuild', '--corp', CORP, ...database, '--objects-folder', 'store', ...args];
    return menshen(all, { cwd: folder.path });
  };

  it('makes the tables again that were dropped with their database', async () => {
    const before = await counts();
    await world.clickhouse.run(`DROP DATABASE ${world.clickhouse.database} SYNC`, { asAdmin: true });
    const { code, out } = await rebuild('--output', 'json');
    expect(JSON.parse(out)).toEqual({ corpId: CORP, segments: PAGES, events: PAGES * 4 });
    expect(code).toBe(0);
    expect(await counts()).toEqual(before);
  });

  it('does not touch tables that hold rows, unless told to', async () => {
    const refused = await rebuild();
    expect(refused.err).toMatch(
      /the tables of wwarchive are not empty \(\w+: \d+ rows\): suspend the tenant and give --replace/,
    );
    expect(refused.code).toBe(1);
    const before = await counts();
    const { code, out } = await rebuild('--replace');
    expect(out).toContain(`${PAGES * 4} events of ${PAGES} segments are in ClickHouse again`);
    expect(code).toBe(0);
    expect(await counts()).toEqual(before);
  });

  it('empties nothing where there is nothing to fill from', async () => {
    const before = await counts();
    const { code, err } = await rebuild('--replace', '--objects-folder', 'nowhere');
    expect(err).toContain('there is no segment of wwarchive in the store');
    expect(code).toBe(1);
    expect(await counts()).toEqual(before);
  });
});
