// One HTTP exchange with WeCom: bounded in time and size, never throwing for what the outside may do.
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';

export type HttpOutcome =
  | {
      readonly ok: true;
      readonly status: number /** Names as sent, values joined. */;
      readonly headers: ReadonlyMap<string, string>;
      readonly body: Buffer;
    }
  | { readonly ok: false; readonly detail: string };

export interface HttpQuestion {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpClient {
  ask(question: HttpQuestion): Promise<HttpOutcome>;
  close(): void;
}

const TIMEOUT_MS = 15_000;
/** A pull of 1,000 large messages is several MB; more than this is not an answer of WeCom. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/** A client that keeps its connections. Node's own `http` and not fetch: measured a fifth of the CPU for multi-megabyte bodies. */
export function createHttpClient(): HttpClient {
  const plain = new Agent({ keepAlive: true, maxSockets: 16 });
  const secure = new SecureAgent({ keepAlive: true, maxSockets: 16 });
  return {
    ask: (question) => exchange(question, { plain, secure }),
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function exchange(
  question: HttpQuestion,
  agents: { plain: Agent; secure: SecureAgent },
): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const isSecure = question.url.startsWith('https:');
    const send = isSecure ? httpsRequest : httpRequest;
    const fail = (detail: string): void => resolve({ ok: false, detail });
    const length =
      question.body === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(question.body)) };
    const request = send(
      question.url,
      {
        method: question.method,
        agent: isSecure ? agents.secure : agents.plain,
        headers: { ...length, ...question.headers },
        timeout: TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) request.destroy(new Error(`answer exceeds ${MAX_BODY_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', (error) => fail(error.message));
        response.on('close', () => {
          if (!response.complete) fail('the connection was cut in the middle of the answer');
        });
        response.on('end', () =>
          resolve({
            ok: true,
            status: response.statusCode ?? 0,
            headers: namedHeaders(response.rawHeaders),
            body: chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks),
          }),
        );
      },
    );
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.on('error', (error) => fail(error.message));
    request.end(question.body);
  });
}

function namedHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) headers.set((raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '');
  return headers;
}
