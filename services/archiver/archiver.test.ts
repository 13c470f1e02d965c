// The archiver on a real nats-server, a real ClickHouse and a folder of objects: what goes in comes out once, whatever breaks on the way.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { startTestClickHouse, type TestClickHouse } from '@menshen/clickhouse/clickhouse.testkit';
import type { ClickHouse } from '@menshen/clickhouse/client';
import { findRunningInserts, insertId } from '@menshen/clickhouse/find-running-inserts';
import { readArchivedCursor } from '@menshen/clickhouse/read-archived-cursor';
import { countRows, TABLE_NAMES } from '@menshen/clickhouse/table-keys';
import { type CapturedMessage, encodeCaptured, largeMessageKey } from '@menshen/contracts/captured-message';
import { encodeNotice, type Notice } from '@menshen/contracts/compliance-alert';
import { decodeJudgements, encodeJudgements, type Finding } from '@menshen/contracts/finding';
import { encodeFrame } from '@menshen/contracts/frame';
import {
  captureStream,
  enrichedSubject,
  findingSubject,
  messageSubject,
  noticeSubject,
  outcomeStream,
} from '@menshen/contracts/subjects';
import { LOCAL_CLICKHOUSE_USER } from '@menshen/engines/start-clickhouse';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { ObjectStore } from '@menshen/objects/object-store';
import { openObjectStore } from '@menshen/objects/open-object-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ArchiverWorld,
  breakAtWrite,
  eventually,
  isArchived,
  makeDeadLetter,
  makeMessage,
  PageWriter,
  startArchiver,
  T0,
} from './archiver.testkit.ts';
import { conflictFinding } from './capture/report-conflict.ts';
import { checkSegments } from './check-segments.ts';
import { rebuildFromSegments } from './rebuild-from-segments.ts';
import { readSegment } from './segments/read-segment.ts';
import { outcomePrefix, saltsKey } from './segments/segment-format.ts';

let nats: TestNats;
let server: TestClickHouse;
let folder: string;
let objects: ObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'menshen-archiver-'));
  objects = await openObjectStore({ kind: 'Folder', path: folder });
  [nats, server] = await Promise.all([startTestNats(), startTestClickHouse()]);
});
afterAll(async () => {
  await Promise.all([nats?.close(), server?.close()]);
  await rm(folder, { recursive: true, force: true });
});

let corps = 0;
async function newWorld(): Promise<ArchiverWorld & { writer: PageWriter }> {
  const corpId = `ww${++corps}`;
  await makeStreams(nats.jsm, corpId, { maxStreamBytes: 32 * 1024 * 1024 });
  const clickhouse = await server.open(corpId);
  return { nats, corpId, clickhouse, objects, writer: new PageWriter(nats, corpId) };
}

/** Runs a healthy archiver until both streams are archived. */
async function archiveAll(world: ArchiverWorld): Promise<void> {
  const running = await startArchiver(world);
  await eventually('everything is archived', async () =>
    (
      await Promise.all(
        [captureStream(world.corpId), outcomeStream(world.corpId)].map((s) => isArchived(nats, s)),
      )
    ).every(Boolean),
  );
  await running.stop();
}

/** What the server does by itself after the pin's timeout, at once. */
async function endPins({ corpId }: ArchiverWorld): Promise<void> {
  for (const stream of [captureStream(corpId), outcomeStream(corpId)])
    await nats.jsm.consumers.unpin(stream, 'archiver', 'archiver');
}

async function rowsOf(
  clickhouse: ClickHouse,
  table: string,
  columns = '*',
): Promise<Record<string, unknown>[]> {
  return await clickhouse.query(`SELECT ${columns} FROM ${table} ORDER BY ALL`);
}

async function tableCounts(clickhouse: ClickHouse): Promise<Record<string, number>> {
  const counts = await countRows(clickhouse);
  for (const { table, doubled } of counts) expect(doubled, `doubled in ${table}`).toBe(0);
  return Object.fromEntries(counts.filter(({ rows }) => rows > 0).map(({ table, rows }) => [table, rows]));
}

