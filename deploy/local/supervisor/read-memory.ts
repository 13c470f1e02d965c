// Resident memory of a process, as Linux counts it.
import { readFile } from 'node:fs/promises';

const PAGE_BYTES = 4096;

/** Resident set size in bytes; `undefined` when the process is gone. */
export async function readResidentBytes(pid: number): Promise<number | undefined> {
  try {
    // proc(5): the second field of statm is the resident set size in pages.
    const pages = Number((await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')[1]);
    return Number.isFinite(pages) ? pages * PAGE_BYTES : undefined;
  } catch {
    return undefined;
  }
}
