// What happens to a control plane in the long run, made to happen now: the API server dies, history is compacted away, connections are cut.
import type { ApiClient } from '@menshen/operator/kube/api-client';
import type { KubeObject } from '@menshen/operator/kube/kube-object';
import type { Resource } from '@menshen/operator/kube/resource';
import type { HttpResponse, Transport } from '@menshen/operator/kube/transport';
import { CRDS } from './resources.ts';
import type { ControlPlane } from './start-control-plane.ts';

/** `kill -9`, and a new one on the same data as soon as the old one has gone. Resolves when it is ready. */
export async function killApiServer(plane: ControlPlane): Promise<void> {
  await plane.apiServer.stop('SIGKILL');
  await plane.apiServer.start();
}

/**
 * Makes every version of a custom resource handed out so far too old (410). Compacting etcd is not enough, because the API server keeps
 * history of its own; a changed CRD makes it throw that away. Open watches end.
 */
export async function forgetHistory(plane: ControlPlane, client: ApiClient, crd: Resource): Promise<void> {
  const range = await etcd<{ header: { revision: string } }>(plane, 'range', { key: 'AA==' });
  await etcd(plane, 'compaction', { revision: range.header.revision, physical: true });
  const name = { name: `${crd.plural}.${crd.group}` };
  const found = await client.get<
    KubeObject & { spec: { versions: { schema: { openAPIV3Schema: object } }[] } }
  >(CRDS, name);
  if (found === undefined) throw new Error(`no CRD ${name.name}`);
  const versions = found.spec.versions.map((version) => ({
    ...version,
    schema: {
      openAPIV3Schema: { ...version.schema.openAPIV3Schema, description: `as of ${range.header.revision}` },
    },
  }));
  await client.replace(CRDS, { ...found, spec: { ...found.spec, versions } });
}

async function etcd<T>(plane: ControlPlane, call: 'range' | 'compaction', body: unknown): Promise<T> {
  const response = await fetch(`${plane.etcdUrl}/v3/kv/${call}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`etcd ${call}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export interface CuttableTransport {
  readonly transport: Transport;
  /** Every answer that is being read breaks off. */
  cut(): void;
  /** Until `restore` nothing gets through any more. */
  interrupt(): void;
  restore(): void;
}

/** The same transport, whose answers can be cut off in the middle like a connection. */
export function cuttable(transport: Transport): CuttableTransport {
  const open = new Set<AbortController>();
  let isInterrupted = false;
  const cut = (): void => {
    for (const line of open) line.abort(new Error('cut by the test'));
  };
  return {
    transport: async (request) => {
      if (isInterrupted) throw new Error('interrupted by the test');
      const line = new AbortController();
      const response = await transport({
        ...request,
        signal: AbortSignal.any([request.signal, line.signal]),
      });
      return { ...response, body: whileOpen(response, line, open) };
    },
    cut,
    interrupt: () => {
      isInterrupted = true;
      cut();
    },
    restore: () => {
      isInterrupted = false;
    },
  };
}

async function* whileOpen(
  { body }: HttpResponse,
  line: AbortController,
  open: Set<AbortController>,
): AsyncGenerator<Uint8Array> {
  open.add(line);
  try {
    yield* body;
  } finally {
    open.delete(line);
  }
}
