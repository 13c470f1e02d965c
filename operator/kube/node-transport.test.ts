import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createApiClient } from './api-client.ts';
import { monotonicClock } from './clock.ts';
import { type NodeTransport, nodeTransport } from './node-transport.ts';
import type { HttpResponse } from './transport.ts';

let server: Server | undefined;
let open: NodeTransport | undefined;

afterEach(() => {
  open?.close();
  server?.closeAllConnections();
  server?.close();
});

const listen = async (answer: Parameters<typeof createServer>[1]): Promise<string> => {
  const listening = createServer(answer as never);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/behind/a/prefix`;
};
const connect = (url: string, token?: () => Promise<string>): NodeTransport => {
  open = nodeTransport({
    server: url,
    isVerified: true,
    namespace: 'default',
    ...(token === undefined ? {} : { token }),
  });
  return open;
};
const textOf = async ({ body }: HttpResponse): Promise<string> => {
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString('utf8');
  return text;
};
const signal = new AbortController().signal;

describe('the transport', () => {
  it('sends method, path behind the prefix, body and the token of the moment', async () => {
    const seen: string[] = [];
    const tokens = ['first', 'second'];
    const url = await listen(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
      response.end('fine');
    });
    const { transport } = connect(url, () => Promise.resolve(tokens.shift() ?? ''));
    const response = await transport({
      method: 'PUT',
      path: '/x?y=1',
      headers: {},
      body: '{"门":"神"}',
      signal,
    });
    expect([response.status, await textOf(response)]).toEqual([200, 'fine']);
    await textOf(await transport({ method: 'GET', path: '/z', headers: {}, signal }));
    expect(seen).toEqual([
      'PUT /behind/a/prefix/x?y=1 Bearer first {"门":"神"}',
      'GET /behind/a/prefix/z Bearer second ',
    ]);
  });

  it('uses a connection again for the next call', async () => {
    const ports = new Set<number | undefined>();
    const url = await listen((request: IncomingMessage, response) => {
      ports.add(request.socket.remotePort);
      response.end('{"metadata":{"name":"a"}}');
    });
    const client = createApiClient({ transport: connect(url).transport, clock: monotonicClock() });
    const nodes = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', isNamespaced: false };
    for (let call = 0; call < 5; call += 1) await client.get(nodes, { name: 'a' });
    expect(ports.size).toBe(1);
  });

  it('ends a stream with the reason of its signal, and closes the connection', async () => {
    const closed = Promise.withResolvers<void>();
    const url = await listen((request: IncomingMessage, response) => {
      response.write('a line\n');
      request.on('close', () => closed.resolve());
    });
    const leaving = new AbortController();
    const { body } = await connect(url).transport({
      method: 'GET',
      path: '/',
      headers: {},
      signal: leaving.signal,
    });
    const reading = (async () => {
      for await (const chunk of body)
        if (Buffer.from(chunk).toString() === 'a line\n') leaving.abort(new Error('enough'));
    })();
    await expect(reading).rejects.toThrow();
    await closed.promise;
  });

  it('rejects when nobody is there', async () => {
    const { transport } = connect('http://127.0.0.1:1');
    await expect(transport({ method: 'GET', path: '/', headers: {}, signal })).rejects.toThrow(
      'ECONNREFUSED',
    );
  });
});
