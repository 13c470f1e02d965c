// A company's own proxy, HTTP CONNECT or SOCKS5, with or without a credential. It leads every name to one address, as a test needs, and notes what it
// was asked and how often it was connected to.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TestProxy {
  /** Without a credential. */
  readonly host: string;
  /** Targets that were asked for, `host:port`. */
  readonly asked: string[];
  /** Every byte that came before the tunnel was open. */
  readonly heads: Buffer[];
  /** Bytes that went through its tunnels. */
  tunnelled(): { readonly up: number; readonly down: number };
  /** Closes what is open; the proxy goes on. */
  breakConnections(): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly kind: 'http' | 'socks5';
  readonly leadsTo: { readonly host: string; readonly port: number };
  /** `user:password` that it demands. */
  readonly credential?: string;
  /** SOCKS5: type and bytes of the address it says it is bound to; default 127.0.0.1. */
  readonly boundTo?: readonly number[];
  /** Sends every byte of its own by itself. */
  readonly isSlow?: boolean;
}

export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const heads: Buffer[] = [];
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return socket.on('error', () => undefined);
  };
  const next = async (socket: Socket): Promise<Buffer> => {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    heads.push(chunk);
    return chunk;
  };
  const passed = { up: 0, down: 0 };
  const say = async (socket: Socket, words: Buffer): Promise<void> => {
    for (const piece of options.isSlow === true ? [...words].map((byte) => Buffer.from([byte])) : [words]) {
      socket.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const open = async (socket: Socket, answer: Buffer): Promise<void> => {
    const onward = keep(connect(options.leadsTo.port, options.leadsTo.host));
    await say(socket, answer);
    socket.on('data', (chunk: Buffer) => {
      passed.up += chunk.length;
    });
    onward.on('data', (chunk: Buffer) => {
      passed.down += chunk.length;
    });
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
  };
  const server = createServer((socket) => {
    const serve = options.kind === 'http' ? serveHttp : serveSocks;
    socket.setNoDelay(true);
    serve({ ...options, asked, next, say, open }, keep(socket)).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakConnections = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    heads,
    tunnelled: () => passed,
    breakConnections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        breakConnections();
      }),
  };
}

interface Serving extends ProxyOptions {
  readonly asked: string[];
  readonly next: (socket: Socket) => Promise<Buffer>;
  readonly say: (socket: Socket, words: Buffer) => Promise<void>;
  readonly open: (socket: Socket, answer: Buffer) => Promise<void>;
}

async function serveHttp({ asked, next, open, credential }: Serving, socket: Socket): Promise<void> {
  const head = (await next(socket)).toString('latin1');
  const wanted = credential === undefined ? '' : Buffer.from(credential).toString('base64');
  asked.push(/^CONNECT (\S+)/.exec(head)?.[1] ?? head);
  if (wanted !== '' && !head.includes(`Proxy-Authorization: Basic ${wanted}\r\n`)) {
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  await open(socket, Buffer.from('HTTP/1.1 200 Connection established\r\nVia: a proxy\r\n\r\n'));
}

/** RFC 1928 and 1929. */
async function serveSocks(
  { asked, next, say, open, credential, boundTo }: Serving,
  socket: Socket,
): Promise<void> {
  const method = credential === undefined ? 0 : 2;
  const greeting = await next(socket);
  if (!greeting.subarray(2).includes(method)) {
    socket.end(Buffer.from([5, 0xff]));
    return;
  }
  await say(socket, Buffer.from([5, method]));
  if (credential !== undefined) {
    const given = await next(socket);
    const userLength = given[1] ?? 0;
    const user = given.toString('utf8', 2, 2 + userLength);
    const isRight = `${user}:${given.toString('utf8', 3 + userLength)}` === credential;
    await say(socket, Buffer.from([1, isRight ? 0 : 1]));
    if (!isRight) return;
  }
  const request = await next(socket);
  const length = request[4] ?? 0;
  asked.push(`${request.toString('utf8', 5, 5 + length)}:${request.readUInt16BE(5 + length)}`);
  await open(socket, Buffer.from([5, 0, 0, ...(boundTo ?? [1, 127, 0, 0, 1]), 0, 0]));
}
