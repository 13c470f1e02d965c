// Pass-through: for an SDK build that verifies WeCom by itself and so refuses our certificate (10011). Bytes are carried to the one host and back,
// unread. README.md beside this file says what is given up.
import type { Socket } from 'node:net';
import type { Clock } from '@menshen/contracts/clock';
import type { ServeConnection } from './accept-connect.ts';
import { reachTcp } from './reach-wecom.ts';
import type { RelayedTunnel } from './relayed-answer.ts';
import { type Route, RouteError } from './route.ts';

export interface PassThroughOptions {
  readonly clock: Clock;
  readonly route: Route;
  readonly report: (tunnel: RelayedTunnel) => void;
}

export function passThrough(options: PassThroughOptions): ServeConnection {
  return (socket, caller) => void carry(options, socket, caller);
}

async function carry(
  { clock, route, report }: PassThroughOptions,
  socket: Socket,
  caller: string,
): Promise<void> {
  const startedMs = clock.nowMs();
  const tell = (told: Pick<RelayedTunnel, 'bytesUp' | 'bytesDown' | 'fault'>): void =>
    report({ kind: 'Tunnel', caller, ...told, tookMs: clock.nowMs() - startedMs });
  let wecom: Socket;
  try {
    wecom = await reachTcp(route);
  } catch (error) {
    const fault =
      error instanceof RouteError ? error.fault : { reason: 'Unreachable' as const, detail: 'unknown' };
    tell({ bytesUp: 0, bytesDown: 0, fault });
    socket.end('HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  const before = { written: wecom.bytesWritten, read: wecom.bytesRead };
  const end = (): void => {
    wecom.destroy();
    socket.destroy();
  };
  wecom.once('close', () => {
    tell({
      bytesUp: wecom.bytesWritten - before.written,
      bytesDown: wecom.bytesRead - before.read,
      fault: undefined,
    });
    socket.end();
  });
  wecom.on('error', end);
  socket.once('close', () => wecom.destroy());
  if (socket.destroyed) return end();
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  socket.pipe(wecom);
  wecom.pipe(socket);
}
