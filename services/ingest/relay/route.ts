// The one way out of the relay, and how it fails.
import type { SecureContext } from 'node:tls';
import type { OutgoingProxy } from './pass-proxy.ts';
import type { RelayFault } from './relayed-answer.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Route {
  readonly upstream: Address;
  /** The name that the certificate must carry, whatever address was dialled. */
  readonly serverName: string;
  readonly proxy: OutgoingProxy | undefined;
  readonly trust: SecureContext;
  /** Base64 SHA-256 of public keys; empty = no pin. */
  readonly pins: ReadonlySet<string>;
  /** For TCP, proxy and TLS together, ms. */
  readonly connectMs: number;
}

/** A fault on the way out; it travels through node:http as the error of a connection. */
export class RouteError extends Error {
  readonly fault: RelayFault;

  constructor(fault: RelayFault) {
    super(fault.detail);
    this.fault = fault;
  }
}