/** One of everything that can be captured. */
async function captureEverything(world: ArchiverWorld & { writer: PageWriter }): Promise<CapturedMessage[]> {
  const { corpId, writer } = world;
  const of = (seq: number, more: object = {}): CapturedMessage => makeMessage(corpId, { seq, ...more });
  const plain = Array.from({ length: 30 }, (_, index) => of(index + 1));
  const again = { ...of(31, { msgid: 'm1' }), raw: plain[0]?.raw ?? Buffer.alloc(0) };
  const other = of(32, { msgid: 'm2', text: '改过的' });
  const recall = of(33, { fields: { msgtype: 'revoke', revoke: { pre_msgid: 'm3' } } });
  const gap = {
    id: 'SequenceSkipped:34',
    cause: 'SequenceSkipped',
    state: 'Ended',
    subject: { kind: 'Corp', id: corpId, place: '' },
    fromSeq: '34',
    toSeq: '39',
    detectedAtMs: T0,
    source: 'Pull',
    detail: 'x',
  } as const;
  const department = {
    kind: 'Department',
    id: '1',
    version: 2,
    deleted: false,
    validFromMs: T0 - 1000,
    observedAtMs: T0,
    name: 'Acme',
    parentId: '0',
    path: 'Acme',
  } as const;
  await writer.commit(plain.slice(0, 20));
  await writer.commit(plain.slice(20), [makeDeadLetter(corpId, 40)], { gaps: [gap] });
  await writer.commit([again, other, recall], [], { directory: [department] });
  await writer.commit([]);
  const media = [
    { path: 'image', state: 'Stored', sha256: `sha256:${'a'.repeat(64)}`, sizeBytes: 5, objectKey: 'k' },
    { path: 'file', state: 'Gap', cause: 'Expired', final: true },
  ] as const;
  const enriched = of(5, { stamp: { facts: { version: 1, media, pending: [] } } });
  const bytes = encodeCaptured({ ...enriched, envelope: Buffer.alloc(0) });
  // Published at least once: here twice.
  await nats.js.publish(enrichedSubject(corpId, enriched.stamp.partition), bytes);
  await nats.js.publish(enrichedSubject(corpId, enriched.stamp.partition), bytes);
  return [...plain, other, recall];
}

const EVERYTHING = {
  messages: 32,
  pages: 4,
  redeliveries: 1,
  dead_letters: 1,
  media_links: 1,
  media_gaps: 1,
  recalls: 1,
  coverage_gaps: 1,
  directory: 1,
  verdicts: 1,
};

