// Compiles the native host. Tests use the result where it was made; `node build-host.mjs` also puts it into `dist/` beside this file, where
// ingest looks for it (locate-host.ts). Plain JavaScript for Node 20, because images are built with it.
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileC } from '../../../deploy/engines/compile-c.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const NAME = 'menshen-sdk-host';

const HARDENED = [
  '-fPIE',
  '-pie',
  '-fstack-protector-strong',
  '-D_FORTIFY_SOURCE=2',
  '-Wl,-z,relro,-z,now',
  '-Wl,-z,noexecstack',
];
/** Of their own before glibc 2.34. */
const LIBRARIES = ['-ldl', '-lpthread'];

/**
 * @param {(line: string) => void} [say] progress for people
 * @returns {Promise<string>} Path of the program, made once and kept outside the tree. Rejects with an Error for people when there is no compiler.
 */
export async function buildSdkHost(say) {
  const files = (await readdir(here)).sort();
  const ending = (dot) => files.filter((name) => name.endsWith(dot)).map((name) => join(here, name));
  const flags = [...HARDENED, ...LIBRARIES];
  return await compileC({ name: NAME, sources: ending('.c'), headers: ending('.h'), flags, say });
}

/** Builds, and puts the program where ingest looks for it. */
export async function installSdkHost(say) {
  const made = await buildSdkHost(say);
  const place = join(here, 'dist', NAME);
  await mkdir(join(here, 'dist'), { recursive: true });
  const fresh = `${place}.${process.pid}`;
  await copyFile(made, fresh);
  await rename(fresh, place);
  return place;
}

if (process.argv[1] !== undefined && import.meta.url === new URL(`file://${process.argv[1]}`).href) {
  const place = await installSdkHost((line) => process.stderr.write(`${line}\n`)).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
  if (place !== undefined) console.log(place);
}
