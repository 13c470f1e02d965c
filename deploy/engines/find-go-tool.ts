// Tools that tests need and that no registry but Go's has: from PATH when new enough, else from the tool cache, else built with Go into it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { toolCache } from '@menshen/engines/tools.mjs';
import { buildGoPrograms, isGoThere, LEAST_GO } from './build-go-programs.ts';

interface GoTool {
  readonly version: string;
  readonly package: string;
  readonly linkerFlags: string;
  /** Arguments that print the version. */
  readonly ask: readonly string[];
  readonly leastOnPath: RegExp;
  /** For people: how long it takes, cold, on two free cores. */
  readonly takes: string;
}

const TOOLS = {
  helm: {
    version: '3.19.0',
    package: 'helm.sh/helm/v3/cmd/helm',
    linkerFlags: '-s -w -X helm.sh/helm/v3/internal/version.version=v3.19.0',
    ask: ['version', '--short'],
    leastOnPath: /^v(3\.(1[4-9]|[2-9]\d)|[4-9])/,
    takes: 'a minute',
  },
  kubeconform: {
    version: '0.7.0',
    package: 'github.com/yannh/kubeconform/cmd/kubeconform',
    linkerFlags: '-s -w',
    ask: ['-v'],
    leastOnPath: /v0\.([6-9]|\d\d)/,
    takes: 'seconds',
  },
  promtool: {
    version: '0.305.0',
    package: 'github.com/prometheus/prometheus/cmd/promtool',
    linkerFlags: '-s -w',
    ask: ['--version'],
    leastOnPath: /version (2\.[4-9]\d|[3-9]\.)/,
    takes: '3 minutes',
  },
  // An S3 server.
  versitygw: {
    version: '1.8.0',
    package: 'github.com/versity/versitygw/cmd/versitygw',
    linkerFlags: '-s -w -X main.Version=v1.8.0',
    ask: ['--version'],
    leastOnPath: /v?(1\.([89]|\d\d)|[2-9])\./,
    takes: '90 s',
  },
} as const satisfies Record<string, GoTool>;

export type GoToolName = keyof typeof TOOLS;

export type FoundGoTool =
  | { readonly path: string; readonly origin: string }
  | { readonly path: undefined; readonly why: string };

const toStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** Where the tool is, or why it is not there. Rejects when it could be built and was not. */
export async function findGoTool(name: GoToolName, say = toStderr): Promise<FoundGoTool> {
  const tool: GoTool = TOOLS[name];
  const onPath = spawnSync(name, [...tool.ask], { encoding: 'utf8' });
  if (onPath.status === 0 && tool.leastOnPath.test(onPath.stdout)) return { path: name, origin: 'PATH' };
  const home = join(toolCache(), `${name}-${tool.version}`);
  const path = join(home, name);
  if (existsSync(path)) return { path, origin: 'tool cache' };
  if (!isGoThere())
    return { path: undefined, why: `${name} is not on PATH, and there is no Go ≥ ${LEAST_GO} to build it` };
  const program = {
    name,
    from: { version: tool.version },
    package: tool.package,
    linkerFlags: tool.linkerFlags,
  };
  await buildGoPrograms({ home, programs: [program], what: `${name} ${tool.version} (${tool.takes})`, say });
  return { path, origin: 'built with Go' };
}
