// Keeps the decrypt workers' keys equal to the key files: a Secret may be changed, or a version added, while ingest runs.
// A version that could once be opened stays usable until the process ends, whatever becomes of its file.
import { basename, dirname, join } from 'node:path';
import { contentDigest } from '@menshen/contracts/digest';
import type { Logger } from '@menshen/telemetry/logger';
import type { DecryptPool, KeysMessage } from './decrypt/decrypt-pool.ts';
import { type KeyFile, loadPrivateKeys } from './decrypt/load-private-keys.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { IngestStatus } from './ingest-status.ts';
import { KEY_FAILURES, type KeyUse, keyProblems } from './key-problems.ts';
import type { ReadEntry } from './read-entries.ts';

export interface KeepKeysOptions {
  /** Those that the tenant names. A file `<version>.pem` beside one of them is the key of that version, whether it is named or not. */
  readonly files: readonly KeyFile[];
  readonly readText: (file: string) => Promise<string>;
  /** Names of the files in a folder; rejects when there is none. */
  readonly listFolder: (folder: string) => Promise<readonly string[]>;
  readonly pool: Pick<DecryptPool, 'useKeys'>;
  readonly status: IngestStatus;
  readonly metrics: Pick<IngestMetrics, 'unreadableKeys'>;
  readonly logger: Logger;
}

type Keys = KeysMessage['keys'];

export class KeepKeys {
  readonly #options: KeepKeysOptions;
  #keys: Keys = [];
  #fingerprint = '';
  #files: readonly KeyFile[] = [];
  #fileProblems: readonly string[] = [];
  #said = '';
  /** Version → what became of its messages since the keys changed. */
  readonly #uses = new Map<number, KeyUse>();
  #reading: Promise<unknown> = Promise.resolve();

  constructor(options: KeepKeysOptions) {
    this.#options = options;
  }

  /** Versions that can be opened now. */
  versions(): readonly number[] {
    return this.#keys.map(({ version }) => version);
  }

  /** Reads the files again, one look after the other. True when the usable keys are others than before. */
  refresh(): Promise<boolean> {
    const looked = this.#reading.then(() => this.#look());
    this.#reading = looked.catch(() => undefined);
    return looked;
  }

  /** Messages tell what no file can: that a version is missing, or that its file holds another key. */
  notice(entries: readonly ReadEntry[]): void {
    let isNews = false;
    for (const read of entries) {
      const version = read.entry.publickeyVer;
      const use = this.#uses.get(version) ?? { opened: 0, failed: 0, missing: 0 };
      this.#uses.set(version, use);
      if (read.ok) isNews = use.opened++ === 0 || isNews;
      else if (read.reason === 'key-failed') isNews = use.failed++ < KEY_FAILURES || isNews;
      else if (read.reason === 'unknown-key-version') isNews = use.missing++ === 0 || isNews;
    }
    if (isNews) this.#say();
  }

  async #look(): Promise<boolean> {
    const { readText, pool, metrics } = this.#options;
    this.#files = await this.#findFiles();
    const { keys: read, problems } = await loadPrivateKeys(this.#files, readText);
    this.#fileProblems = problems;
    const lost = this.#keys.filter(({ version }) => !read.some((key) => key.version === version));
    const keys = [...read, ...lost].sort((a, b) => a.version - b.version);
    metrics.unreadableKeys(problems.length);
    const fingerprint = contentDigest(keys.map(({ version, pem }) => `${version}\n${pem}`).join('\0'));
    const isChanged = fingerprint !== this.#fingerprint;
    if (isChanged) {
      this.#keys = keys;
      this.#fingerprint = fingerprint;
      this.#uses.clear();
      pool.useKeys(keys);
    }
    this.#say();
    return isChanged;
  }

  async #findFiles(): Promise<readonly KeyFile[]> {
    const { files, listFolder } = this.#options;
    const found = new Map(files.map(({ version, file }) => [version, file]));
    const named = files.filter(({ version, file }) => basename(file) === `${version}.pem`);
    for (const folder of new Set(named.map(({ file }) => dirname(file)))) {
      for (const name of await listFolder(folder).catch(() => [])) {
        const version = Number(/^([1-9]\d{0,5})\.pem$/.exec(name)?.[1]);
        if (version > 0 && !found.has(version)) found.set(version, join(folder, name));
      }
    }
    return [...found].map(([version, file]) => ({ version, file }));
  }

  #say(): void {
    const { status, logger } = this.#options;
    const problems = keyProblems({
      files: this.#files,
      keys: this.#keys,
      fileProblems: this.#fileProblems,
      uses: this.#uses,
    });
    const [worst] = problems;
    const message = problems.map((problem) => problem.message).join('; ');
    if (worst === undefined) status.clear('keys');
    else status.say('keys', { reason: worst.reason, message });
    if (message === this.#said) return;
    this.#said = message;
    for (const problem of problems) logger.error(problem.message);
  }
}
