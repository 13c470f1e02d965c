// Through the company's own proxy to WeCom: HTTP CONNECT (RFC 9110, 9.3.6) or SOCKS5 (RFC 1928, 1929). The proxy learns the name of WeCom and its own
// credential, nothing else; the name is resolved by it, not here.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type Address, RouteError } from './route.ts';

export interface OutgoingProxy {
  readonly kind: 'Http' | 'Socks5';
  readonly address: Address;
  readonly credential: { readonly user: string; readonly password: string } | undefined;
}

/** After this the socket leads to `target`. Rejects with `RouteError`, or with what the socket or the signal says. */
export async function passProxy(
  socket: Socket,
  of: { proxy: OutgoingProxy; target: Address; signal: AbortSignal },
): Promise<void> {
  const reader = new Reader(socket, of.signal);
  try {
    if (of.proxy.kind === 'Http') await askHttp(socket, reader, of);
    else await askSocks(socket, reader, of);
  } finally {
    reader.release();
  }
}

type Ask = { readonly proxy: OutgoingProxy; readonly target: Address };

async function askHttp(socket: Socket, reader: Reader, { proxy, target }: Ask): Promise<void> {
  const { credential } = proxy;
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const lines = [`CONNECT ${host}:${target.port} HTTP/1.1`, `Host: ${host}:${target.port}`];
  if (credential !== undefined) {
    const basic = Buffer.from(`${credential.user}:${credential.password}`).toString('base64');
    lines.push(`Proxy-Authorization: Basic ${basic}`);
  }
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(await reader.head())?.[1];
  if (status === undefined) throw refused('the proxy does not answer in HTTP');
  if (!status.startsWith('2')) throw refused(`the proxy answers ${status}`);
}

const VERSION = 5;
const NO_CREDENTIAL = 0;
const PASSWORD = 2;
const BY_NAME = 3;
/** Bytes of the address that the proxy answers with, by its type; by name it says so itself. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 1: 4, 4: 16 };

async function askSocks(socket: Socket, reader: Reader, { proxy, target }: Ask): Promise<void> {
  const { credential } = proxy;
  const method = credential === undefined ? NO_CREDENTIAL : PASSWORD;
  socket.write(Buffer.from([VERSION, 1, method]));
  const chosen = await reader.bytes(2);
  if (chosen[0] !== VERSION) throw refused('the proxy does not speak SOCKS5');
  if (chosen[1] !== method)
    throw refused(credential === undefined ? 'the proxy wants a credential' : 'the proxy takes no password');
  if (credential !== undefined) {
    socket.write(Buffer.concat([Buffer.from([1]), counted(credential.user), counted(credential.password)]));
    if ((await reader.bytes(2))[1] !== 0) throw refused('the proxy refuses our credential');
  }
  const port = Buffer.from([target.port >> 8, target.port & 0xff]);
  socket.write(Buffer.concat([Buffer.from([VERSION, 1, 0, BY_NAME]), counted(target.host), port]));
  const [, reply, , type = 0] = await reader.bytes(4);
  if (reply !== 0) throw refused(`the proxy answers SOCKS reply ${reply}`);
  const addressBytes = ADDRESS_BYTES[type] ?? (await reader.bytes(1))[0] ?? 0;
  await reader.bytes(addressBytes + 2);
}

/** A text behind one byte of length. */
function counted(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw refused('a name or password for SOCKS5 is longer than 255 bytes');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

const refused = (detail: string): RouteError => new RouteError({ reason: 'ProxyRefused', detail });

/** Longest head of a proxy's answer that is read. */
const HEAD_BYTES = 16_384;

/**
 * Takes what it is asked for and gives every later byte back to the socket. By 'data' and not by 'readable': that event comes again at once while
 * fewer bytes are there than asked for, and a proxy that speaks byte by byte would stop the event loop.
 */
class Reader {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #take = (chunk: Buffer): void => {
    this.#seen = Buffer.concat([this.#seen, chunk]);
  };
  #seen = Buffer.alloc(0);

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    socket.on('data', this.#take);
    socket.once('end', () => this.#over.abort());
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#seen.length < count) await this.#more();
    return this.#cut(count);
  }

  /** An HTTP head with the empty line behind it. */
  async head(): Promise<string> {
    for (;;) {
      const end = this.#seen.indexOf('\r\n\r\n');
      if (end >= 0) return this.#cut(end + 4).toString('latin1');
      if (this.#seen.length > HEAD_BYTES) throw refused('the head of the proxy’s answer does not end');
      await this.#more();
    }
  }

  release(): void {
    this.#socket.off('data', this.#take);
    this.#socket.pause();
    if (this.#seen.length > 0) this.#socket.unshift(this.#seen);
  }

  #cut(count: number): Buffer {
    const taken = this.#seen.subarray(0, count);
    this.#seen = this.#seen.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    try {
      await once(this.#socket, 'data', { signal: this.#signal });
    } catch (error) {
      throw this.#over.signal.aborted ? refused('the proxy closes the connection') : error;
    }
  }
}
