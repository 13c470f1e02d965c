// The list of packages in the image, written as the Dockerfile does, from a folder as `npm ci` leaves it there.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { neededWorkspaces, PROGRAMS } from '../../deploy/images/collect-runtime.mjs';
import type { SpdxDocument, SpdxPackage } from '../../deploy/images/write-sbom.mjs';
import { closureOf } from './lock-closure.testkit.ts';
import { ROOT } from './run-helm.testkit.ts';

interface Described extends SpdxPackage {
  readonly licenseDeclared: string;
  readonly externalRefs: readonly { readonly referenceLocator: string }[];
  readonly checksums?: readonly { readonly algorithm: string }[];
}

const app = mkdtempSync(join(tmpdir(), 'menshen-sbom-'));
// Packages of other processors are in the lockfile only, here and in the image.
const installed = closureOf(PROGRAMS).filter((folder) => existsSync(join(ROOT, folder, 'package.json')));
const labelOf = (folder: string): string => {
  const { name, version } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  return `${name}@${version}`;
};
const write = () =>
  spawnSync(process.execPath, [join(ROOT, 'deploy/images/write-sbom.mjs'), '.'], {
    cwd: app,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });

beforeAll(() => {
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    cpSync(join(ROOT, file), join(app, file));
  for (const folder of installed) {
    mkdirSync(join(app, folder), { recursive: true });
    cpSync(join(ROOT, folder, 'package.json'), join(app, folder, 'package.json'));
  }
});
afterAll(() => rmSync(app, { recursive: true }));

describe('the list of packages', () => {
  let document: SpdxDocument & { readonly spdxVersion: string; readonly packages: readonly Described[] };
  beforeAll(() => {
    const { stdout, stderr } = write();
    expect(stderr).toBe('');
    document = JSON.parse(stdout);
  });

  test('is SPDX, and has all that the image ships and nothing else', () => {
    expect(document.spdxVersion).toBe('SPDX-2.3');
    const listed = document.packages.map(({ name, versionInfo }) => `${name}@${versionInfo}`);
    expect(listed.sort()).toEqual([...new Set([...installed, '.'].map(labelOf))].sort());
    expect(listed.length).toBeGreaterThan(100);
  });

  test('has our workspaces, what they are clients of, and no tool of development', async () => {
    const names = document.packages.map(({ name }) => name);
    const ours = (await neededWorkspaces()).map((folder) => labelOf(folder).replace(/@[^@]+$/, ''));
    expect(names).toEqual(
      expect.arrayContaining([...ours, '@nats-io/jetstream', '@clickhouse/client', 'prom-client']),
    );
    const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const tools = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
    expect(names.filter((name) => tools.includes(name))).toEqual([]);
  });

  test('says of each where it is from, by which licence, and what its bytes are', () => {
    for (const { name, externalRefs, licenseDeclared, checksums } of document.packages) {
      expect(externalRefs[0]?.referenceLocator, name).toMatch(/^pkg:npm\//);
      expect(licenseDeclared, name).not.toMatch(/^(NOASSERTION)?$/);
      if (!/^(@menshen\/|menshen$)/.test(name)) expect(checksums?.[0]?.algorithm, name).toBe('SHA512');
    }
  });

  test('relates only what it lists, and leaves nothing unrelated', () => {
    const ids = document.packages.map(({ SPDXID }) => SPDXID);
    const related = new Set(
      document.relationships.flatMap((one) => [one.spdxElementId, one.relatedSpdxElement]),
    );
    expect([...related].filter((id) => id !== 'SPDXRef-DOCUMENT').sort()).toEqual(ids.sort());
  });

  test('is refused when something lies there that the lockfile has not', () => {
    mkdirSync(join(app, 'node_modules/stranger'));
    writeFileSync(join(app, 'node_modules/stranger/package.json'), '{"name":"stranger","version":"6.6.6"}');
    const { status, stderr } = write();
    expect(status).toBe(1);
    expect(stderr).toContain('the lockfile has not stranger@6.6.6');
  });
});
