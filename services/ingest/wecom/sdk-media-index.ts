// Where a file goes on. The SDK's own index is the next `Range` header, literally (measured); ours is the offset alone, as the other engine's is,
// so that a file half fetched can be finished by either.
import { CHUNK_BYTES } from './simulator-source.ts';

/** `Range:bytes=524288-1048575` → `524288`; anything else stays as it is. */
export function readIndex(sdkIndex: string): string {
  return /^Range:\s*bytes=(\d{1,15})-\d{1,15}\s*$/.exec(sdkIndex)?.[1] ?? sdkIndex;
}

/** The other way. The SDK takes any range whose length is a multiple of 16, and WeCom cuts it at the file's end. */
export function writeIndex(index: string): string {
  if (!/^\d{1,15}$/.test(index)) return index;
  return `Range:bytes=${index}-${Number(index) + CHUNK_BYTES - 1}`;
}
