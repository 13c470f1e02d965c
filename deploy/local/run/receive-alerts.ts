// A receiver of compliance alerts, as a customer would write one: it checks the signature, knows a notice again, and keeps what it got.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { Clock } from '@menshen/contracts/clock';

export interface AlertReceiver {
  readonly port: number;
  /** Requests that were not signed with the key, or too old. */
  refused(): number;
  stop(): Promise<void>;
}

/** A signature older than this may be a replay, seconds. */
const LONGEST_AGE_SECONDS = 300;

/** Listens on loopback; each new notice becomes a line of `file`. */
export async function receiveAlerts(options: {
  readonly signingKey: string;
  readonly file: string;
  readonly clock: Clock;
}): Promise<AlertReceiver> {
  const known = new Set<string>();
  let refused = 0;
  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    if (!isSigned(String(request.headers['menshen-signature'] ?? ''), body, options)) {
      refused++;
      response.writeHead(401).end('the signature does not fit\n');
      return;
    }
    const id = String(request.headers['idempotency-key'] ?? '');
    if (!known.has(id)) await appendFile(options.file, `${body}\n`, { mode: 0o600 });
    known.add(id);
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the alert receiver has no port');
  return {
    port: address.port,
    refused: () => refused,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** `t=<seconds>,v1=<hex of HMAC-SHA256 over "t.body">`, as the webhook channel documents it. */
function isSigned(
  header: string,
  body: string,
  options: { readonly signingKey: string; readonly clock: Clock },
): boolean {
  const [, time = '', signature = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(header) ?? [];
  if (signature === '') return false;
  const expected = createHmac('sha256', options.signingKey).update(`${time}.${body}`).digest();
  const age = Math.abs(options.clock.nowMs() / 1000 - Number(time));
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) && age <= LONGEST_AGE_SECONDS;
}
