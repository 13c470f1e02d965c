// Credentials of a kubeconfig whose user runs a program for them (`exec`, as cloud providers have it): by the official client, which is loaded only
// then. It is large, and a pod never needs it, so it is not part of the image: an operator outside a cluster runs from a checkout.
import type { RequestOptions } from 'node:https';

export interface ExecCredentials {
  /** Runs the program again when the last token has run out. */
  readonly token?: () => Promise<string>;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/** For `context`, or the current one of the file. Rejects with what the program said, and when the official client is not installed. */
export async function execCredentials(path: string, context?: string): Promise<ExecCredentials> {
  const { KubeConfig } = await loadClient(path);
  const config = new KubeConfig();
  config.loadFromFile(path);
  if (context !== undefined) config.setCurrentContext(context);
  const ask = async (): Promise<RequestOptions> => {
    const options: RequestOptions = { headers: {} };
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const first = await ask().catch((cause: unknown) => {
    throw new Error(`${path}: the program under "exec" gave no credentials`, { cause });
  });
  if (bearerOf(first) !== undefined) return { token: async () => bearerOf(await ask()) ?? '' };
  const { cert, key } = first;
  if (typeof cert !== 'string' || typeof key !== 'string')
    throw new Error(`${path}: the program under "exec" gave neither a token nor a client certificate`);
  return { clientCertificate: cert, clientKey: key };
}

async function loadClient(path: string) {
  try {
    // Not its index, which loads the API of every Kubernetes kind.
    return await import('@kubernetes/client-node/dist/config.js');
  } catch (cause) {
    throw new Error(
      `${path}: "exec" needs the official Kubernetes client, which is not part of the image: run the operator from a checkout, or use a token, a token file or a client certificate`,
      { cause },
    );
  }
}

function bearerOf({ headers = {} }: RequestOptions): string | undefined {
  const value = Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];
  return typeof value === 'string' && value.startsWith('Bearer ') ? value.slice('Bearer '.length) : undefined;
}
