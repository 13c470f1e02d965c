// The address that WeCom calls when there are new messages: it only wakes the poll loop, which stays the one way messages come in.
// WeCom wants an answer within 5 s and repeats otherwise, so nothing is waited for here.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@menshen/telemetry/logger';
import type { IngestMetrics } from '../ingest-metrics.ts';
import { type CallbackSecrets, openCallback, type SignedQuery } from './open-callback.ts';
import { readEncrypted, readEvent } from './read-event.ts';

export interface CallbackOptions {
  readonly port: number;
  /** Asked at every call, so that a changed secret takes effect at once. */
  readonly secrets: () => Promise<CallbackSecrets>;
  readonly wake: () => void;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

export interface CallbackServer {
  readonly port: number;
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024;
const BODY_TIMEOUT_MS = 3_000;
/** Events remembered to recognise their repetition: WeCom repeats three times within seconds. */
const REMEMBERED = 100;

/** Serves GET (address verification) and POST (events) on any path, 0 = any free port. Rejects when the port is taken. */
export async function serveCallback(options: CallbackOptions): Promise<CallbackServer> {
  const seen = new Set<string>();
  const server = createServer({ requestTimeout: BODY_TIMEOUT_MS }, (request, response) => {
    void answer(request, options, seen)
      .catch((error: unknown) => {
        options.logger.warn({ error }, 'a callback could not be answered');
        return { status: 500, body: '' };
      })
      .then(({ status, body }) => send(response, status, body));
  });
  const port = await listen(server, options.port);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

async function answer(request: IncomingMessage, options: CallbackOptions, seen: Set<string>): Promise<Reply> {
  const { searchParams } = new URL(request.url ?? '/', 'http://callback');
  const query: SignedQuery = {
    signature: searchParams.get('msg_signature') ?? '',
    timestamp: searchParams.get('timestamp') ?? '',
    nonce: searchParams.get('nonce') ?? '',
  };
  if (request.method === 'GET') return await verify(query, searchParams.get('echostr') ?? '', options);
  if (request.method !== 'POST') return { status: 405, body: '' };
  return await receive(query, await readBody(request), { options, seen });
}

/** The decrypted word goes back bare: no quotes, no mark, no line end. */
async function verify(query: SignedQuery, echo: string, options: CallbackOptions): Promise<Reply> {
  const opened = openCallback(await options.secrets(), query, echo);
  return opened.ok ? { status: 200, body: opened.message } : refuse(opened.problem, options);
}

async function receive(
  query: SignedQuery,
  body: string | undefined,
  to: { options: CallbackOptions; seen: Set<string> },
): Promise<Reply> {
  const { options, seen } = to;
  const encrypted = body === undefined ? undefined : readEncrypted(body);
  if (encrypted === undefined) return refuse('the body is not an encrypted event', options);
  const opened = openCallback(await options.secrets(), query, encrypted);
  if (!opened.ok) return refuse(opened.problem, options);
  const event = readEvent(opened.message);
  if (event === undefined) return refuse('the message is not an event', options);
  if (seen.has(event.identity)) {
    options.metrics.callback('repeated');
    return DONE;
  }
  remember(seen, event.identity);
  // Other events of the app (a contact agreed, say) change what the next pull brings too: waking once too often costs one pull.
  options.metrics.callback('woke');
  options.wake();
  return DONE;
}

const DONE: Reply = { status: 200, body: '' };

function refuse(problem: string, options: CallbackOptions): Reply {
  options.metrics.callback('refused');
  options.logger.warn({ problem }, 'a callback was refused');
  return { status: 403, body: '' };
}

function remember(seen: Set<string>, identity: string): void {
  seen.add(identity);
  const [oldest] = seen;
  if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end(body);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