describe('the capture stream', () => {
  it('becomes rows, each once, with the exact bytes', async () => {
    const world = await newWorld();
    const messages = await captureEverything(world);
    await archiveAll(world);
    const { segments, ...counts } = await tableCounts(world.clickhouse);
    expect(segments).toBeGreaterThan(0);
    expect(counts).toEqual(EVERYTHING);
    const raws = await rowsOf(world.clickhouse, 'messages', 'seq, raw, digest');
    const bySeq = new Map(raws.map((row) => [row['seq'], row]));
    for (const { stamp, raw } of messages)
      expect(bySeq.get(stamp.seq)).toEqual({
        seq: stamp.seq,
        raw: Buffer.from(raw).toString(),
        digest: stamp.digest,
      });
    expect(await rowsOf(world.clickhouse, 'redeliveries', 'seq, msgid, firstSeq')).toEqual([
      { seq: '31', msgid: 'm1', firstSeq: '1' },
    ]);
    expect(await world.clickhouse.query('SELECT seq FROM messages WHERE conflict = 1')).toEqual([
      { seq: '32' },
    ]);
    const times = 'id, toUnixTimestamp64Milli(validFrom) AS from, toUnixTimestamp64Milli(observedAt) AS seen';
    expect(await rowsOf(world.clickhouse, 'directory', times)).toEqual([
      { id: '1', from: String(T0 - 1000), seen: String(T0) },
    ]);
    expect(await rowsOf(world.clickhouse, 'recalls', 'seq, recalledMsgid')).toEqual([
      { seq: '33', recalledMsgid: 'm3' },
    ]);
    expect(
      await rowsOf(world.clickhouse, 'dead_letters', 'seq, reason, base64Decode(rawBase64) AS raw'),
    ).toHaveLength(1);
    expect(
      await rowsOf(world.clickhouse, 'current_gaps', 'gapId, state, subjectId, fromTime, fromSeq, toSeq'),
    ).toEqual([
      {
        gapId: 'SequenceSkipped:34',
        state: 'Ended',
        subjectId: world.corpId,
        fromTime: null,
        fromSeq: '34',
        toSeq: '39',
      },
    ]);
  });

  it('becomes segments that hold it all, with the salts beside them', async () => {
    const world = await newWorld();
    const messages = await captureEverything(world);
    await archiveAll(world);
    const found = new Map<string, string>();
    for (const { segment } of await world.clickhouse.query<{ segment: string }>(
      'SELECT segment FROM segments',
    )) {
      const bytes = (await objects.get(segment)) ?? Buffer.alloc(0);
      for (const event of readSegment(bytes, await objects.get(saltsKey(segment))))
        if (event.kind === 'message')
          found.set(event.seq, `${event.salt} ${event.parts[1]} ${event.parts[2]}`);
    }
    expect(found.size).toBe(messages.length + 1);
    for (const { stamp, raw, envelope } of messages)
      expect(found.get(stamp.seq)).toBe(`${stamp.salt} ${raw} ${envelope}`);
  });

  it('tells of a msgid with two contents, once in the store', async () => {
    const world = await newWorld();
    await captureEverything(world);
    await archiveAll(world);
    const expected = conflictFinding(
      makeMessage(world.corpId, { seq: 32, msgid: 'm2', text: '改过的' }).stamp,
    );
    expect(await world.clickhouse.query('SELECT findingId, rule, seq FROM findings')).toEqual([
      { findingId: expected.id, rule: 'msgid-conflict', seq: '32' },
    ]);
    expect(await rowsOf(world.clickhouse, 'judgements')).toEqual([]);
    const published = await nats.jsm.streams.getMessage(outcomeStream(world.corpId), {
      last_by_subj: findingSubject(world.corpId),
    });
    expect(decodeJudgements(published?.data ?? Buffer.alloc(0)).judgements[0]?.findings).toEqual([expected]);
  });

  it('keeps what nobody can read, and goes on', async () => {
    const world = await newWorld();
    await nats.js.publish(messageSubject(world.corpId, 1, 'text'), Buffer.from('garbage'));
    await world.writer.commit([makeMessage(world.corpId, { seq: 1 })]);
    await archiveAll(world);
    expect(
      await rowsOf(world.clickhouse, 'dead_letters', 'msgid, reason, base64Decode(rawBase64) AS raw'),
    ).toEqual([{ msgid: 'stream:1', reason: 'poison', raw: 'garbage' }]);
    expect(await rowsOf(world.clickhouse, 'messages', 'seq')).toEqual([{ seq: '1' }]);
  });

  it('takes the bytes of a large message from its object, and waits while that is away', async () => {
    const world = await newWorld();
    const whole = makeMessage(world.corpId, { seq: 1, text: '长'.repeat(1000) });
    const objectKey = largeMessageKey(world.corpId, whole.stamp.digest);
    const stamp = { ...whole.stamp, body: { objectKey, sizeBytes: whole.raw.length } };
    await world.writer.commit([{ stamp, raw: Buffer.alloc(0), envelope: Buffer.alloc(0) }]);
    const running = await startArchiver(world);
    await eventually('it cannot go on', async () => !running.health.ready().ok);
    expect(await isArchived(nats, captureStream(world.corpId))).toBe(false);
    expect(await rowsOf(world.clickhouse, 'messages')).toEqual([]);
    await objects.put(objectKey, encodeFrame([whole.raw, whole.envelope]));
    await eventually('it is archived', () => isArchived(nats, captureStream(world.corpId)));
    expect(running.health.ready().ok).toBe(true);
    await running.stop();
    expect(await rowsOf(world.clickhouse, 'messages', 'raw')).toEqual([
      { raw: Buffer.from(whole.raw).toString() },
    ]);
  });

  it('is archived without what was captured again after the stream was lost', async () => {
    const world = await newWorld();
    const messages = [1, 2, 3].map((seq) => makeMessage(world.corpId, { seq }));
    await world.writer.commit(messages);
    await archiveAll(world);
    const { captureSequence, cursor } = await readArchivedCursor(world.clickhouse);
    expect(cursor).toBe('3');
    await nats.jsm.streams.delete(captureStream(world.corpId));
    await makeStreams(nats.jsm, world.corpId, {
      maxStreamBytes: 32 * 1024 * 1024,
      firstSequence: { capture: captureSequence + 1, outcome: 1 },
    });
    // An ingest that did not ask the archive for its cursor.
    await new PageWriter(nats, world.corpId).commit(
      [...messages, makeMessage(world.corpId, { seq: 4 })],
      [],
      {
        page: '2',
      },
    );
    await archiveAll(world);
    expect(await rowsOf(world.clickhouse, 'messages', 'seq')).toEqual(
      ['1', '2', '3', '4'].map((seq) => ({ seq })),
    );
    await tableCounts(world.clickhouse);
  });
});

