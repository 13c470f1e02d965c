// A feed from a real server, from look to look. That it is HTTPS is checked by address; the certificate is the runtime's work, so these tests
// lead the requests to a server without one.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { contentDigest, type Digest } from '@menshen/contracts/digest';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { type CommandIo, Refusal } from '../command.ts';
import { type Folder, makeFolder } from '../run-from-source.testkit.ts';
import { followFeed } from './follow-feed.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let folder: Folder;
let answer: Answer;
let said: { out: string; err: string };
let stored: Map<Digest, string>;
beforeEach(async () => {
  folder = makeFolder();
  said = { out: '', err: '' };
  stored = new Map();
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  folder.remove();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const URL_OF_FEED = 'https://feed.example/list';
const digestOf = (...entries: string[]): Digest => contentDigest(`${entries.join('\n')}\n`);

/** `sleep` of the test ends the looking by throwing. */
class Enough extends Error {}

async function follow(
  flags: Readonly<Record<string, string>>,
  sleep = async (): Promise<void> => Promise.reject(new Enough()),
) {
  const { port } = server.address() as AddressInfo;
  const io: CommandIo = {
    environment: {},
    clock: { nowMs: () => 1 },
    out: (text) => {
      said.out += text;
    },
    drained: async () => undefined,
    input: () => process.stdin,
    err: (text) => {
      said.err += text;
    },
    fetch: (url, init) =>
      fetch(String(url).replace('https://feed.example', `http://127.0.0.1:${port}`), init),
    sleep,
  };
  const place = {
    store: async (digest: Digest, bytes: Uint8Array) => {
      const outcome = stored.has(digest) ? ('Existed' as const) : ('Stored' as const);
      stored.set(digest, Buffer.from(bytes).toString());
      return outcome;
    },
    show: (digest: Digest) => `${digest}\n`,
  };
  await followFeed({ flags: { 'from-url': URL_OF_FEED, ...flags }, positionals: [] }, io, place).catch(
    (error) => {
      if (!(error instanceof Enough)) throw error;
    },
  );
}

const list =
  (text: string, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    response.writeHead(200, { 'content-type': 'text/plain', ...headers }).end(text);

/** Answers 304 to who has the list already. */
const tagged =
  (text: string, etag: string): Answer =>
  (request, response) =>
    request.headers['if-none-match'] === etag
      ? response.writeHead(304).end()
      : list(text, { etag })(request, response);

describe('followFeed', () => {
  it('stores the list in one form and prints its digest', async () => {
    answer = list('b.com\na.com\nb.com\n');
    await follow({});
    const digest = digestOf('a.com', 'b.com');
    expect(said).toEqual({ out: `${digest}\n`, err: '2 entries, stored\n' });
    expect(stored.get(digest)).toBe('a.com\nb.com\n');
  });

  it('carries each new digest to the policy, and fetches nothing that has not changed', async () => {
    const before = digestOf('old.com');
    folder.write({ 'policy.yaml': `a: ${before}\nb: ${before}\n` });
    const [state, update] = [join(folder.path, 'state.json'), join(folder.path, 'policy.yaml')];
    answer = tagged('a.com\n', '"1"');
    let looks = 0;
    await follow({ state, update, replacing: before, every: '1h' }, async () => {
      looks++;
      if (looks === 2) answer = tagged('a.com\nc.com\n', '"2"');
      if (looks === 3) answer = tagged('c.com\na.com\n', '"3"');
      if (looks === 4) throw new Enough();
    });
    const [first, second] = [digestOf('a.com'), digestOf('a.com', 'c.com')];
    expect(said.out).toBe(`${first}\n${second}\n`);
    expect(said.err).toBe('1 entries, stored\nunchanged\n2 entries, stored\n2 entries, there already\n');
    expect(readFileSync(update, 'utf8')).toBe(`a: ${second}\nb: ${second}\n`);
    // A later run knows it from the state.
    said = { out: '', err: '' };
    await follow({ state, update });
    expect(said).toEqual({ out: `${second}\n`, err: 'unchanged\n' });
  });

  it('goes on when the server is away for a time', async () => {
    answer = (_request, response) => response.writeHead(503).end();
    let looks = 0;
    await follow({ every: '30m' }, async () => {
      looks++;
      answer = list('a.com\n');
      if (looks === 2) throw new Enough();
    });
    expect(said.err).toMatch(/answers 503: .*; tried again in 30m\n1 entries, stored/);
    expect(said.out).toBe(`${digestOf('a.com')}\n`);
  });

  test.each<[string, Answer, Record<string, string>, RegExp]>([
    ['an error', (_, response) => response.writeHead(404).end(), {}, /answers 404: check the address/],
    [
      'a web page',
      list('<html>sign in</html>', { 'content-type': 'text/html; charset=utf-8' }),
      {},
      /answers with a web page/,
    ],
    [
      'a list that is too large',
      list('a.com\n'.repeat(100)),
      { 'max-bytes': '99' },
      /larger than 99 bytes: raise --max-bytes/,
    ],
    [
      'a list of something else',
      list('保本\n'),
      { format: 'hosts' },
      /1 of 1 lines are no hosts: choose another --format/,
    ],
    ['an empty list', list('\n'), {}, /no entries/],
    [
      'a way out of HTTPS',
      (_, response) => response.writeHead(302, { location: 'http://feed.example/plain' }).end(),
      {},
      /leads to http:\/\/feed\.example\/plain: .*https:\/\/ only/,
    ],
    [
      'leading on without end',
      (_, response) => response.writeHead(302, { location: '/list' }).end(),
      {},
      /leads on more than 3 times/,
    ],
    [
      'a connection that breaks',
      (_, response) => response.writeHead(200).write('a', () => response.destroy()),
      {},
      /broke off/,
    ],
    [
      'an update without a digest to replace',
      list('a.com\n'),
      { update: 'none.yaml' },
      /give it by --replacing/,
    ],
  ])('refuses %s and publishes nothing new', async (_what, how, flags, says) => {
    answer = how;
    await expect(follow(flags)).rejects.toThrow(says);
    expect(said.out).toBe('');
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['HTTP', { 'from-url': 'http://feed.example/list' }, /https:\/\/ only/],
    ['a password in the address', { 'from-url': 'https://a:b@feed.example/' }, /password in it/],
    ['seconds', { every: '5s' }, /--every is 5s: give a time from 1m/],
    ['an unknown format', { format: 'xml' }, /must be lines or hosts or csv/],
    ['no number of bytes', { 'max-bytes': '1G' }, /--max-bytes is 1G/],
  ])('refuses %s', async (_what, flags, says) => {
    await expect(follow(flags)).rejects.toThrow(says);
    await expect(follow(flags)).rejects.toBeInstanceOf(Refusal);
  });

  it('refuses a policy that does not name the digest', async () => {
    folder.write({ 'policy.yaml': 'a: 1\n' });
    answer = list('a.com\n');
    const update = join(folder.path, 'policy.yaml');
    await expect(follow({ update, replacing: digestOf('old.com') })).rejects.toThrow(/does not name sha256:/);
  });
});
