// The POLICY bucket of JetStream KV as a store of pointers.
import type { PolicyPointer } from '@menshen/contracts/policy-bundle';
import type { PointerStore } from './publish-policies.ts';

/** The part of @nats-io/kv's `KV` that is used. */
export interface KeyValueBucket {
  keys(filter?: string): Promise<AsyncIterable<string>>;
  get(key: string): Promise<{ readonly operation: string; json<T>(): T } | null>;
  put(key: string, value: string): Promise<number>;
  delete(key: string): Promise<void>;
}

export function kvPointers(bucket: KeyValueBucket): PointerStore {
  return {
    async list(corpId) {
      const pointers: PolicyPointer[] = [];
      for await (const key of await bucket.keys(`${corpId}.>`)) {
        const entry = await bucket.get(key);
        if (entry?.operation === 'PUT') pointers.push(entry.json<PolicyPointer>());
      }
      return pointers;
    },
    async put(key, pointer) {
      await bucket.put(key, JSON.stringify(pointer));
    },
    remove: (key) => bucket.delete(key),
  };
}
