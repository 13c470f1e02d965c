// WeCom with faults: TLS under its name, the simulator behind it, and for each call of the SDK by chance something that goes wrong.
import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { createServer, type Server } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderOf } from '@menshen/sdk-stub/behaviours';
import type { Certificate } from '@menshen/wecom-simulator/issue-certificates';
import type { SeededRandom } from '@menshen/wecom-simulator/seeded-random';
import { type Api, faultsOf, type PlannedFault, planFault } from './plan-fault.ts';

export interface HostileWeComOptions {
  readonly certificate: Certificate;
  /** Where the answers come from. */
  readonly simulatorUrl: string;
  readonly random: SeededRandom;
  /** So many and no more: then everything is well. */
  readonly faults: number;
  /** A port that the SDK is told to call. */
  readonly forbiddenPort: number;
  /** Told of every page that was answered without a fault. */
  readonly onPage: () => void;
  readonly onToken: (token: string) => void;
}

export interface HostileWeCom {
  /** `https://127.0.0.1:P` */
  readonly url: string;
  /** Faults so far, by name. */
  readonly injected: ReadonlyMap<string, number>;
  total(): number;
  close(): Promise<void>;
}

/** Share of calls that go wrong. With more, the growing pauses of a careful client would be all that a run consists of. */
const SHARE: Readonly<Record<Api, number>> = { gettoken: 0.05, getchatdata: 0.45, getchatmediadata: 0.45 };
const APIS: readonly string[] = Object.keys(SHARE);
const LATE_MS = 200;
const DRIPS = 8;
const DRIP_MS = 5;

export async function startHostileWeCom(options: HostileWeComOptions): Promise<HostileWeCom> {
  const injected = new Map<string, number>();
  const agent = new Agent({ keepAlive: true });
  let total = 0;
  const choose = (api: Api): PlannedFault | undefined => {
    if (total >= options.faults || !options.random.chance(SHARE[api])) return undefined;
    const fault = planFault(options.random, faultsOf(api, options.forbiddenPort));
    total++;
    // The port is another one in every run.
    const name = fault.name.replace(/^call-out-\d+$/, 'call-out');
    injected.set(name, (injected.get(name) ?? 0) + 1);
    return fault;
  };
  const { certificatePem, keyPem } = options.certificate;
  const server = createServer({ cert: certificatePem, key: keyPem }, (incoming, response) => {
    const last = new URL(incoming.url ?? '/', 'https://wecom').pathname.split('/').at(-1) ?? '';
    void forward(incoming, options.simulatorUrl, agent)
      .then(async (answer) => {
        const fault = APIS.includes(last) ? choose(last as Api) : undefined;
        const token = last === 'gettoken' ? tokenIn(answer.body) : undefined;
        if (token !== undefined) options.onToken(token);
        await give(response, answer, fault);
        if (last === 'getchatdata' && fault === undefined) options.onPage();
      })
      .catch(() => incoming.socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    injected,
    total: () => total,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
}

const tokenIn = (body: Buffer): string | undefined =>
  /"access_token":"([^"]+)"/.exec(body.toString('latin1'))?.[1];

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** Asks the simulator the same thing. */
async function forward(incoming: IncomingMessage, simulatorUrl: string, agent: Agent): Promise<Answer> {
  const body = await readAll(incoming);
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(incoming.url ?? '/', simulatorUrl),
      { agent, method: incoming.method ?? 'GET', headers: passedOn(incoming.headers, body) },
      (answer) =>
        void readAll(answer).then((bytes) => {
          const range = answer.headers['content-range'];
          const headers: Record<string, string> = { 'Content-Type': 'application/json; charset=UTF-8' };
          if (range !== undefined) headers['CONTENT-RANGE'] = range;
          resolve({ status: answer.statusCode ?? 200, headers, body: bytes });
        }, reject),
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function passedOn(
  { range, 'content-type': type }: IncomingHttpHeaders,
  body: Buffer,
): Record<string, string> {
  return {
    'Content-Length': String(body.length),
    ...(range === undefined ? {} : { Range: range }),
    ...(type === undefined ? {} : { 'Content-Type': type }),
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function give(
  response: ServerResponse,
  answer: Answer,
  fault: PlannedFault | undefined,
): Promise<void> {
  switch (fault?.kind) {
    case undefined:
      return send(response, answer);
    case 'library':
      return send(response, { ...answer, body: withOrder(answer.body, orderOf(fault.name)) });
    case 'errcode':
      return send(response, {
        ...answer,
        body: Buffer.from(JSON.stringify({ errcode: fault.errcode, errmsg: 'trouble' })),
      });
    case 'wire':
      return await trouble(response, answer, fault.name);
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  response.end(body);
}

/** WeCom says "ok" there. */
function withOrder(body: Buffer, order: string): Buffer {
  const text = body.toString('latin1');
  return Buffer.from(text.replace('"errmsg":"ok"', `"errmsg":${JSON.stringify(order)}`), 'latin1');
}

async function trouble(
  response: ServerResponse,
  answer: Answer,
  name: Extract<PlannedFault, { kind: 'wire' }>['name'],
): Promise<void> {
  const range = answer.headers['CONTENT-RANGE'] ?? '';
  const withRange = (headers: Record<string, string>): void =>
    send(response, { ...answer, headers: { 'Content-Type': 'application/json', ...headers } });
  switch (name) {
    case 'gateway-page':
      return send(response, { status: 502, headers: {}, body: Buffer.from('<html>502</html>') });
    case 'not-json':
      return send(response, { ...answer, body: Buffer.from('<html>Sign in to the network</html>') });
    case 'no-body':
      return send(response, { ...answer, body: Buffer.alloc(0) });
    case 'cut':
      response.writeHead(200, { ...answer.headers, 'Content-Length': answer.body.length + 1 });
      return void response.write(answer.body.subarray(0, answer.body.length >> 1), () =>
        response.socket?.destroy(),
      );
    case 'closed':
      return void response.socket?.end();
    case 'reset':
      return void response.socket?.destroy();
    case 'late':
      await sleep(LATE_MS);
      return send(response, answer);
    case 'drip':
      return await drip(response, answer);
    case 'lower-case-range':
      return withRange({ 'content-range': range.replace('BYTES', 'bytes') });
    case 'no-range':
      return withRange({});
    case 'wrong-range':
      return withRange({ 'CONTENT-RANGE': 'BYTES 16-31/4096' });
  }
}

async function drip(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, { ...headers, 'Content-Length': body.length });
  const size = Math.ceil(body.length / DRIPS);
  for (let at = 0; at < body.length; at += size) {
    response.write(body.subarray(at, at + size));
    await sleep(DRIP_MS);
  }
  response.end();
}
