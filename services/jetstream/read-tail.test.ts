import { findingSubject, noticeSubject, outcomeStream } from '@menshen/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeStreams, startTestNats, type TestNats } from './jetstream.testkit.ts';
import { readTail } from './read-tail.ts';

describe('reading what is stored from a position to the end', () => {
  const corpId = 'wwtail';
  const subject = noticeSubject(corpId);
  const stream = outcomeStream(corpId);
  let test: TestNats;
  beforeAll(async () => {
    test = await startTestNats();
    await makeStreams(test.jsm, corpId);
    const published = Array.from({ length: 1_203 }, (_, i) =>
      test.js.publish((i + 1) % 3 === 0 ? findingSubject(corpId) : subject, String(i + 1)),
    );
    await Promise.all(published);
  });
  afterAll(() => test.close());

  const read = async (sequence: number, headersOnly = false): Promise<string[]> => {
    const texts: string[] = [];
    await readTail(test.js, { stream, subject, from: { sequence }, headersOnly }, (message) =>
      texts.push(`${message.seq}:${message.string()}`),
    );
    return texts;
  };

  it.each([
    ['the beginning', 0, 802, '1:1'],
    ['the middle of another subject', 600, 403 - 1, '601:601'],
    ['the last message', 1_202, 1, '1202:1202'],
  ])('from %s', async (_name, sequence, count, first) => {
    const texts = await read(sequence);
    expect(texts).toHaveLength(count);
    expect(texts[0]).toBe(first);
    expect(texts.at(-1)).toBe('1202:1202');
  });

  it('beyond the end there is nothing, and it says so at once', async () => {
    expect(await read(1_203)).toEqual([]);
    expect(await read(5_000)).toEqual([]);
  });

  it('without payloads when only headers are asked for', async () => {
    expect(await read(1_202, true)).toEqual(['1202:']);
  });

  it('from a time of storage', async () => {
    const texts: string[] = [];
    await readTail(test.js, { stream, subject, from: { storedAtMs: 0 } }, (message) => {
      texts.push(message.string());
    });
    expect(texts).toHaveLength(802);
  });

  it('rejects when the server is gone, instead of giving half an answer', async () => {
    await test.server.stop('SIGKILL');
    await expect(read(0)).rejects.toThrow();
    await test.server.start();
    await expect.poll(async () => (await read(0).catch(() => [])).length, { timeout: 20_000 }).toBe(802);
  });
});
