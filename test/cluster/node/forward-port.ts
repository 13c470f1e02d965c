// A server on loopback made reachable for pods: connections to the machine's side of the node's link are passed on to it.
import { connect, createServer } from 'node:net';
import { ADDRESSES } from './namespaces.ts';

export interface ForwardedPort {
  close(): Promise<void>;
}

/** Pods reach `target` (`http://127.0.0.1:PORT…`) at `port` of the machine's address. */
export async function forwardPort(port: number, target: string): Promise<ForwardedPort> {
  const { hostname, port: targetPort } = new URL(target);
  const open = new Set<{ destroy(): unknown }>();
  const server = createServer((incoming) => {
    const outgoing = connect(Number(targetPort), hostname);
    for (const socket of [incoming, outgoing]) {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        open.delete(socket);
        incoming.destroy();
        outgoing.destroy();
      });
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, ADDRESSES.host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
