// The private keys of every version ever used: WeCom never encrypts again what an old key opened, so none may be forgotten.
// A file that cannot be read costs its own version only; the others go on.
import { contentDigest } from '@menshen/contracts/digest';
import type { KeysMessage } from './decrypt-pool.ts';
import { readPrivateKey } from './open-random-key.ts';

export interface KeyFile {
  readonly version: number;
  readonly file: string;
}

export interface LoadedKeys {
  readonly keys: KeysMessage['keys'];
  /** One line for people each: file, version, what is wrong, what to do. Never a key. */
  readonly problems: readonly string[];
  /** Changes exactly when a usable key appears, disappears or changes. */
  readonly fingerprint: string;
}

/** Reads every file. Never rejects for the content or absence of a file. */
export async function loadPrivateKeys(
  files: readonly KeyFile[],
  readText: (file: string) => Promise<string>,
): Promise<LoadedKeys> {
  const keys: { version: number; pem: string }[] = [];
  const problems: string[] = [];
  for (const { version, file } of files) {
    const pem = await readText(file).catch((error: NodeJS.ErrnoException) => {
      problems.push(
        `private key version ${version}: cannot read ${file} (${error.code ?? error.name}). Mount the Secret that spec.archive.privateKeys names for this version`,
      );
      return undefined;
    });
    if (pem === undefined) continue;
    const read = readPrivateKey(pem);
    if (read.ok) keys.push({ version, pem });
    else
      problems.push(
        `private key version ${version}: ${file} ${read.problem}. Put the PEM of the key whose public half was uploaded to WeCom as version ${version} into that Secret`,
      );
  }
  const fingerprint = contentDigest(keys.map(({ version, pem }) => `${version}\n${pem}`).join('\0'));
  return { keys, problems, fingerprint };
}