describe('whatever breaks', () => {
  it('loses and doubles nothing, at whichever write the archiver dies, before it or after', async () => {
    const probe = await newWorld();
    await captureEverything(probe);
    const counting = breakAtWrite(probe, { write: Number.POSITIVE_INFINITY, when: 'before' });
    await archiveAll({ ...probe, ...counting });
    const total = counting.writes();
    expect(total).toBeGreaterThan(8);
    for (let write = 1; write <= total; write++)
      for (const when of ['before', 'after'] as const) {
        const world = await newWorld();
        await captureEverything(world);
        const broken = breakAtWrite(world, { write, when });
        const dying = await startArchiver({ ...world, ...broken });
        await broken.broke;
        await dying.stop();
        await endPins(world);
        await archiveAll(world);
        const { segments, ...counts } = await tableCounts(world.clickhouse);
        expect(counts, `${when} write ${write}`).toEqual(EVERYTHING);
        expect(segments).toBeGreaterThan(0);
        await world.clickhouse.run(`DROP DATABASE ${world.clickhouse.database}`, { asAdmin: true });
        await nats.jsm.streams.delete(captureStream(world.corpId));
        await nats.jsm.streams.delete(outcomeStream(world.corpId));
      }
  }, 240_000);

  it('goes on by itself when the store comes back', async () => {
    const world = await newWorld();
    const messages = await captureEverything(world);
    let isAway = true;
    const clickhouse: ClickHouse = {
      ...world.clickhouse,
      database: world.clickhouse.database,
      query: (sql, params) => world.clickhouse.query(sql, params),
      run: (sql, options) => world.clickhouse.run(sql, options),
      insert: async (insert) => {
        await world.clickhouse.insert(insert);
        if (isAway) throw new Error('the answer was lost');
      },
      close: () => world.clickhouse.close(),
    };
    const running = await startArchiver({ ...world, clickhouse });
    await eventually(
      'the first rows',
      async () => (await rowsOf(world.clickhouse, 'messages', 'seq')).length > 0,
    );
    isAway = false;
    await eventually('everything is archived', () => isArchived(nats, captureStream(world.corpId)));
    await eventually('the finding too', () => isArchived(nats, outcomeStream(world.corpId)));
    await running.stop();
    const { segments, ...counts } = await tableCounts(world.clickhouse);
    expect(counts).toEqual(EVERYTHING);
    expect(messages).toHaveLength(EVERYTHING.messages);
    expect(segments).toBeGreaterThan(0);
  });

  it('reads what was delivered to an archiver that vanished, before it acknowledges what came after', async () => {
    const world = await newWorld();
    await world.writer.commit([1, 2, 3].map((seq) => makeMessage(world.corpId, { seq })));
    const running = await startArchiver({ ...world });
    await running.stop();
    await nats.jsm.consumers.delete(captureStream(world.corpId), 'archiver');
    const again = await startArchiver(world);
    await eventually('archived', () => isArchived(nats, captureStream(world.corpId)));
    await again.stop();
    // Another process takes messages in hand and disappears with them.
    await world.writer.commit([4, 5].map((seq) => makeMessage(world.corpId, { seq })));
    const lost = await nats.js.consumers.get(captureStream(world.corpId), 'archiver');
    const taken = await lost.fetch({ max_messages: 3, expires: 1_000, group: 'archiver' } as never);
    let inHand = 0;
    for await (const _ of taken) inHand++;
    expect(inHand).toBe(3);
    await world.writer.commit([6].map((seq) => makeMessage(world.corpId, { seq })));
    await endPins(world);
    const successor = await startArchiver(world);
    await eventually('archived', () => isArchived(nats, captureStream(world.corpId)));
    await successor.stop();
    expect(await rowsOf(world.clickhouse, 'messages', 'seq')).toEqual(
      ['1', '2', '3', '4', '5', '6'].map((seq) => ({ seq })),
    );
    await tableCounts(world.clickhouse);
  });

  it('waits for an insert that its dead predecessor had sent', async () => {
    const world = await newWorld();
    const { database } = world.clickhouse;
    await world.writer.commit([makeMessage(world.corpId, { seq: 1 })]);
    // As a killed process leaves it: ClickHouse has the insert, of a larger batch, and it is not stored yet.
    const body = new PassThrough();
    const { username, password } = LOCAL_CLICKHOUSE_USER;
    const params = new URLSearchParams({
      database,
      query: 'INSERT INTO messages FORMAT JSONEachRow',
      query_id: insertId(database, 'messages', '1-9'),
    });
    const sent = fetch(`${server.server.url}/?${params}`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': username, 'X-ClickHouse-Key': password },
      body: Readable.toWeb(body) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const row = { seq: '1', msgid: 'm1', streamSequence: 2, conversationId: 'direct:lihua:wmAbC' };
    // ClickHouse begins when it has read as much as a query may be long (max_query_size).
    body.write(`${JSON.stringify(row)}\n${' '.repeat(300_000)}`);
    await eventually(
      'it runs',
      async () => (await findRunningInserts(world.clickhouse, ['messages'])).length > 0,
    );
    const successor = await startArchiver(world);
    await eventually('it cannot go on', async () => !successor.health.ready().ok);
    expect(await rowsOf(world.clickhouse, 'messages', 'seq')).toEqual([]);
    body.end();
    expect((await sent).status).toBe(200);
    await eventually('archived', () => isArchived(nats, captureStream(world.corpId)));
    await successor.stop();
    expect(await rowsOf(world.clickhouse, 'messages', 'seq')).toEqual([{ seq: '1' }]);
    expect(await tableCounts(world.clickhouse)).toEqual({ messages: 1, pages: 1, segments: 1 });
  });

  it('archives once where two archivers run', async () => {
    const world = await newWorld();
    const both = [await startArchiver(world), await startArchiver(world)];
    await captureEverything(world);
    await eventually('archived', () => isArchived(nats, captureStream(world.corpId)));
    await eventually('archived', () => isArchived(nats, outcomeStream(world.corpId)));
    for (const one of both) await one.stop();
    const { segments, ...counts } = await tableCounts(world.clickhouse);
    expect(counts).toEqual(EVERYTHING);
    expect(segments).toBeGreaterThan(0);
  });

  it('survives nats-server being killed', async () => {
    const world = await newWorld();
    const running = await startArchiver({ ...world, segmentBytes: 4096 });
    for (let page = 0; page < 10; page++) {
      await world.writer.commit(
        Array.from({ length: 20 }, (_, i) => makeMessage(world.corpId, { seq: page * 20 + i + 1 })),
      );
      if (page === 5) await nats.killAndRestart();
    }
    await eventually('archived', () => isArchived(nats, captureStream(world.corpId)));
    await running.stop();
    expect((await tableCounts(world.clickhouse))['messages']).toBe(200);
  });
});

const judgement = (corpId: string, seq: number, findings: readonly Finding[] = []): Buffer =>
  encodeJudgements({
    corpId,
    policySetDigest: 'sha256:set',
    engineVersion: '1',
    judgements: [
      {
        seq: String(seq),
        msgid: `m${seq}`,
        streamSequence: seq,
        factsVersion: 0,
        state: 'Judged',
        capturedAtMs: T0,
        judgedAtMs: T0 + 1,
        pending: [],
        findings,
      },
    ],
  });

const promise = (corpId: string): Finding => ({
  ...conflictFinding(makeMessage(corpId, { seq: 2 }).stamp),
  rule: 'promise',
  policy: { namespace: 'acme', name: 'no-promise' },
});

const noticeOf = (finding: Finding): Omit<Notice, 'state'> => ({
  id: 'n1',
  corpId: finding.corpId,
  channel: 'ops',
  channelKind: 'Webhook',
  groupKey: 'g',
  policy: 'acme/no-promise',
  severity: 'High',
  conversationId: 'wr1',
  items: [{ findingId: finding.id, msgid: 'm2', rule: 'promise', capturedAtMs: T0 }],
  attempts: 0,
  createdAtMs: T0,
  updatedAtMs: T0,
});

const bytesOf = async (key: string): Promise<Buffer> => (await objects.get(key)) ?? Buffer.alloc(0);

describe('the outcome stream', () => {
  it('becomes judgements, verdicts and notices; what scanners say twice is stored once', async () => {
    const world = await newWorld();
    const { corpId } = world;
    const finding = promise(corpId);
    const notice = noticeOf(finding);
    await nats.js.publish(findingSubject(corpId), judgement(corpId, 1));
    await nats.js.publish(findingSubject(corpId), judgement(corpId, 2, [finding]));
    await nats.js.publish(findingSubject(corpId), judgement(corpId, 2, [finding]));
    await nats.js.publish(noticeSubject(corpId), encodeNotice({ ...notice, state: 'Pending' }));
    await nats.js.publish(
      noticeSubject(corpId),
      encodeNotice({ ...notice, state: 'Delivered', attempts: 1 }),
    );
    await nats.js.publish(findingSubject(corpId), Buffer.from('garbage'));
    await archiveAll(world);
    // Another archiver, a later batch, the same judgement once more.
    await nats.js.publish(findingSubject(corpId), judgement(corpId, 2, [finding]));
    await archiveAll(world);
    expect(await tableCounts(world.clickhouse)).toEqual({ judgements: 2, verdicts: 1, notices: 2 });
    expect(await rowsOf(world.clickhouse, 'judgements', 'seq, hits')).toEqual([
      { seq: '1', hits: 0 },
      { seq: '2', hits: 1 },
    ]);
    expect(await rowsOf(world.clickhouse, 'current_notices', 'noticeId, state, findingIds')).toEqual([
      { noticeId: 'n1', state: 'Delivered', findingIds: [finding.id] },
    ]);
    // In the record is everything that was said, as it was said.
    const said: string[] = [];
    for await (const { key } of objects.list(outcomePrefix(corpId)))
      for (const { kind, streamSequence, parts } of readSegment(await bytesOf(key), undefined))
        said.push(`${streamSequence} ${kind} ${parts[0]}`);
    expect(said).toEqual([
      `1 judgements ${judgement(corpId, 1)}`,
      `2 judgements ${judgement(corpId, 2, [finding])}`,
      `3 judgements ${judgement(corpId, 2, [finding])}`,
      `4 notice ${encodeNotice({ ...notice, state: 'Pending' })}`,
      `5 notice ${encodeNotice({ ...notice, state: 'Delivered', attempts: 1 })}`,
      '6 judgements garbage',
      `7 judgements ${judgement(corpId, 2, [finding])}`,
    ]);
  });
});

describe('a rebuild', () => {
  it('gives the same rows from segments alone, in a database that was dropped', async () => {
    const world = await newWorld();
    const { corpId, clickhouse } = world;
    await captureEverything(world);
    await nats.js.publish(findingSubject(corpId), judgement(corpId, 1));
    await nats.js.publish(findingSubject(corpId), judgement(corpId, 2, [promise(corpId)]));
    await nats.js.publish(
      noticeSubject(corpId),
      encodeNotice({ ...noticeOf(promise(corpId)), state: 'Pending' }),
    );
    await archiveAll(world);
    const read = async (): Promise<unknown[]> =>
      await Promise.all(
        TABLE_NAMES.map((table) =>
          // When a segment was written is known to the database alone.
          rowsOf(clickhouse, table, table === 'segments' ? '* EXCEPT archivedAt' : '*'),
        ),
      );
    const before = await read();
    expect(before.map((rows) => (rows as unknown[]).length).every((count) => count > 0)).toBe(true);
    await clickhouse.run(`DROP DATABASE ${clickhouse.database} SYNC`, { asAdmin: true });
    const result = await rebuildFromSegments({ ...world, layout: 'single' });
    expect(result.events).toBe(4 + 34 + 2 + 4);
    expect(await read()).toEqual(before);
    await tableCounts(clickhouse);
    // Once more over what is there.
    await rebuildFromSegments({ ...world, layout: 'single' });
    expect(await read()).toEqual(before);
  });

  it('counts an event once where an archiver that died left a segment of its own', async () => {
    const world = await newWorld();
    await world.writer.commit([1, 2].map((seq) => makeMessage(world.corpId, { seq })));
    const broken = breakAtWrite(world, { write: 3, when: 'before' });
    const dying = await startArchiver({ ...world, ...broken });
    await broken.broke;
    await dying.stop();
    await world.writer.commit([3].map((seq) => makeMessage(world.corpId, { seq })));
    await archiveAll(world);
    await rebuildFromSegments({ ...world, layout: 'single' });
    expect(await rowsOf(world.clickhouse, 'messages', 'seq')).toEqual(
      ['1', '2', '3'].map((seq) => ({ seq })),
    );
    expect((await tableCounts(world.clickhouse))['pages']).toBe(2);
  });

  it('goes on after a restore to an earlier moment: what the stream still has is archived again, once', async () => {
    const world = await newWorld();
    const { corpId, clickhouse, objects } = world;
    const commit = async (from: number): Promise<void> =>
      world.writer.commit([from, from + 1].map((seq) => makeMessage(corpId, { seq })));
    await commit(1);
    await archiveAll(world);
    const backedUp = new Set<string>();
    for await (const { key } of objects.list('')) backedUp.add(key);
    await commit(3);
    await commit(5);
    await archiveAll(world);
    // The store is as it was in the backup, and ClickHouse is gone.
    for await (const { key } of objects.list('')) if (!backedUp.has(key)) await objects.delete(key);
    await clickhouse.run(`DROP DATABASE ${clickhouse.database} SYNC`, { asAdmin: true });
    await rebuildFromSegments({ ...world, layout: 'single' });
    expect((await tableCounts(clickhouse))['messages']).toBe(2);
    for (const stream of [captureStream(corpId), outcomeStream(corpId)])
      await nats.jsm.consumers.delete(stream, 'archiver');
    await archiveAll(world);
    expect(await rowsOf(clickhouse, 'messages', 'seq')).toEqual(
      ['1', '2', '3', '4', '5', '6'].map((seq) => ({ seq })),
    );
    expect(await checkSegments({ corpId, objects })).toMatchObject({ messages: 6, problems: [] });
    // And that record, too, makes the same tables.
    const before = await tableCounts(clickhouse);
    await rebuildFromSegments({ ...world, layout: 'single' });
    expect({ ...(await tableCounts(clickhouse)), segments: 0 }).toEqual({ ...before, segments: 0 });
  });
});

describe('purging', () => {
  it('removes what all consumers have, never the newest manifest nor what a consumer still needs', async () => {
    const world = await newWorld();
    const stream = captureStream(world.corpId);
    await world.writer.commit([1, 2, 3].map((seq) => makeMessage(world.corpId, { seq })));
    await world.writer.commit([4, 5].map((seq) => makeMessage(world.corpId, { seq })));
    const firstSequence = async (): Promise<number> => (await nats.jsm.streams.info(stream)).state.first_seq;
    await nats.jsm.consumers.add(stream, { durable_name: 'slow', ack_policy: 'explicit' });
    const running = await startArchiver(world);
    await eventually('archived', () => isArchived(nats, stream));
    await running.archiver.purge();
    expect(await firstSequence()).toBe(1);
    const slow = await nats.js.consumers.get(stream, 'slow');
    for await (const message of await slow.fetch({ max_messages: 2, expires: 2_000 })) await message.ackAck();
    await running.archiver.purge();
    expect(await firstSequence()).toBe(3);
    await nats.jsm.consumers.delete(stream, 'slow');
    await running.archiver.purge();
    // Sequence 5 is the manifest of the second page.
    expect(await firstSequence()).toBe(5);
    await running.stop();
  });
});

describe('the report', () => {
  it('says how much of its limit a stream holds, before it is full and capture waits', async () => {
    const world = await newWorld();
    await world.writer.commit([1, 2, 3].map((seq) => makeMessage(world.corpId, { seq })));
    const running = await startArchiver(world);
    await running.archiver.report();
    const { config, state } = await nats.jsm.streams.info(captureStream(world.corpId));
    const shown = await running.registry.getSingleMetric('menshen_archiver_stream_filled_ratio')?.get();
    const [capture] = shown?.values.filter(({ labels }) => labels['stream'] === 'capture') ?? [];
    expect(capture?.value).toBeGreaterThan(0);
    expect(capture?.value).toBeCloseTo(state.bytes / config.max_bytes, 6);
    await running.stop();
  });
});
