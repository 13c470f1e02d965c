// All objects of a kind as they were at one moment, fetched page by page.
import type { Page } from './api-client.ts';
import { isApiError } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import type { WatchEvent } from './watch-events.ts';

/** One kind of object, from one namespace or from everywhere: what the reflector needs of the API server. */
export interface ObjectSource<T extends KubeObject> {
  listPage(options: { limit?: number; continueToken?: string; signal: AbortSignal }): Promise<Page<T>>;
  watch(options: {
    resourceVersion: string;
    timeoutSeconds: number;
    signal: AbortSignal;
  }): AsyncIterable<WatchEvent<T>>;
}

/**
 * Lists without a resourceVersion: the newest state there is, so that a relist never goes back in time, whichever API server answers.
 * When the moment of the first page is compacted away before the last one is read (410), everything is asked for at once: pages would
 * lose the same race again.
 */
export async function listEverything<T extends KubeObject>(
  source: ObjectSource<T>,
  { pageSize, signal }: { pageSize: number; signal: AbortSignal },
): Promise<Page<T>> {
  try {
    return await listPages(source, pageSize, signal);
  } catch (error) {
    if (!isApiError(error, 'Gone')) throw error;
    return await source.listPage({ signal });
  }
}

async function listPages<T extends KubeObject>(
  source: ObjectSource<T>,
  limit: number,
  signal: AbortSignal,
): Promise<Page<T>> {
  const items: T[] = [];
  let page = await source.listPage({ limit, signal });
  items.push(...page.items);
  while (page.continueToken !== undefined) {
    page = await source.listPage({ limit, continueToken: page.continueToken, signal });
    items.push(...page.items);
  }
  return { items, resourceVersion: page.resourceVersion };
}
