// A real HTTP server with a small real model, and what happens when it fails.
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { MOST_TEXT, type ModelEvent, ModelServers } from './ask-models.ts';
import { startModelServer, type TestModelServer } from './model-server.testkit.ts';

let server: TestModelServer;
let nowMs: number;
let events: string[];
beforeEach(async () => {
  server = await startModelServer();
  nowMs = 1_000;
  events = [];
});
afterEach(() => server.close());

const clientOf = (
  change: { timeoutMs?: number; batchSize?: number; url?: string; tokenFile?: string } = {},
) =>
  new ModelServers({
    servers: [{ name: 'toxicity', url: server.url, timeoutMs: 5_000, batchSize: 2, ...change }],
    fetch,
    readToken: async (path) => `token of ${path}\n`,
    clock: { nowMs: () => nowMs },
    report: (_server, event: ModelEvent) => {
      events.push(event.kind === 'Answered' ? event.kind : `${event.kind}: ${event.detail}`);
    },
  });
const ask = async (client: ModelServers, ...messages: string[][]): Promise<unknown[]> => {
  const wanted = messages.map((texts, index) => ({ index, servers: ['toxicity'], texts }));
  return [...(await client.ask(wanted)).values()].flat();
};
const away = { kind: 'Away', server: 'toxicity' };
type Scores = { answer: { scores: { harassment: number }[] } };

describe('ModelServers', () => {
  it('tells harassment from chat, by the model that answers', async () => {
    const [bad, good] = (await ask(clientOf(), ['你这个废物'], ['麻烦你发一下合同'])) as [Scores, Scores];
    expect(bad).toMatchObject({
      kind: 'Answered',
      answer: { server: 'toxicity', model: 'ngrams', version: '1' },
    });
    expect(bad.answer.scores[0]?.harassment).toBeGreaterThan(0.8);
    expect(good.answer.scores[0]?.harassment).toBeLessThan(0.2);
  });

  it('puts many texts into one request, each once, and gives every message its own', async () => {
    const outcomes = await ask(clientOf(), ['甲', '乙'], ['甲', '丙'], ['丁']);
    expect(server.requests.map((texts) => texts.length).sort()).toEqual([2, 2]);
    expect(server.requests.flat().sort()).toEqual(['丁', '丙', '乙', '甲']);
    expect(outcomes.map((one) => (one as Scores).answer.scores.length)).toEqual([2, 2, 1]);
  });

  it('sends the token of the file, and texts up to a length', async () => {
    await ask(clientOf({ tokenFile: '/run/token' }), ['好'.repeat(MOST_TEXT - 1) + '😀'.repeat(9)]);
    expect(server.authorizations).toEqual(['Bearer token of /run/token']);
    expect(server.requests[0]?.[0]).toBe('好'.repeat(MOST_TEXT - 1));
  });

  const json =
    (value: unknown): TestModelServer['misbehave'] =>
    (_request, response) =>
      response.end(JSON.stringify(value));
  test.each<[string, TestModelServer['misbehave'], RegExp]>([
    ['an error', (_, response) => response.writeHead(500).end(), /answers 500/],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /TypeError|fetch/,
    ],
    ['no JSON', (_, response) => response.end('<html>'), /something other than JSON/],
    ['no version', json({ model: 'm', scores: [{}] }), /without model and version/],
    ['too few scores', json({ model: 'm', version: '1', scores: [] }), /without scores/],
    ['a score beyond 1', json({ model: 'm', version: '1', scores: [{ harassment: 1.5 }] }), /without scores/],
    [
      'a score that is no number',
      json({ model: 'm', version: '1', scores: [{ harassment: '1' }] }),
      /without scores/,
    ],
    ['more than it may', (_, response) => response.end('x'.repeat(5 * 1024 * 1024)), /too much/],
    ['a broken connection', (request) => request.socket.destroy(), /./],
  ])('is away with %s', async (_what, misbehave, says) => {
    server.misbehave = misbehave;
    expect(await ask(clientOf(), ['好'])).toEqual([away]);
    expect(events.join()).toMatch(says);
  });

  it('is away when it does not answer in time', async () => {
    server.misbehave = () => undefined;
    expect(await ask(clientOf({ timeoutMs: 50 }), ['好'])).toEqual([away]);
    expect(events).toEqual(['Failed: does not answer in time']);
  });

  it('is away where the tenant has no server of that name', async () => {
    const outcomes = await clientOf().ask([{ index: 0, servers: ['other'], texts: ['好'] }]);
    expect(outcomes.get(0)).toEqual([{ kind: 'Away', server: 'other' }]);
    expect(server.requests).toEqual([]);
  });

  it('is left alone after three failures, then tried with one request, then asked as before', async () => {
    const client = clientOf({ batchSize: 1 });
    server.misbehave = (_, response) => response.writeHead(503).end();
    for (const text of ['甲', '乙', '丙', '丁', '戊']) await ask(client, [text]);
    expect(server.requests).toHaveLength(3);
    expect(events.at(-1)).toBe('Opened: answers 503');
    expect(client.isUsable('toxicity')).toBe(false);
    nowMs += 30_000;
    await ask(client, ['己'], ['庚'], ['辛']);
    expect(server.requests).toHaveLength(4);
    expect(client.isUsable('toxicity')).toBe(false);
    nowMs += 30_000;
    server.misbehave = undefined;
    expect(await ask(client, ['壬'], ['癸'])).not.toContainEqual(away);
    expect(client.isUsable('toxicity')).toBe(true);
  });

  it('does not mix the answers of two models', async () => {
    let requests = 0;
    server.misbehave = (_, response) =>
      response.end(JSON.stringify({ model: 'm', version: String(++requests), scores: [{}] }));
    expect(await ask(clientOf({ batchSize: 1 }), ['甲', '乙'])).toEqual([away]);
  });
});
