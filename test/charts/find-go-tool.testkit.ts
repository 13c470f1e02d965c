// helm, kubeconform and promtool: from PATH, else from the tool cache, else built by Go once into it. A machine that has none of these skips
// by name; under CI=true one with Go never does.
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { toolCache } from '@menshen/engines/tools.mjs';

interface GoTool {
  readonly version: string;
  readonly module: string;
  readonly linkerFlags: string;
  /** Arguments that print the version. */
  readonly ask: readonly string[];
  readonly leastOnPath: RegExp;
}

const TOOLS = {
  helm: {
    version: '3.19.0',
    module: 'helm.sh/helm/v3/cmd/helm',
    linkerFlags: '-s -w -X helm.sh/helm/v3/internal/version.version=v3.19.0',
    ask: ['version', '--short'],
    leastOnPath: /^v(3\.(1[4-9]|[2-9]\d)|[4-9])/,
  },
  kubeconform: {
    version: '0.7.0',
    module: 'github.com/yannh/kubeconform/cmd/kubeconform',
    linkerFlags: '-s -w',
    ask: ['-v'],
    leastOnPath: /v0\.([6-9]|\d\d)/,
  },
  promtool: {
    version: '0.305.0',
    module: 'github.com/prometheus/prometheus/cmd/promtool',
    linkerFlags: '-s -w',
    ask: ['--version'],
    leastOnPath: /version (2\.[4-9]\d|[3-9]\.)/,
  },
} as const satisfies Record<string, GoTool>;

export type ToolName = keyof typeof TOOLS;

export type FoundTool =
  | { readonly path: string; readonly origin: string }
  | { readonly path: undefined; readonly why: string };

/** Where the tool is, or why it is not there. Rejects when it could be built and was not. */
export async function findGoTool(name: ToolName): Promise<FoundTool> {
  const tool: GoTool = TOOLS[name];
  const onPath = spawnSync(name, [...tool.ask], { encoding: 'utf8' });
  if (onPath.status === 0 && tool.leastOnPath.test(onPath.stdout)) return { path: name, origin: 'PATH' };
  const cached = join(toolCache(), `${name}-${tool.version}`, name);
  if (existsSync(cached)) return { path: cached, origin: 'tool cache' };
  if (spawnSync('go', ['version']).status !== 0)
    return { path: undefined, why: `${name} is not on PATH, and there is no Go to build it` };
  await buildOnce(name, tool, cached);
  return { path: cached, origin: 'built with Go' };
}

/** Test files run side by side: one of them builds, the others wait for it. */
async function buildOnce(name: string, tool: GoTool, target: string): Promise<void> {
  const lock = join(toolCache(), `.${name}-building`);
  mkdirSync(toolCache(), { recursive: true });
  if (!takeLock(lock)) {
    for (let seconds = 0; seconds < LONGEST_BUILD_SECONDS && existsSync(lock); seconds++) await sleep(1000);
    if (existsSync(target)) return;
    rmSync(lock, { recursive: true, force: true });
    return await buildOnce(name, tool, target);
  }
  try {
    await build(name, tool, target);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

const LONGEST_BUILD_SECONDS = 900;

function takeLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function build(name: string, tool: GoTool, target: string): Promise<void> {
  const work = mkdtempSync(join(toolCache(), `.${name}-`));
  const env = { ...process.env, GOFLAGS: '-buildvcs=false', GOWORK: 'off', CGO_ENABLED: '0' };
  const go = async (...args: string[]): Promise<void> => {
    await promisify(execFile)('go', args, { cwd: work, env, maxBuffer: 2 ** 24 });
  };
  try {
    process.stderr.write(`building ${name} ${tool.version} with Go, once (minutes) …\n`);
    // `go install` refuses a module that replaces others; a module of ours that needs it does not.
    await go('mod', 'init', 'tools/build');
    await go('get', `${tool.module}@v${tool.version}`);
    await go('build', '-trimpath', '-ldflags', tool.linkerFlags, '-o', join(work, name), tool.module);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(join(work, name), target);
  } catch (error) {
    throw new Error(`cannot build ${name} with Go; put it on PATH`, { cause: error });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
