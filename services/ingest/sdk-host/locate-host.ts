// Where the compiled host is: in `dist/` beside its sources, whether ingest itself runs from sources or compiled.
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Path of the program; it is there once `build-host.mjs` has run. */
export function locateSdkHost(): string {
  const sources = extname(import.meta.url) === '.ts' ? './' : '../../sdk-host/';
  return fileURLToPath(new URL(`${sources}dist/menshen-sdk-host`, import.meta.url));
}
