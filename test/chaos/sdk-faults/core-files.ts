// Can a process that crashes here leave a core file at all? Where it cannot, "no secret in any core file" says nothing, and the run says so.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { coresSince } from './find-secrets.ts';

/** Where the kernel is told to put core files; a pipe or a relative name gives none beside the usual ones. */
export function coreFolders(): string[] {
  const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim();
  const usual = ['/', tmpdir(), '/var/crash', '/var/lib/systemd/coredump'];
  return isAbsolute(pattern) ? [dirname(pattern), ...usual] : usual;
}

/** Crashes a process without any confinement in a folder of its own and looks for its core file. */
export async function crashesLeaveCores(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'core-control-'));
  try {
    spawnSync('sh', ['-c', 'ulimit -c unlimited; kill -SEGV $$'], { cwd: folder, stdio: 'ignore' });
    return (await coresSince([folder], 0)).length > 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
