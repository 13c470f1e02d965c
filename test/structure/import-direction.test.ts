// The architecture as a test: imports run one way. A new arrow is a decision, taken here in the open.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const EDGES = ['jetstream', 'clickhouse', 'objects', 'telemetry'];

/** Package → packages of ours that its production code may import. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'services/contracts': [],
  'services/policy-engine': ['contracts'],
  'services/telemetry': ['contracts'],
  'services/jetstream': ['contracts', 'telemetry'],
  'services/clickhouse': ['contracts', 'telemetry'],
  'services/objects': ['contracts', 'telemetry'],
  'services/ingest': ['contracts', ...EDGES],
  'services/archiver': ['contracts', ...EDGES],
  'services/scanner': ['contracts', 'policy-engine', ...EDGES],
  'services/notifier': ['contracts', ...EDGES],
  'services/roles': ['contracts', 'ingest', 'archiver', 'scanner', 'notifier', ...EDGES],
  'services/cli': ['contracts', 'archiver', 'clickhouse', 'crds', 'objects', 'policy-engine'],
  crds: [],
  operator: ['contracts', 'crds', 'policy-engine', ...EDGES],
  'deploy/engines': [],
  'deploy/local': ['contracts', 'crds', 'operator', 'policy-engine', 'engines', ...EDGES],
  'test/wecom-simulator': [],
  'test/sdk-stub': ['engines'],
  'test/control-plane': ['contracts', 'engines', 'jetstream', 'operator'],
  'test/cluster': ['control-plane', 'engines', 'wecom-simulator'],
};

interface Import {
  readonly file: string;
  readonly specifier: string;
}

const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts', '*.mjs'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\n')
  .filter((file) => file !== '');
const isTest = (file: string): boolean => /\.(test|testkit)\.ts$/.test(file);
const imports: Import[] = files.flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })));

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [
    ...text.matchAll(
      /(?:^|\s)(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|^import\s+['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const packageOf = (file: string): string | undefined =>
  Object.keys(MAY_IMPORT).find((home) => file.startsWith(`${home}/`));
const productionImports = imports.filter((found) => !isTest(found.file));

describe('imports run one way', () => {
  it('finds the code it is about', () => {
    for (const home of Object.keys(MAY_IMPORT))
      expect(
        files.some((file) => file.startsWith(`${home}/`)),
        home,
      ).toBe(true);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('lets a package import only the packages listed for it', () => {
    const wrong = productionImports.filter(({ file, specifier }) => {
      const home = packageOf(file);
      const target = /^@menshen\/([^/]+)/.exec(specifier)?.[1];
      if (home === undefined || target === undefined || home.endsWith(`/${target}`) || home === target)
        return false;
      return MAY_IMPORT[home]?.includes(target) !== true;
    });
    expect(wrong).toEqual([]);
  });

  it('never leaves a package by a relative path', () => {
    const wrong = imports.filter(({ file, specifier }) => {
      const home = packageOf(file);
      if (home === undefined || !specifier.startsWith('.') || file.endsWith('.mjs')) return false;
      return relative(home, join(dirname(file), specifier)).startsWith('..');
    });
    expect(wrong).toEqual([]);
  });

  it('keeps test code out of production code', () => {
    expect(
      productionImports.filter(
        ({ file, specifier }) => packageOf(file) !== undefined && /\.(test|testkit)(\.ts)?$/.test(specifier),
      ),
    ).toEqual([]);
  });

  it('keeps detectors pure: they import detector.ts, contracts, the views and their own parts, nothing else', () => {
    const home = 'services/policy-engine';
    const detectors = productionImports.filter(
      // What makes a committed table is run by hand.
      ({ file }) => file.startsWith(`${home}/detectors/`) && !/\/(?:registry|generate-[^/]*)\.ts$/.test(file),
    );
    const wrong = detectors.filter(({ file, specifier }) => {
      // CEL's library is as pure as they are.
      if (!specifier.startsWith('.'))
        return !specifier.startsWith('@menshen/contracts/') && specifier !== '@marcbachmann/cel-js';
      const target = join(dirname(file), specifier);
      const isOwn = target.startsWith(`${home}/detectors/`) && !target.endsWith('/registry.ts');
      return target !== `${home}/detector.ts` && !target.startsWith(`${home}/views/`) && !isOwn;
    });
    expect(detectors.length).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
  });

  it('keeps the controller runtime free of everything of ours', () => {
    const ours = imports.filter(({ file }) => file.startsWith('operator/kube/'));
    expect(ours.length).toBeGreaterThan(0);
    expect(
      ours.filter(({ specifier }) => specifier.startsWith('@menshen/') || specifier.startsWith('../')),
    ).toEqual([]);
  });

  it('loads the Kubernetes client in the operator only', () => {
    expect(
      imports.filter(
        ({ file, specifier }) =>
          specifier.startsWith('@kubernetes/client-node') && !file.startsWith('operator/'),
      ),
    ).toEqual([]);
  });

  it('lets the simulator and our client share no code', () => {
    expect(
      imports.filter(
        ({ file, specifier }) =>
          file.startsWith('test/wecom-simulator/') && specifier.startsWith('@menshen/'),
      ),
    ).toEqual([]);
    expect(
      productionImports.filter(
        ({ file, specifier }) => file.startsWith('services/') && specifier.includes('wecom-simulator'),
      ),
    ).toEqual([]);
  });
});
