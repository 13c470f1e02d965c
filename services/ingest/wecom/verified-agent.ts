// The way of the engine FinanceSDK for the calls that we make ourselves (directory, permits, consent): the same proxy, the same proof that
// whoever answers is WeCom, as the relay takes for the SDK.
import { Agent, type ClientRequestArgs } from 'node:http';
import { Duplex } from 'node:stream';
import { reachWeCom } from '../relay/reach-wecom.ts';
import { type Route, RouteError } from '../relay/route.ts';

/** node:http on top of connections that are already TLS and already verified. */
export class VerifiedAgent extends Agent {
  readonly #route: () => Promise<Route>;

  /** `route` is asked for each connection; it may reject with an error for people. */
  constructor(route: () => Promise<Route>) {
    super({ keepAlive: true, maxSockets: 32 });
    this.#route = route;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#route()
      .catch(cannotPlan)
      .then(reachWeCom)
      .then(
        (socket) => callback?.(null, socket),
        (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), NOTHING),
      );
  }
}

/** What is wrong with the configuration is told like any other reason why WeCom cannot be reached. */
function cannotPlan(error: unknown): never {
  const detail = error instanceof Error ? error.message : String(error);
  throw new RouteError({ reason: 'Unreachable', detail });
}

/** The type wants a stream beside the error; nobody reads it. */
const NOTHING = new Duplex();
