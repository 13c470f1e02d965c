// A model server for tests: a real HTTP server with a real, very small model, trained when it starts on the phrases of the harassment packs and
// a few harmless sentences. It shows that the way to a model works, and says nothing of how well models tell harassment.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LURE_TABLES } from '@menshen/policy-engine/detectors/lures/lure-tables';

export interface TestModelServer {
  readonly url: string;
  /** Texts of each request, as they came. */
  readonly requests: string[][];
  readonly authorizations: (string | undefined)[];
  /** Answers instead of the model, until it is undefined again. */
  misbehave: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  version: string;
  close(): Promise<void>;
}

export async function startModelServer(): Promise<TestModelServer> {
  const score = trainModel();
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: TestModelServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`,
    requests: [],
    authorizations: [],
    misbehave: undefined,
    version: '1',
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += part;
    const { texts } = JSON.parse(body) as { texts: string[] };
    self.requests.push(texts);
    self.authorizations.push(request.headers.authorization);
    if (self.misbehave !== undefined) return self.misbehave(request, response);
    const scores = texts.map((text) => ({ harassment: score(text) }));
    response.end(JSON.stringify({ model: 'ngrams', version: self.version, scores }));
  }
  return self;
}

const HARMLESS = [
  '你好',
  '好的，明天见',
  '麻烦你发一下合同',
  '今天的会议改到三点',
  '谢谢，辛苦了',
  '这个报价可以吗',
  '我下午去客户那边',
  '请查收附件',
  'see you tomorrow',
  'thanks a lot',
  'please send me the file',
  'the meeting is at three',
  'ok, sounds good',
  '周末愉快',
  '你的方案很好',
];

/** Logistic regression over n-grams of one to three characters, by gradient descent. */
function trainModel(): (text: string) => number {
  const kinds = new Set(['Insult', 'Threat', 'SexualHarassment']);
  const harmful = LURE_TABLES.filter(({ kind }) => kinds.has(kind)).flatMap(({ phrases }) =>
    phrases.flatMap((condition) => condition.terms ?? []),
  );
  const examples = [
    ...harmful.map((text) => ({ text, is: 1 })),
    ...HARMLESS.map((text) => ({ text, is: 0 })),
  ];
  const share = { 1: 0.5 / harmful.length, 0: 0.5 / HARMLESS.length };
  const weights = new Map<string, number>();
  let bias = 0;
  const score = (text: string): number => {
    const sum = gramsOf(text).reduce((total, gram) => total + (weights.get(gram) ?? 0), bias);
    return 1 / (1 + Math.exp(-sum));
  };
  for (let round = 0; round < 200; round++)
    for (const { text, is } of examples) {
      const step = 20 * share[is as 0 | 1] * (is - score(text));
      bias += step;
      for (const gram of gramsOf(text)) weights.set(gram, (weights.get(gram) ?? 0) + step);
    }
  return score;
}

const gramsOf = (text: string): string[] =>
  [1, 2, 3].flatMap((size) =>
    Array.from({ length: Math.max(0, text.length - size + 1) }, (_, at) => text.slice(at, at + size)),
  );
