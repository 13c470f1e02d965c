// The connection to NATS: it outlives every outage of the server, because back-pressure and not loss is the rule.
import { readFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { connect, credsAuthenticator, type NatsConnection } from '@nats-io/transport-node';

export interface NatsAddress {
  /** `nats://host:port`, or several separated by commas. */
  readonly url: string;
  /** File with a user JWT and its seed. Read again for each connection: credentials that expire are renewed in the file. */
  readonly credentialsFile?: string;
  /** Shown by the server in its connection list. */
  readonly clientName: string;
  /** Beginning of the subjects under which answers come; default `_INBOX`. */
  readonly inboxPrefix?: string;
}

/** Atomic batches came with this version; without them a page could be half published. */
const LEAST_VERSION = [2, 12] as const;

/**
 * Connects and keeps reconnecting for ever. Rejects with an `Error` when the server is older than NATS 2.12.
 * Nothing published during an outage is buffered for long: a page that times out is re-checked against the stream.
 */
export async function connectNats(address: NatsAddress): Promise<NatsConnection> {
  const { credentialsFile: file, inboxPrefix } = address;
  if (file !== undefined) await access(file);
  const nats = await connect({
    servers: address.url.split(','),
    name: address.clientName,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    waitOnFirstConnect: true,
    ignoreAuthErrorAbort: true,
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(file === undefined ? {} : { authenticator: credsAuthenticator(() => readFileSync(file)) }),
  });
  const version = nats.info?.version ?? '0.0.0';
  if (!isRecent(version)) {
    await nats.close();
    throw new Error(
      `nats-server ${version} at ${address.url} has no atomic batches: upgrade it to ${LEAST_VERSION.join('.')} or later`,
    );
  }
  return nats;
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]);
}
