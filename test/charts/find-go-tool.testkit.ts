// helm, kubeconform and promtool: from PATH, else from the tool cache, else built by Go once into it. A machine that has none of these skips
// by name; under CI=true one with Go never does.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

/** Where the tool is, or why it is not there. Throws when it could be built and was not. */
export function findGoTool(name: ToolName): FoundTool {
  const tool: GoTool = TOOLS[name];
  const onPath = spawnSync(name, [...tool.ask], { encoding: 'utf8' });
  if (onPath.status === 0 && tool.leastOnPath.test(onPath.stdout)) return { path: name, origin: 'PATH' };
  const cached = join(toolCache(), `${name}-${tool.version}`, name);
  if (existsSync(cached)) return { path: cached, origin: 'tool cache' };
  if (spawnSync('go', ['version']).status !== 0)
    return { path: undefined, why: `${name} is not on PATH, and there is no Go to build it` };
  return { path: build(name, tool, cached), origin: 'built with Go' };
}

function build(name: string, tool: GoTool, target: string): string {
  mkdirSync(join(target, '..'), { recursive: true });
  const work = mkdtempSync(join(toolCache(), `.${name}-`));
  try {
    process.stderr.write(`building ${name} ${tool.version} with Go, once (minutes) …\n`);
    const made = spawnSync(
      'go',
      ['install', '-trimpath', '-ldflags', tool.linkerFlags, `${tool.module}@v${tool.version}`],
      {
        encoding: 'utf8',
        env: { ...process.env, GOBIN: work, GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' },
      },
    );
    if (made.status !== 0)
      throw new Error(`cannot build ${name} with Go; put it on PATH:\n${made.stderr.slice(-2000)}`);
    renameSync(join(work, name), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
