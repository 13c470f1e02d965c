// The list of packages that the image ships, as SPDX 2.3 on stdout. npm describes everything in the lockfile; what does not lie in the folder
// is taken out here. npm's own --omit=dev does not do: it leaves out every package that is also a development dependency of some workspace,
// such as the clients of NATS and ClickHouse. Plain JavaScript for Node 20, because it runs while the image is built.
//   node deploy/images/write-sbom.mjs FOLDER > sbom.spdx.json
import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const PACKAGE =
  /^(?!.*node_modules)(.+\/)?package\.json$|(^|\/)node_modules\/(@[^/]+\/)?[^/@][^/]*\/package\.json$/;

/**
 * What of a document of npm lies in a folder.
 * @param {{ packages: { name: string, versionInfo: string, SPDXID: string }[], relationships: { spdxElementId: string, relatedSpdxElement: string, relationshipType: string }[] }} document
 * @param {ReadonlySet<string>} installed `name@version`
 */
export function keepInstalled(document, installed) {
  const packages = document.packages.filter((one) => installed.has(labelOf(one)));
  const described = new Set(packages.map(labelOf));
  const unknown = [...installed].filter((one) => !described.has(one));
  if (unknown.length > 0)
    throw new Error(`the lockfile has not ${unknown.sort().join(', ')}: install by npm ci and nothing else`);
  const ids = new Set(['SPDXRef-DOCUMENT', ...packages.map((one) => one.SPDXID)]);
  const relationships = document.relationships.filter(
    ({ spdxElementId, relatedSpdxElement, relationshipType }) =>
      ids.has(spdxElementId) && ids.has(relatedSpdxElement) && !relationshipType.startsWith('DEV_'),
  );
  return { ...document, packages, relationships };
}

const labelOf = ({ name, versionInfo }) => `${name}@${versionInfo}`;

/**
 * Packages and workspaces below a folder, and the root itself.
 * @param {string} folder
 * @returns {Promise<Set<string>>} `name@version`
 */
export async function findInstalled(folder) {
  const files = (await readdir(folder, { recursive: true })).filter((path) => PACKAGE.test(path));
  const manifests = await Promise.all(
    files.map(async (path) => JSON.parse(await readFile(join(folder, path), 'utf8'))),
  );
  return new Set(manifests.map(({ name, version }) => `${name}@${version}`));
}

/** What npm says of the lockfile in a folder. */
function describeLockfile(folder) {
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', '--package-lock-only', '--sbom-format=spdx'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr || stdout}`);
  return JSON.parse(stdout);
}

if (process.argv[1] !== undefined && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  const folder = process.argv[2];
  if (folder === undefined) {
    console.error('usage: node deploy/images/write-sbom.mjs FOLDER');
    process.exit(2);
  }
  console.log(JSON.stringify(keepInstalled(describeLockfile(folder), await findInstalled(folder)), null, 1));
}
