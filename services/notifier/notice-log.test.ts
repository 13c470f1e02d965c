import { encodeNotice, type Notice } from '@menshen/contracts/compliance-alert';
import { noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { makeStreams, startTestNats, type TestNats } from '@menshen/jetstream/jetstream.testkit';
import { jetstream } from '@nats-io/jetstream';
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
      log: () => new NoticeLog(test.js, corpId),
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
    const js = jetstream(test.nats);
    let lost = 0;
    const deaf = Object.assign(Object.create(js) as typeof js, {
      publish: async (...given: Parameters<typeof js.publish>) => {
        const acknowledgement = await js.publish(...given);
        if (lost++ === 0) throw new Error('timeout');
        return acknowledgement;
      },
    });
    const log = new NoticeLog(deaf, corpId);
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
    const writer = new NoticeLog(jetstream(test.nats, { timeout: 300 }), 'wwnowhere');
    await expect(writer.append(open(makeNotice()))).rejects.toThrow();
    expect(await log().append(open(makeNotice()))).toHaveLength(1);
  });
});
