import { encodeNotice, type Notice } from '@menshen/contracts/compliance-alert';
import { noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import type { NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NoticeLog } from './notice-log.ts';
import { makeNotice } from './notifier.testkit.ts';

describe('the notice stream as memory', () => {
  let test: TestNats;
  let corp = 0;
  beforeAll(async () => {
    test = await startTestNats();
  });
  afterAll(() => test.close());

  const setUp = async (): Promise<{ corpId: string; log: () => NoticeLog; count: () => Promise<number> }> => {
    const corpId = `wwlog${++corp}`;
    await makeStreams(test.jsm, corpId);
    return {
      corpId,
      log: () => new NoticeLog({ js: test.js, nats: test.nats, corpId }),
      count: async () => (await test.jsm.streams.info(outcomeStream(corpId))).state.messages,
    };
  };
  /** Opens the notice unless the book knows it. */
  const open = (notice: Notice) => (book: NoticeLog['book']) =>
    book.find(notice.id) === undefined ? [notice] : [];

  it('gives back what it stored, and a later reader finds it', async () => {
    const { log } = await setUp();
    const [writer, reader] = [log(), log()];
    expect(await writer.append(open(makeNotice()))).toEqual([makeNotice()]);
    await reader.refresh();
    expect([...reader.book.listOpen()]).toEqual([makeNotice()]);
  });

  it('of two writers that decide the same, one stores it; the other learns that it need not', async () => {
    const { log, count } = await setUp();
    const [first, second] = [log(), log()];
    await Promise.all([first.refresh(), second.refresh()]);
    const stored = await Promise.all([first.append(open(makeNotice())), second.append(open(makeNotice()))]);
    expect(stored.flat()).toHaveLength(1);
    expect(await count()).toBe(1);
    expect(second.book.find('n1')).toEqual(first.book.find('n1'));
  });

  it('recognises its own record when the answer to the append was lost', async () => {
    const { corpId, count } = await setUp();
    let lost = 0;
    const deaf = Object.assign(Object.create(test.nats) as NatsConnection, {
      request: async (...given: Parameters<NatsConnection['request']>) => {
        const answer = await test.nats.request(...given);
        if (lost++ === 0) throw new Error('timeout');
        return answer;
      },
    });
    const log = new NoticeLog({ js: test.js, nats: deaf, corpId });
    expect(await log.append(open(makeNotice()))).toEqual([makeNotice()]);
    expect(await count()).toBe(1);
  });

  it('goes on after the archiver purged everything it knew', async () => {
    const { corpId, log } = await setUp();
    const writer = log();
    await writer.append(open(makeNotice()));
    await test.jsm.streams.purge(outcomeStream(corpId));
    expect(await writer.append(open(makeNotice({ id: 'n2' })))).toHaveLength(1);
    expect(writer.book.find('n1')).toBeDefined();
  });

  it('takes in what another notifier wrote before it decides', async () => {
    const { corpId, log } = await setUp();
    const writer = log();
    await writer.append(open(makeNotice()));
    const foreign = makeNotice({ id: 'n2', groupKey: 'compliance|other' });
    await test.js.publish(noticeSubject(corpId), encodeNotice(foreign));
    expect(await writer.append(open(foreign))).toEqual([]);
  });

  it('rejects while the stream cannot be written, and works afterwards', async () => {
    const { log } = await setUp();
    const writer = new NoticeLog({ js: test.js, nats: test.nats, corpId: 'wwnowhere' });
    await expect(writer.append(open(makeNotice()))).rejects.toThrow();
    expect(await log().append(open(makeNotice()))).toHaveLength(1);
  });

  it('writes what is decided at the same time together, and gives each the records of its own', async () => {
    const { log, count } = await setUp();
    const writer = log();
    const notices = Array.from({ length: 20 }, (_, at) => makeNotice({ id: `n${at}`, groupKey: `g${at}` }));
    const stored = await Promise.all(notices.map((notice) => writer.append(open(notice))));
    expect(stored).toEqual(notices.map((notice) => [notice]));
    expect(await count()).toBe(20);
    const reader = log();
    await reader.refresh();
    expect([...reader.book.listOpen()]).toEqual([...writer.book.listOpen()]);
  });

  it('does not decide twice about one notice or one group from the same book', async () => {
    const { log, count } = await setUp();
    const writer = log();
    const openGroup = (notice: Notice) => (book: NoticeLog['book']) =>
      book.group(notice.groupKey).gathering === undefined ? [notice] : [];
    const stored = await Promise.all([
      ...['n1', 'n1', 'n1'].map((id) => writer.append(open(makeNotice({ id, groupKey: 'a' })))),
      ...['n2', 'n3'].map((id) => writer.append(openGroup(makeNotice({ id, groupKey: 'b' })))),
    ]);
    expect(stored.map((one) => one.length)).toEqual([1, 0, 0, 1, 0]);
    expect(await count()).toBe(2);
  });

  it('of two writers that each have many to decide, both get theirs, each once', async () => {
    const { log, count } = await setUp();
    const writers = [log(), log()];
    const notices = Array.from({ length: 30 }, (_, at) => makeNotice({ id: `n${at}`, groupKey: `g${at}` }));
    const stored = await Promise.all(
      notices.flatMap((notice) => writers.map((writer) => writer.append(open(notice)))),
    );
    expect(stored.flat()).toHaveLength(30);
    expect(await count()).toBe(30);
  });
});
