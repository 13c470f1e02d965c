// Somebody between the relay and WeCom: listens, shows any certificate or none, answers whatever it likes, and writes down every byte it was sent,
// both as it came on the wire and as it reads inside its own TLS.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

export interface Impostor {
  readonly address: { readonly host: string; readonly port: number };
  /** Every byte on the wire, of all connections. */
  received(): Buffer;
  /** Every byte that came inside its TLS, or in the clear when it has none. */
  understood(): Buffer;
  connections(): number;
  close(): Promise<void>;
}

export interface ImpostorOptions {
  /** Ends TLS with this; without it, plain text. */
  readonly tls?: TlsOptions;
  /** Sent as soon as there is a connection, or TLS is agreed. */
  readonly greeting?: string;
  /** Sent for each piece of data that comes in. */
  readonly answer?: string;
  /** After so many answers it breaks the connection instead; default never. */
  readonly answers?: number;
  /** Plays an HTTP proxy first: its answer to CONNECT, behind which the above begins. */
  readonly proxyAnswer?: string;
}

export async function startImpostor(options: ImpostorOptions): Promise<Impostor> {
  const { tls, greeting, answer, answers = Infinity, proxyAnswer } = options;
  const raw: Buffer[] = [];
  const inside: Buffer[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined);
  };
  const talk = (socket: Socket): void => {
    keep(socket);
    if (greeting !== undefined) socket.write(greeting);
    let answered = 0;
    socket.on('data', (chunk: Buffer) => {
      inside.push(chunk);
      if (++answered > answers) socket.destroy();
      else if (answer !== undefined) socket.write(answer);
    });
  };
  const voice = tls === undefined ? createServer(talk) : createTlsServer(tls, talk);
  const voicePort = await listen(voice);
  let connections = 0;
  const front = createServer((socket) => {
    connections++;
    keep(socket).on('data', (chunk: Buffer) => raw.push(chunk));
    const pass = (): void => {
      const onward = keep(connect(voicePort, '127.0.0.1'));
      socket.pipe(onward).pipe(socket);
    };
    if (proxyAnswer === undefined) return pass();
    socket.once('data', () => {
      socket.write(proxyAnswer);
      pass();
    });
  });
  const port = await listen(front);
  return {
    address: { host: '127.0.0.1', port },
    received: () => Buffer.concat(raw),
    understood: () => Buffer.concat(inside),
    connections: () => connections,
    async close() {
      const ended = [front, voice].map(
        (server) => new Promise<void>((resolve) => server.close(() => resolve())),
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all(ended);
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
