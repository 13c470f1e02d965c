// CPU that another process has spent: on a busy machine it says more than the clock.
import { readFileSync } from 'node:fs';

/** Linux counts in ticks of 10 ms (USER_HZ) on every architecture that Menshen runs on. */
const SECONDS_PER_TICK = 0.01;

/** User and system time of a process with all its threads, seconds; 0 when it has ended or the system has no /proc. */
export function cpuSecondsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // proc(5): fields after the name in parentheses; utime and stime are the 14th and 15th of all.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * SECONDS_PER_TICK;
  } catch {
    return 0;
  }
}
