// Puts into one folder what the image runs, and nothing else: the workspaces that its three programs need, each with its package.json and its
// compiled files, the CRDs, and the native host. Plain JavaScript for Node 20, because it runs while the image is built.
//   node deploy/images/collect-runtime.mjs FOLDER
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Workspaces whose programs the image runs: a tenant's roles, the operator, and the command line. */
export const PROGRAMS = ['services/roles', 'operator', 'services/cli'];

/** What a workspace needs at run time beside package.json and dist. */
const ASSETS = {
  crds: (name) => name.endsWith('.yaml'),
  'services/ingest/sdk-host/dist': (name) => name === 'menshen-sdk-host',
};

/**
 * @param {string} target
 * @param {string} [root]
 * @returns {Promise<string[]>} The workspaces, sorted. Rejects when one of them is not built.
 */
export async function collectRuntime(target, root = ROOT) {
  const workspaces = await neededWorkspaces(root);
  for (const workspace of workspaces) {
    await copyFile(root, target, join(workspace, 'package.json'));
    await copyCompiled(root, target, join(workspace, 'dist'));
  }
  for (const [folder, isNeeded] of Object.entries(ASSETS)) {
    if (!workspaces.some((workspace) => folder === workspace || folder.startsWith(`${workspace}/`))) continue;
    for (const name of (await readdir(join(root, folder))).filter(isNeeded))
      await copyFile(root, target, join(folder, name));
  }
  await copyFile(root, target, 'LICENSE');
  return workspaces;
}

/**
 * The programs and every workspace that one of them depends on, directly or not; development dependencies do not count.
 * @param {string} [root]
 * @returns {Promise<string[]>} Folders, sorted.
 */
export async function neededWorkspaces(root = ROOT) {
  const byName = new Map();
  for (const folder of await workspaceFolders(root)) {
    const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    byName.set(manifest.name, { folder, needs: Object.keys(manifest.dependencies ?? {}) });
  }
  const found = new Set();
  const visit = (folder, needs) => {
    if (found.has(folder)) return;
    found.add(folder);
    for (const name of needs) {
      const workspace = byName.get(name);
      if (workspace !== undefined) visit(workspace.folder, workspace.needs);
    }
  };
  for (const { folder, needs } of byName.values()) if (PROGRAMS.includes(folder)) visit(folder, needs);
  return [...found].sort();
}

async function workspaceFolders(root) {
  const { workspaces } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const folders = await Promise.all(
    workspaces.map(async (pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const parent = pattern.slice(0, -2);
      const entries = await readdir(join(root, parent), { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map((entry) => `${parent}/${entry.name}`);
    }),
  );
  const withManifest = await Promise.all(
    folders.flat().map(async (folder) => {
      const names = await readdir(join(root, folder)).catch(() => []);
      return names.includes('package.json') ? [folder] : [];
    }),
  );
  return withManifest.flat();
}

/** Types and the build's own notes are for developers. */
async function copyCompiled(root, target, folder) {
  const filter = (path) => !/\.(d\.ts|d\.mts|tsbuildinfo)$/.test(path);
  await cp(join(root, folder), join(target, folder), { recursive: true, filter });
}

async function copyFile(root, target, path) {
  await mkdir(dirname(join(target, path)), { recursive: true });
  await cp(join(root, path), join(target, path));
}

if (process.argv[1] !== undefined && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  const target = process.argv[2];
  if (target === undefined) {
    console.error('usage: node deploy/images/collect-runtime.mjs FOLDER');
    process.exit(2);
  }
  await rm(target, { recursive: true, force: true });
  console.log((await collectRuntime(target)).join('\n'));
}
