// Programs that come as Go modules: built once into a folder of the tool cache, by one process while others wait for it. Go verifies
// every module that it fetches, by a go.sum of ours or by its checksum database.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface GoProgram {
  /** Name of the file. */
  readonly name: string;
  /** Folder of the go.mod that pins it and all it needs; or the version of the package, whose own go.mod then decides. */
  readonly from: { readonly module: string } | { readonly version: string };
  readonly package: string;
  readonly linkerFlags: string;
}

export interface GoBuild {
  /** Folder of the programs; it appears only when all of them are there. */
  readonly home: string;
  readonly programs: readonly GoProgram[];
  /** For people: what is being built, and how long that takes. */
  readonly what: string;
  readonly say: (line: string) => void;
}

/** The Go that the pinned modules need. */
export const LEAST_GO = '1.26';

/** Whether `go` is on PATH and new enough. */
export function isGoThere(): boolean {
  const found = spawnSync('go', ['env', 'GOVERSION'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  const version = /go(\d+)\.(\d+)/.exec(found.stdout ?? '');
  const [major = 0, minor = 0] = LEAST_GO.split('.').map(Number);
  return version !== null && Number(version[1]) * 1000 + Number(version[2]) >= major * 1000 + minor;
}

/** Two builds at once take more than twice as long, so one process builds. Rejects with the compiler's last words. */
export async function buildGoPrograms(build: GoBuild): Promise<void> {
  await mkdir(dirname(build.home), { recursive: true });
  const lock = `${build.home}.lock`;
  while (!(await takeLock(lock))) {
    build.say('another process is building it; waiting …');
    await setTimeout(5000);
  }
  try {
    if (!existsSync(build.home)) await buildAll(build);
  } finally {
    await rm(lock, { force: true });
  }
}

/** The lock names the process that holds it: the lock of one that has died is worth nothing. */
async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (isAlive(Number(await readFile(lock, 'utf8').catch(() => '')))) return false;
    await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function buildAll({ home, programs, what, say }: GoBuild): Promise<void> {
  const work = await mkdtemp(join(dirname(home), '.go-'));
  try {
    say(`building ${what} with Go, once …`);
    for (const program of programs) {
      const started = performance.now();
      await buildOne(program, join(work, program.name), say);
      say(`  ${program.name} after ${Math.round((performance.now() - started) / 1000)} s`);
    }
    await moveIntoPlace(work, home);
  } catch (error) {
    throw new Error(`cannot build ${what}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Another process may have been quicker: its result is as good as ours. */
async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

const SAY_EVERY_MS = 30_000;

async function buildOne(program: GoProgram, output: string, say: (line: string) => void): Promise<void> {
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', program.linkerFlags, '-o', output];
  const started = performance.now();
  const tick = setInterval(
    () => say(`  … still building ${program.name}, ${Math.round((performance.now() - started) / 1000)} s`),
    SAY_EVERY_MS,
  );
  const { from } = program;
  const folder = 'module' in from ? undefined : await mkdtemp(join(tmpdir(), 'menshen-go-'));
  try {
    if ('module' in from) return await go(from.module, 'build', '-mod=readonly', ...flags, program.package);
    // `go install` refuses a module that replaces others; a module of ours that needs it does not.
    await go(folder, 'mod', 'init', 'tools/build');
    await go(folder, 'get', `${program.package}@v${from.version}`);
    await go(folder, 'build', ...flags, program.package);
  } finally {
    clearInterval(tick);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

function go(cwd: string | undefined, ...args: string[]): Promise<void> {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '' };
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let tail = '';
    child.stderr.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString()).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`go ${args[0]}:\n${tail.trim()}`)),
    );
  });
}
