// Which of several tenants with one corpId works: the one that was there first. Two would fight for the same streams and databases.
import type { TenantObject } from './tenant-ports.ts';

/** Among `same`, tenants of one corpId. A tenant that is being deleted still holds its corporation until it has gone. */
export function findCorpOwner(same: readonly TenantObject[]): TenantObject | undefined {
  return [...same].sort(byAge)[0];
}

/** Creation times have whole seconds; the uid decides what they leave open, the same way for everybody who asks. */
function byAge(a: TenantObject, b: TenantObject): number {
  const [born, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (born !== other) return born < other ? -1 : 1;
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}
