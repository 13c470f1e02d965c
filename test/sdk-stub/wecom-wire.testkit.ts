// WeCom at the level of bytes: a proxy that writes down what it is asked, TLS under WeCom's name, and answers a test writes by hand.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import {
  type Authority,
  type Certificate,
  foundAuthority,
  issueCertificate,
} from '@menshen/wecom-simulator/issue-certificates';

const DAY_MS = 24 * 3_600_000;
const VALID = { fromMs: Date.now() - DAY_MS, untilMs: Date.now() + DAY_MS };

export const authority: Authority = foundAuthority('Test Authority', VALID);
export const certificateFor = (name: string): Certificate =>
  issueCertificate({ names: [name], ...VALID }, authority);

/** What a test lets WeCom say: whole HTTP answers, or what happens to the connection. */
export type WireAnswer = string | 'CLOSE' | 'RESET' | 'SILENCE';

export interface WireOptions {
  /** `path` without query: `gettoken`, `getchatdata`, `getchatmediadata`. Default: a token, and an empty page. */
  readonly answers?: Readonly<Record<string, WireAnswer>>;
  /** The name in the certificate; default WeCom's. */
  readonly certificateName?: string;
  /** What the proxy answers instead of 200. */
  readonly proxyStatus?: string;
}

export interface Wire {
  /** `http://127.0.0.1:P` */
  readonly proxy: string;
  readonly socksProxy: string;
  /** Heads of CONNECT requests, or the hex of a SOCKS conversation. */
  readonly connects: string[];
  /** Whole requests inside TLS, in order. */
  readonly requests: string[];
  answer(path: string, answer: WireAnswer): void;
  close(): Promise<void>;
}

export const ok = (body: string, headers: readonly string[] = []): string =>
  [
    'HTTP/1.0 200 OK',
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');

export const TOKEN = ok('{"errcode":0,"errmsg":"ok","access_token":"token-1","expires_in":7200}');
export const EMPTY_PAGE = '{"errcode":0,"errmsg":"ok","chatdata":[]}';

export async function startWire(options: WireOptions = {}): Promise<Wire> {
  const answers = new Map(
    Object.entries({ gettoken: TOKEN, getchatdata: ok(EMPTY_PAGE), ...options.answers }),
  );
  const connects: string[] = [];
  const requests: string[] = [];
  const { certificatePem, keyPem } = certificateFor(options.certificateName ?? 'qyapi.weixin.qq.com');
  const wecom = createTlsServer({ cert: certificatePem, key: keyPem }, (socket) =>
    serve(socket, answers, requests),
  );
  wecom.on('tlsClientError', () => undefined);
  const secure = (socket: Socket): void => {
    wecom.emit('connection', socket);
  };
  const http = createServer((socket) => acceptConnect(socket, { connects, options, secure }));
  const socks = createServer((socket) => acceptSocks(socket, connects, secure));
  const open = new Set<Socket>();
  for (const server of [http, socks])
    server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => open.delete(socket));
    });
  const [httpPort, socksPort] = [await listen(http), await listen(socks)];
  return {
    proxy: `http://127.0.0.1:${httpPort}`,
    socksProxy: `socks5://127.0.0.1:${socksPort}`,
    connects,
    requests,
    answer: (path, answer) => void answers.set(path, answer),
    async close() {
      for (const socket of open) socket.destroy();
      await Promise.all([http, socks].map((server) => new Promise((done) => server.close(done))));
    },
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

function acceptConnect(
  socket: Socket,
  of: { connects: string[]; options: WireOptions; secure: (socket: Socket) => void },
): void {
  socket.once('data', (head: Buffer) => {
    of.connects.push(head.toString('latin1'));
    if (of.options.proxyStatus !== undefined)
      return void socket.end(`HTTP/1.1 ${of.options.proxyStatus}\r\nContent-Length: 0\r\n\r\n`);
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    of.secure(socket);
  });
}

/** RFC 1928 without checks: says yes to a password and to a connection. */
function acceptSocks(socket: Socket, connects: string[], secure: (socket: Socket) => void): void {
  const said: string[] = [];
  const replies = ['0502', '0100', '05000001000000000000'];
  const step = (data: Buffer): void => {
    said.push(data.toString('hex'));
    socket.write(Buffer.from(replies[said.length - 1] ?? '', 'hex'));
    if (said.length < replies.length) return;
    socket.off('data', step);
    connects.push(said.join(' '));
    secure(socket);
  };
  socket.on('data', step);
}

function serve(socket: TLSSocket, answers: ReadonlyMap<string, WireAnswer>, requests: string[]): void {
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (data: Buffer) => {
    text += data.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    const wanted = Number(/\r\nContent-Length: (\d+)/.exec(text)?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + wanted) return;
    requests.push(text);
    const path = /^\S+ \/cgi-bin\/(?:message\/)?(\w+)/.exec(text)?.[1] ?? '';
    give(socket, answers.get(path) ?? 'CLOSE');
  });
}

function give(socket: TLSSocket, answer: WireAnswer): void {
  if (answer === 'SILENCE') return;
  if (answer === 'CLOSE') return void socket.end();
  if (answer === 'RESET') return void (socket as unknown as { _parent?: Socket })._parent?.resetAndDestroy();
  socket.end(answer);
}
