// Connections to tenants' NATS servers: one for each address and credentials, opened when somebody asks, closed when nobody uses it.
// A connection that breaks is closed for good; whoever used it asks for another, with the credentials as they are then.
import { createHash } from 'node:crypto';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';

export interface NatsAccess {
  /** `nats://host:port`, or several separated by commas. */
  readonly url: string;
  /** A credentials file: user JWT and seed. Absent: none are asked for. */
  readonly credentials?: Uint8Array;
}

export interface Loan {
  readonly nats: NatsConnection;
  /** To be called once. */
  release(): void;
}

export interface ConnectionPool {
  /** Rejects with {@link NatsUnreachable} within some seconds. */
  borrow(access: NatsAccess): Promise<Loan>;
  /** Connections that are open, for tests and metrics. */
  readonly size: number;
}

/** The server does not answer, or does not let us in. */
export class NatsUnreachable extends Error {
  constructor(url: string, cause: unknown) {
    super(`no connection to ${url}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NatsUnreachable';
  }
}

const CONNECT_TIMEOUT_MS = 5000;
/** A server that does not answer two of these is gone: noticed within half a minute. */
const PING_MS = 10_000;
const MOST_PINGS_OUT = 2;

interface Shared {
  readonly opening: Promise<NatsConnection>;
  users: number;
}

export function createConnectionPool(clientName: string): ConnectionPool {
  const shared = new Map<string, Shared>();
  const forget = (key: string, one: Shared): void => {
    if (shared.get(key) === one) shared.delete(key);
  };
  const open = (key: string, access: NatsAccess): Shared => {
    const one: Shared = { opening: connectOnce(access, clientName), users: 0 };
    shared.set(key, one);
    one.opening.then(
      (nats) => nats.closed().then(() => forget(key, one)),
      () => forget(key, one),
    );
    return one;
  };
  return {
    borrow: async (access) => {
      const key = keyOf(access);
      const one = shared.get(key) ?? open(key, access);
      one.users += 1;
      let isReleased = false;
      const release = (): void => {
        if (isReleased) return;
        isReleased = true;
        one.users -= 1;
        if (one.users > 0) return;
        forget(key, one);
        void one.opening.then((nats) => nats.close()).catch(() => undefined);
      };
      try {
        return { nats: await one.opening, release };
      } catch (error) {
        release();
        throw new NatsUnreachable(access.url, error);
      }
    },
    get size() {
      return shared.size;
    },
  };
}

function connectOnce({ url, credentials }: NatsAccess, name: string): Promise<NatsConnection> {
  return connect({
    servers: url.split(','),
    name,
    reconnect: false,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_MS,
    maxPingOut: MOST_PINGS_OUT,
    ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(credentials) }),
  });
}

/** Credentials are told apart by digest: a secret is not kept as a key. */
function keyOf({ url, credentials }: NatsAccess): string {
  const digest = credentials === undefined ? '' : createHash('sha256').update(credentials).digest('base64');
  return `${url} ${digest}`;
}
