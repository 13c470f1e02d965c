// A way to the API server that can be cut: the operator under soak is a process of its own, so its connections are broken where they pass.
import { connect, createServer, type Socket } from 'node:net';

export interface CuttableWay {
  /** On loopback. What arrives here goes to the target, byte by byte. */
  readonly port: number;
  /** Every connection breaks off, watches in the middle of their answer. New ones pass at once. */
  cut(): void;
  close(): Promise<void>;
}

export async function openCuttableWay(targetPort: number): Promise<CuttableWay> {
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(targetPort, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.setNoDelay(true);
      one.on('error', () => undefined);
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
    from.pipe(to);
    to.pipe(from);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('the way to the API server has no port');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}
