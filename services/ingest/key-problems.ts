// What is wrong with the private keys, said so that a person knows which file to put right and how. Never a key. Pure.
import type { KeysMessage } from './decrypt/decrypt-pool.ts';
import type { KeyFile } from './decrypt/load-private-keys.ts';
import type { Problem } from './ingest-status.ts';

/** What became of the messages of one version. */
export interface KeyUse {
  opened: number;
  /** RSA gave no usable key. */
  failed: number;
  /** There is no key of the version. */
  missing: number;
}

export interface KeyState {
  readonly files: readonly KeyFile[];
  readonly keys: KeysMessage['keys'];
  /** Of files that cannot be read, a line each. */
  readonly fileProblems: readonly string[];
  readonly uses: ReadonlyMap<number, KeyUse>;
}

/** Failures of one version, and no success, after which its file is taken for another key's: single entries may be damaged. */
export const KEY_FAILURES = 3;

/** Worst first: a file that is wrong, then a version that nobody has mounted. */
export function keyProblems(state: KeyState): Problem[] {
  const malformed = [...state.fileProblems, ...twins(state), ...strangers(state)];
  return [
    ...malformed.map((message) => ({ reason: 'KeyMalformed' as const, message })),
    ...absent(state).map((message) => ({ reason: 'KeyMissing' as const, message })),
  ];
}

/** Two versions never have the same key: WeCom makes a version of every upload. */
function twins({ files, keys }: KeyState): string[] {
  const first = new Map<string, number>();
  return keys.flatMap(({ version, pem }) => {
    const other = first.get(pem.trim());
    if (other === undefined) {
      first.set(pem.trim(), version);
      return [];
    }
    return [
      `private key version ${version}: ${fileOf(files, version)} holds the key of version ${other}. Put the key whose public half was uploaded as version ${version} into that Secret`,
    ];
  });
}

function strangers({ files, keys, uses }: KeyState): string[] {
  return keys.flatMap(({ version }) => {
    const use = uses.get(version);
    if (use === undefined || use.opened > 0 || use.failed < KEY_FAILURES) return [];
    return [
      `private key version ${version}: ${fileOf(files, version)} holds another key: it opens no message of that version. Put the key whose public half was uploaded to WeCom as version ${version} into that Secret; what is kept meanwhile is opened by itself then`,
    ];
  });
}

function absent({ files, keys, uses }: KeyState): string[] {
  // Of a version whose file is there and cannot be read the file's own problem says all.
  const known = new Set([...files, ...keys].map(({ version }) => version));
  return [...uses]
    .filter(([version, { missing }]) => missing > 0 && !known.has(version))
    .map(
      ([version]) =>
        `private key version ${version}: messages of it come, and no such key is mounted. Name its Secret in spec.archive.privateKeys; the messages are kept and opened by themselves then`,
    );
}

const fileOf = (files: readonly KeyFile[], version: number): string =>
  files.find((file) => file.version === version)?.file ?? 'a file that is no longer there';
