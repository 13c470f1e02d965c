// A real HTTP receiver of compliance alerts that behaves as the webhook contract asks: it knows a notice again by its Idempotency-Key.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

export interface ReceivedNotice {
  readonly id: string;
  readonly findingIds: readonly string[];
  /** How often it arrived: more than once after a crash between sending and writing down that it was sent. */
  readonly arrivals: number;
}

export interface WebhookReceiver {
  readonly url: string;
  notices(): readonly ReceivedNotice[];
  /** Requests whose signature did not fit. */
  badSignatures(): number;
  /** Answers every request with this status until it is set back to 200. */
  answerWith(status: number): void;
  close(): Promise<void>;
}

/** Listens on loopback. `signingKey` is the channel's HMAC key. */
export async function startWebhookReceiver(signingKey: string): Promise<WebhookReceiver> {
  const received = new Map<string, { findingIds: string[]; arrivals: number }>();
  let badSignatures = 0;
  let status = 200;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      if (!isSigned(request.headers['menshen-signature'], body, signingKey)) badSignatures++;
      else if (status === 200) keep(String(request.headers['idempotency-key']), body);
      response.writeHead(status).end();
    });
  });

  function keep(id: string, body: string): void {
    const notice = received.get(id) ?? {
      findingIds: [...new Set(body.match(FINDING_ID) ?? [])].filter((finding) => finding !== id),
      arrivals: 0,
    };
    notice.arrivals++;
    received.set(id, notice);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port');
  return {
    url: `http://127.0.0.1:${address.port}/notices`,
    notices: () => [...received].map(([id, notice]) => ({ id, ...notice })),
    badSignatures: () => badSignatures,
    answerWith: (next) => {
      status = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Finding ids are 32 hex digits; nothing else in a notice has that form. */
const FINDING_ID = /\b[0-9a-f]{32}\b/g;

function isSigned(header: string | string[] | undefined, body: string, key: string): boolean {
  const match = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(header ?? ''));
  if (match === null) return false;
  const [, time = '', signature = ''] = match;
  const expected = createHmac('sha256', key).update(`${time}.${body}`).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}
