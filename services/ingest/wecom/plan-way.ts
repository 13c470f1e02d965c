// How WeCom is reached, from configuration and the secret files it names. Read when first needed and kept; a mistake is told at every try until
// it is put right.
import type { IngestConfig } from '@menshen/contracts/role-config';
import { WECOM_HOST } from '../relay/open-relay.ts';
import { planRoute } from '../relay/plan-route.ts';
import type { Address, Route } from '../relay/route.ts';

export interface Way {
  readonly upstream: Address;
  readonly proxyUrl?: string;
  readonly extraCaPem?: string;
  readonly pins: readonly string[];
}

const HTTPS_PORT = 443;
const CONNECT_MS = 10_000;

/** Rejects with an error for people when a file cannot be read. */
export async function readWay(
  config: Pick<IngestConfig, 'apiUrl' | 'proxy' | 'trust'>,
  readSecret: (file: string) => Promise<string>,
): Promise<Way> {
  const { hostname, port } = new URL(config.apiUrl);
  const upstream = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? HTTPS_PORT : Number(port) };
  const { proxy, trust } = config;
  const read = async (what: string, file: string): Promise<string> =>
    await readSecret(file).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the file with ${what} cannot be read (${error.code ?? error.name}): mount the Secret`);
    });
  return {
    upstream,
    pins: trust?.pins ?? [],
    ...(proxy === undefined ? {} : { proxyUrl: await read('the address of the proxy', proxy.urlFile) }),
    ...(trust?.caFile === undefined ? {} : { extraCaPem: await read('further authorities', trust.caFile) }),
  };
}

/** The same way for connections of our own. Throws an error for people. */
export function routeOf(way: Way): Route {
  return planRoute({
    upstream: way.upstream,
    serverName: WECOM_HOST,
    connectMs: CONNECT_MS,
    proxyUrl: way.proxyUrl,
    extraCaPem: way.extraCaPem,
    pins: way.pins,
  });
}

/** Makes it once; after a failure it is tried again. */
export function keepFirst<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
