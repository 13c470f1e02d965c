// Which policies every tenant is pointed to, as scanners see it: the POLICY bucket, followed by a connection of the soak's own.

import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import { connectNats } from '@menshen/jetstream/connect-nats';
import { openPolicyBucket } from '@menshen/jetstream/ensure-streams';
import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';

export interface PointerFollower {
  readonly nats: NatsConnection;
  /** corpId → `<namespace>/<name>` → pointer. */
  of(corpId: string): ReadonlyMap<string, PolicyPointer>;
  /** Reads everything again: a watch may not outlive its server. Resolves when all is there. */
  reopen(): Promise<void>;
  stop(): Promise<void>;
}

const AGAIN_MS = 250;

export async function followPointers(
  natsUrl: string,
  onChange: (corpId: string, policy: string, pointer: PolicyPointer | undefined) => void,
): Promise<PointerFollower> {
  const nats = await connectNats({ url: natsUrl, clientName: 'soak' });
  const byCorp = new Map<string, Map<string, PolicyPointer>>();
  let current: Awaited<ReturnType<KV['watch']>> | undefined;

  const take = (key: string, pointer: PolicyPointer | undefined): void => {
    const [corpId = '', namespace = '', ...name] = key.split('.');
    const policy = `${namespace}/${name.join('.')}`;
    const pointers = byCorp.get(corpId) ?? new Map<string, PolicyPointer>();
    byCorp.set(corpId, pointers);
    if (pointers.get(policy)?.digest === pointer?.digest) return;
    if (pointer === undefined) pointers.delete(policy);
    else pointers.set(policy, pointer);
    onChange(corpId, policy, pointer);
  };
  const open = async (): Promise<void> => {
    current?.stop();
    const bucket = await openPolicyBucket(nats, 1);
    const { promise: complete, resolve } = Promise.withResolvers<void>();
    const watch = await bucket.watch({ key: '>' });
    current = watch;
    // An empty bucket never tells an entry.
    if ((await bucket.status()).values === 0) resolve();
    void (async () => {
      for await (const entry of watch) {
        take(entry.key, entry.operation === 'PUT' ? entry.json<PolicyPointer>() : undefined);
        if (entry.delta === 0) resolve();
      }
    })().catch(() => undefined);
    await complete;
  };
  /** A server that has just come back takes a while to answer. */
  const reopen = async (): Promise<void> => {
    for (;;) {
      try {
        return await open();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  };
  await open();
  return {
    nats,
    of: (corpId) => byCorp.get(corpId) ?? new Map(),
    reopen,
    stop: async () => {
      current?.stop();
      await nats.close();
    },
  };
}
